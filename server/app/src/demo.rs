//! `--demo`: a believable centre to look at. Everything goes through the store as in real life.
//!
//! Started again, it keeps what is there; on another day it adds that day's sessions. The first two
//! rooms and the first officer and interpreter stay free for some hours, so that whoever looks
//! around can book an interview for now.

use anyhow::Context as _;
use bega_api::LinkKey;
use bega_scheduling::{
    Actor, Booking, InvitationId, Language, NewParticipant, NewSession, OrganisationId, Role,
    RoomId, SessionKind, SiteId, StaffRole, UserId,
};
use bega_store::{
    BookError, IdempotencyKey, NewInvitation, NewOrganisation, NewRoom, NewSite, NewUser, Store,
};
use jiff::{SignedDuration, Timestamp};

use crate::world;

/// The password of every account.
const PASSWORD: &str = "timisoara-2011";

const IND: &str = "IND (Netherlands)";
const CGRS: &str = "CGRS (Belgium)";
const UNHCR: &str = "UNHCR Romania";
const IOM: &str = "IOM Romania";

/// Organisation, e-mail, name, roles, languages.
type Account = (
    &'static str,
    &'static str,
    &'static str,
    &'static [StaffRole],
    &'static [&'static str],
);

const ACCOUNTS: [Account; 10] = [
    (
        IND,
        "coordinator@ind.example",
        "Marijke de Wit",
        &[StaffRole::Coordinator],
        &["en", "nl"],
    ),
    (
        IND,
        "officer@ind.example",
        "Jeroen Bakker",
        &[StaffRole::Officer],
        &["en", "nl"],
    ),
    (
        IND,
        "officer2@ind.example",
        "Fatima El Amrani",
        &[StaffRole::Officer],
        &["en", "nl", "ar"],
    ),
    (
        IND,
        "interpreter@ind.example",
        "Senait Tesfay",
        &[StaffRole::Interpreter],
        &["ti", "en"],
    ),
    (
        IND,
        "admin@ind.example",
        "Pieter Visser",
        &[StaffRole::Admin],
        &["en", "nl"],
    ),
    (
        CGRS,
        "coordinator@cgrs.example",
        "An Peeters",
        &[StaffRole::Coordinator],
        &["en", "fr", "nl"],
    ),
    (
        CGRS,
        "officer@cgrs.example",
        "Luc Dubois",
        &[StaffRole::Officer],
        &["en", "fr"],
    ),
    (
        CGRS,
        "interpreter@cgrs.example",
        "Nadia Haddad",
        &[StaffRole::Interpreter],
        &["ar", "fr", "en"],
    ),
    (
        UNHCR,
        "staff@unhcr.example",
        "Ioana Marin",
        &[StaffRole::Coordinator],
        &["en", "ro"],
    ),
    (
        IOM,
        "staff@iom.example",
        "Andrei Popescu",
        &[StaffRole::Coordinator, StaffRole::Trainer],
        &["en", "ro"],
    ),
];

/// Fills what is missing.
pub(crate) async fn seed(store: &Store, links: &LinkKey) -> anyhow::Result<()> {
    let now = world::now();
    let fresh = !store
        .organisations()
        .await?
        .iter()
        .any(|organisation| organisation.name == IND);
    if fresh {
        centre(store, now).await.context("cannot fill the demo")?;
    }
    sessions(store, links, now)
        .await
        .context("cannot book the demo's sessions")
}

/// The table of accounts, for whoever started the demo.
pub(crate) fn accounts() -> String {
    use std::fmt::Write as _;
    let mut text = format!("  {:<26} {:<20} roles\n", "account", "organisation");
    for (organisation, email, _, roles, _) in ACCOUNTS {
        let roles: Vec<_> = roles.iter().map(|role| role_name(*role)).collect();
        writeln!(
            text,
            "  {email:<26} {organisation:<20} {}",
            roles.join(", ")
        )
        .expect("a string takes everything");
    }
    write!(text, "\n  The password of each is {PASSWORD}").expect("a string takes everything");
    text
}

