//! How a screen in a room is given its place: it shows six digits, a coordinator types them.
//!
//! A code lives ten minutes and dies after five wrong secrets, so that guessing a million codes
//! within its life is not worth the try. The secret beside it never leaves the device.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

/// Six digits to read from one screen and type on another.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct PairingCode(String);

impl PairingCode {
    /// How long a code may be typed in.
    pub const LIFE: SignedDuration = SignedDuration::from_mins(10);

    /// How many wrong secrets end a pairing.
    pub const ATTEMPTS: i64 = 5;

    /// Makes a code from eight random bytes; their number is so large that every code is as likely.
    pub fn new(random: [u8; 8]) -> Self {
        Self(format!("{:06}", u64::from_le_bytes(random) % 1_000_000))
    }

    /// Reads what somebody typed; spaces and dashes between the digits are ignored.
    pub fn parse(text: &str) -> Result<Self, BadPairingCode> {
        let digits: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect();
        if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(digits))
        } else {
            Err(BadPairingCode)
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// When a code made now dies.
    pub fn expires_at(now: Timestamp) -> Timestamp {
        now.saturating_add(Self::LIFE)
            .expect("a fixed duration is no calendar unit")
    }
}

impl fmt::Display for PairingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was typed is not six digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a pairing code has six digits")]
pub struct BadPairingCode;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_always_has_six_digits() {
        assert_eq!(PairingCode::new([0; 8]).as_str(), "000000");
        assert_eq!(PairingCode::new([0xff; 8]).as_str().len(), 6);
    }

    #[test]
    fn a_code_may_be_typed_in_two_groups() {
        assert_eq!(PairingCode::parse(" 123 456").unwrap().as_str(), "123456");
        assert_eq!(PairingCode::parse("12345"), Err(BadPairingCode));
        assert_eq!(PairingCode::parse("12345a"), Err(BadPairingCode));
        assert_eq!(PairingCode::parse("１２３４５６"), Err(BadPairingCode));
    }
}
