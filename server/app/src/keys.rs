//! The keys that media tokens and personal links are made with. Made at the first start and kept in
//! the data directory, so that tokens and links outlive a restart.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::Context as _;
use bega_api::{LinkKey, tokens::Tokens};

use crate::world;

/// The key of media tokens.
pub(crate) fn tokens(directory: &Path) -> anyhow::Result<Tokens> {
    Ok(Tokens::new(ISSUER, key(directory, "media.key")?.as_bytes()))
}

/// The key of personal links.
pub(crate) fn links(directory: &Path) -> anyhow::Result<LinkKey> {
    Ok(LinkKey::new(key(directory, "links.key")?.as_bytes()))
}

/// Reads a key, or makes it.
fn key(directory: &Path, name: &str) -> anyhow::Result<String> {
    let path = directory.join(name);
    let secret = match fs::read_to_string(&path) {
        Ok(text) => text.trim().to_owned(),
        Err(error) if error.kind() == ErrorKind::NotFound => make(&path)?,
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    anyhow::ensure!(
        secret.len() >= SHORTEST,
        "{} is damaged: remove it to have a new key made",
        path.display()
    );
    Ok(secret)
}

/// Written beside and renamed: a crash leaves a whole key or none.
fn make(path: &Path) -> anyhow::Result<String> {
    let mut random = [0; 32];
    world::fill_random(&mut random);
    let secret = bega_api::Secret::new(random).expose().to_owned();
    let beside = path.with_extension("key.new");
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        writeln!(file, "{secret}")?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))?;
    Ok(secret)
}

/// The issuer of this server's tokens.
pub(crate) const ISSUER: &str = "bega";

/// As many characters as the hash has bytes (RFC 7518, section 3.2).
const SHORTEST: usize = 32;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use bega_api::tokens::{Seat, VideoGrants};

    use super::*;

    #[test]
    fn the_key_outlives_a_restart_and_nobody_else_reads_it() {
        let directory = tempfile::tempdir().unwrap();
        let first = tokens(directory.path()).unwrap();
        let token = first.make(
            world::now(),
            uuid::Uuid::nil(),
            Seat {
                participant: "p".into(),
                name: String::new(),
                attributes: std::collections::BTreeMap::new(),
                grants: VideoGrants::default(),
            },
        );

        let second = tokens(directory.path()).unwrap();

        assert!(second.check(world::now(), &token.text).is_ok());
        let mode = fs::metadata(directory.path().join("media.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
