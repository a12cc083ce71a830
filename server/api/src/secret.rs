//! Secrets: what proves a sign-in, an invitation or a device. Only their SHA-256 is kept.
//!
//! A secret has 256 random bits, so a plain hash is enough: there is nothing to guess. It has no
//! `Display` and its `Debug` shows nothing, so it cannot slip into a log.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bega_scheduling::InvitationId;
use bega_store::SecretHash;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// A secret in the form in which its holder keeps it: base64url, 43 characters.
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(String);

impl Secret {
    /// A new one from 256 random bits.
    pub fn new(random: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    /// One that somebody presents. Whether it is worth anything, its hash decides.
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// What is kept of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.0.as_bytes())
    }

    /// The secret itself, to be handed to its holder.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Makes the secrets of personal links. Each follows from the link's id and a key outside the
/// database, so a repeated request is answered with the same links although nothing but their
/// hashes is kept.
#[derive(Clone)]
pub struct LinkKey(Vec<u8>);

impl LinkKey {
    /// A key; as long as the hash, and random.
    pub fn new(key: &[u8]) -> Self {
        Self(key.to_owned())
    }

    /// The secret of a link.
    pub fn secret(&self, invitation: InvitationId) -> Secret {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        mac.update(b"bega invitation");
        mac.update(invitation.0.as_bytes());
        Secret::new(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_presented_secret_has_the_hash_of_the_new_one() {
        let secret = Secret::new([7; 32]);

        assert_eq!(secret.expose().len(), 43);
        assert!(Secret::presented(secret.expose()).hash() == secret.hash());
        assert!(Secret::new([8; 32]).hash() != secret.hash());
    }

    #[test]
    fn a_link_keeps_its_secret_and_shares_it_with_no_other() {
        let key = LinkKey::new(b"key");
        let [one, two] = [1, 2].map(|n| InvitationId(Uuid::from_u128(n)));

        assert_eq!(key.secret(one), key.secret(one));
        assert_ne!(key.secret(one), key.secret(two));
        assert_ne!(key.secret(one), LinkKey::new(b"other").secret(one));
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Secret::new([7; 32])), "Secret(..)");
        assert_eq!(format!("{:?}", LinkKey::new(b"key")), "LinkKey(..)");
    }
}
