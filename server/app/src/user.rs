//! `bega user add`: an account from the command line, such as the first one of a deployment.

use std::io::Read as _;

use anyhow::{Context as _, bail};
use bega_scheduling::{Actor, Language, OrganisationId, StaffRole, UserId};
use bega_store::{NewOrganisation, NewUser, Store};

use crate::{cli::UserAddFlags, config::DataSettings, data, world};

/// Adds an account. The password comes from standard input, so that no list of processes shows it.
pub(crate) async fn add(flags: UserAddFlags) -> anyhow::Result<()> {
    let roles = flags
        .roles
        .iter()
        .map(|role| parse_role(role))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let languages = flags
        .languages
        .iter()
        .map(|tag| Language::parse(tag).with_context(|| format!("`{tag}` is no language")))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let language = languages.first().context("a language is needed")?.clone();
    let password = read_password()?;

    let store = data::open(&DataSettings::load(&flags.data)?).await?;
    let organisation = organisation(&store, &flags.organisation).await?;
    let now = world::now();
    let hash =
        tokio::task::spawn_blocking(move || bega_api::hash_password(&password, world::random()))
            .await?;
    store
        .create_user(
            organisation,
            Actor::Operator,
            now,
            &NewUser {
                id: UserId::new(now, world::random()),
                email: flags.email.clone(),
                name: flags.name,
                password_hash: Some(hash),
                roles,
                languages,
                language,
            },
        )
        .await?;
    store.close().await;
    println!("{} can sign in", flags.email);
    Ok(())
}

/// The organisation of that name, added when there is none.
pub(crate) async fn organisation(store: &Store, name: &str) -> anyhow::Result<OrganisationId> {
    let known = store.organisations().await?;
    if let Some(organisation) = known.into_iter().find(|one| one.name == name) {
        return Ok(organisation.id);
    }
    let now = world::now();
    let new = NewOrganisation {
        id: OrganisationId::new(now, world::random()),
        name: name.to_owned(),
    };
    let made = store
        .create_organisation(Actor::Operator, now, &new)
        .await?;
    Ok(made.id)
}

fn parse_role(name: &str) -> anyhow::Result<StaffRole> {
    Ok(match name {
        "coordinator" => StaffRole::Coordinator,
        "officer" => StaffRole::Officer,
        "interpreter" => StaffRole::Interpreter,
        "trainer" => StaffRole::Trainer,
        "admin" => StaffRole::Admin,
        _ => bail!("`{name}` is none of coordinator, officer, interpreter, trainer, admin"),
    })
}

fn read_password() -> anyhow::Result<String> {
    use std::io::IsTerminal as _;
    let mut input = std::io::stdin();
    let mut text = String::new();
    if input.is_terminal() {
        eprint!("Password (it is shown while you type): ");
        input.read_line(&mut text)?;
    } else {
        input.read_to_string(&mut text)?;
    }
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    if password.chars().count() < SHORTEST {
        bail!("a password has at least {SHORTEST} characters; give it on standard input");
    }
    Ok(password)
}

/// NIST SP 800-63B-4, section 3.1.1.2, for a password that is the only factor.
const SHORTEST: usize = 12;