async fn centre(store: &Store, now: Timestamp) -> anyhow::Result<()> {
    let system = Actor::System;
    let mut keeper = None;
    let mut others = Vec::new();
    for name in [UNHCR, IND, CGRS, IOM] {
        let new = NewOrganisation {
            id: OrganisationId::new(now, world::random()),
            name: name.into(),
        };
        let id = store.create_organisation(system, now, &new).await?.id;
        if name == UNHCR {
            keeper = Some(id);
        } else {
            others.push(id);
        }
        for account in ACCOUNTS.iter().filter(|account| account.0 == name) {
            add_account(store, now, id, account).await?;
        }
    }
    let keeper = keeper.expect("it is one of the four");

    let site = NewSite {
        id: SiteId::new(now, world::random()),
        name: "ETC Timișoara".into(),
        time_zone: "Europe/Bucharest".into(),
    };
    store.create_site(keeper, system, now, &site).await?;
    for (name, seats) in [("Room 1", 4), ("Room 2", 4), ("Room 3", 6), ("Room 4", 20)] {
        let room = NewRoom {
            id: RoomId::new(now, world::random()),
            site: site.id,
            name: name.into(),
            seats,
        };
        store.create_room(keeper, system, now, &room).await?;
    }
    for other in others {
        store
            .grant_site(keeper, system, now, site.id, other)
            .await?;
    }
    Ok(())
}

async fn add_account(
    store: &Store,
    now: Timestamp,
    organisation: OrganisationId,
    (_, email, name, roles, languages): &Account,
) -> anyhow::Result<()> {
    let hash =
        tokio::task::spawn_blocking(|| bega_api::hash_password(PASSWORD, world::random())).await?;
    let languages = languages
        .iter()
        .map(|tag| Language::parse(tag))
        .collect::<Result<Vec<_>, _>>()?;
    store
        .create_user(
            organisation,
            Actor::System,
            now,
            &NewUser {
                id: UserId::new(now, world::random()),
                email: (*email).into(),
                name: (*name).into(),
                password_hash: Some(hash),
                roles: roles.to_vec(),
                language: languages[0].clone(),
                languages,
            },
        )
        .await?;
    Ok(())
}

/// One session of the day.
struct Plan {
    organisation: &'static str,
    kind: SessionKind,
    reference: &'static str,
    /// Minutes from the last half hour.
    starts_in: i64,
    minutes: i64,
    room: &'static str,
    language: &'static str,
    /// E-mails of accounts.
    staff: &'static [(Role, &'static str)],
    guests: &'static [(Role, &'static str)],
}

const DAY: [Plan; 6] = [
    Plan {
        organisation: IND,
        kind: SessionKind::Interview,
        reference: "NLD-2026-014",
        starts_in: 0,
        minutes: 90,
        room: "Room 3",
        language: "ti",
        staff: &[(Role::LeadOfficer, "officer2@ind.example")],
        guests: &[
            (Role::Interpreter, "Selam Haile"),
            (Role::Guardian, "Abeba Girmay"),
        ],
    },
    Plan {
        organisation: CGRS,
        kind: SessionKind::Interview,
        reference: "BEL-2026-007",
        starts_in: 60,
        minutes: 90,
        room: "Room 4",
        language: "ar",
        staff: &[
            (Role::LeadOfficer, "officer@cgrs.example"),
            (Role::Interpreter, "interpreter@cgrs.example"),
        ],
        guests: &[],
    },
    Plan {
        organisation: IND,
        kind: SessionKind::Interview,
        reference: "NLD-2026-015",
        starts_in: 120,
        minutes: 90,
        room: "Room 3",
        language: "ti",
        staff: &[(Role::LeadOfficer, "officer2@ind.example")],
        guests: &[(Role::Interpreter, "Selam Haile")],
    },
    Plan {
        organisation: IOM,
        kind: SessionKind::Orientation,
        reference: "ROU-ORIENT-03",
        starts_in: 180,
        minutes: 60,
        room: "Room 4",
        language: "so",
        staff: &[(Role::Trainer, "staff@iom.example")],
        guests: &[(Role::Interpreter, "Hodan Warsame")],
    },
    Plan {
        organisation: IND,
        kind: SessionKind::Interview,
        reference: "NLD-2026-016",
        starts_in: 360,
        minutes: 120,
        room: "Room 1",
        language: "ti",
        staff: &[
            (Role::LeadOfficer, "officer@ind.example"),
            (Role::Interpreter, "interpreter@ind.example"),
        ],
        guests: &[],
    },
    Plan {
        organisation: CGRS,
        kind: SessionKind::Rehearsal,
        reference: "BEL-2026-TEST",
        starts_in: 390,
        minutes: 30,
        room: "Room 2",
        language: "fr",
        staff: &[(Role::LeadOfficer, "officer@cgrs.example")],
        guests: &[],
    },
];

