//! Passwords: argon2id, away from the async threads and only a few at a time.
//!
//! One hash costs 19 MiB and tens of milliseconds on purpose. Without a cap, a burst of sign-ins
//! would take the memory and the processors that media needs.

use std::sync::{Arc, LazyLock};

use argon2::{
    Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _, password_hash::SaltString,
};
use tokio::sync::Semaphore;

/// Checks passwords.
#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    at_once: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Passwords {
    /// Whether the password belongs to the hash. Without a hash (nobody has that e-mail) the answer
    /// is no after the same work, so the time tells nothing.
    pub(crate) async fn check(&self, password: String, hash: Option<String>) -> bool {
        let permit = Arc::clone(&self.at_once)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.clone());
            let right = PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            });
            known && right
        })
        .await
        .unwrap_or(false)
    }
}

/// Hashes a password with a fresh salt. Takes tens of milliseconds: not for an async thread.
pub fn hash_password(password: &str, salt: [u8; 16]) -> String {
    let salt = SaltString::encode_b64(&salt).expect("16 bytes are a salt");
    Argon2::default()
        .hash_password(password.as_bytes(), &salt)
        .expect("the default parameters are valid")
        .to_string()
}

/// As many hashes as may be in work; the rest waits.
const AT_ONCE: usize = 2;

/// A hash with the same cost as everybody's, of a password nobody has.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_password("", [0; 16]));

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_passes() {
        let passwords = Passwords::default();
        let hash = hash_password("timisoara", [1; 16]);

        assert!(
            passwords
                .check("timisoara".into(), Some(hash.clone()))
                .await
        );
        assert!(!passwords.check("Timisoara".into(), Some(hash)).await);
        assert!(!passwords.check("x".into(), Some("no hash".into())).await);
    }

    #[tokio::test]
    async fn nobody_has_no_password_not_even_the_empty_one() {
        assert!(!Passwords::default().check(String::new(), None).await);
    }
}
