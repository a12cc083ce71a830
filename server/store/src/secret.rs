//! Secrets at rest: only their hash is kept.

use std::fmt;

use sha2::{Digest, Sha256};

/// The SHA-256 of a cookie, an invitation's secret or a device's secret.
///
/// No salt and no stretching: these secrets have 128 random bits or more, unlike passwords.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Hashes a secret.
    pub fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }

    pub(crate) fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

/// Not even the hash belongs in a log.
impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}