async fn sessions(store: &Store, links: &LinkKey, now: Timestamp) -> anyhow::Result<()> {
    let organisations = store.organisations().await?;
    let half_hour = SignedDuration::from_mins(30).as_secs();
    let base = Timestamp::from_second(now.as_second() / half_hour * half_hour)?;
    let day = now.strftime("%F").to_string();
    for plan in &DAY {
        let Some(organisation) = organisations
            .iter()
            .find(|one| one.name == plan.organisation)
        else {
            continue;
        };
        let key = format!("demo {day} {}", plan.reference);
        book(store, links, now, base, organisation.id, plan, &key).await?;
    }
    Ok(())
}

async fn book(
    store: &Store,
    links: &LinkKey,
    now: Timestamp,
    base: Timestamp,
    organisation: OrganisationId,
    plan: &Plan,
    key: &str,
) -> anyhow::Result<()> {
    let rooms = store.rooms(organisation).await?;
    let Some(room) = rooms.iter().find(|room| room.name == plan.room) else {
        return Ok(());
    };
    let people = store.people(organisation, None).await?;
    let starts_at = base + SignedDuration::from_mins(plan.starts_in);
    let staff = plan.staff.iter().filter_map(|(role, email)| {
        let name = ACCOUNTS.iter().find(|account| account.1 == *email)?.2;
        Some(NewParticipant {
            role: *role,
            user: Some(people.iter().find(|person| person.name == name)?.id),
            name: None,
        })
    });
    let guests = plan.guests.iter().map(|(role, name)| NewParticipant {
        role: *role,
        user: None,
        name: Some((*name).into()),
    });
    let wish = NewSession {
        kind: plan.kind,
        reference: plan.reference.into(),
        starts_at,
        ends_at: starts_at + SignedDuration::from_mins(plan.minutes),
        room: room.id,
        language: plan.language.into(),
        participants: staff.chain(guests).collect(),
    };
    let Ok(booking) = Booking::new(now, &wish, &mut world::random) else {
        // Somebody changed the demo's people; then it is theirs.
        return Ok(());
    };
    let invitations: Vec<_> = booking
        .participants
        .iter()
        .map(|participant| {
            let id = InvitationId::new(now, world::random());
            NewInvitation {
                participant: participant.id,
                id,
                secret: links.secret(id).hash(),
            }
        })
        .collect();
    let key = IdempotencyKey {
        key: key.into(),
        // The plan is the same whenever it is carried out.
        request: [0; 32],
    };
    let booked = store
        .book(
            organisation,
            Actor::System,
            now,
            &booking,
            &invitations,
            Some(&key),
        )
        .await;
    match booked {
        // Whoever looked around has taken the room, or people left: then there is one fewer.
        Ok(_) | Err(BookError::SlotTaken(_) | BookError::Invalid(_) | BookError::UnknownRoom) => {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

fn role_name(role: StaffRole) -> &'static str {
    match role {
        StaffRole::Coordinator => "coordinator",
        StaffRole::Officer => "officer",
        StaffRole::Interpreter => "interpreter",
        StaffRole::Trainer => "trainer",
        StaffRole::Admin => "admin",
    }
}
