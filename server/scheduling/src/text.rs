//! Words that people type, parsed once into types that cannot be wrong.

use serde::Serialize;

/// The pseudonymous reference of a case or group, such as `NLD-2026-014`. Never a name.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Reference(String);

impl Reference {
    /// The most characters a reference may have.
    pub const LONGEST: usize = 64;

    /// Trims the text and checks it.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        line(text, Self::LONGEST).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name to show for somebody without an account.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct GuestName(String);

impl GuestName {
    /// The most characters a name may have.
    pub const LONGEST: usize = 100;

    /// Trims the text and checks it.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        line(text, Self::LONGEST).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A language tag in the shape of BCP 47, such as `ti` or `prs-Arab`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Language(String);

impl Language {
    /// Checks the shape: two or three letters, then subtags of one to eight letters and digits.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        let mut parts = text.split('-');
        let primary = parts.next().unwrap_or_default();
        let primary_ok =
            (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_alphabetic());
        let rest_ok = parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        if text.is_empty() {
            Err(TextError::Empty)
        } else if primary_ok && rest_ok && text.len() <= 35 {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextError::NotALanguage)
        }
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Nothing but white space.
    #[error("this must not be empty")]
    Empty,
    /// More characters than allowed.
    #[error("this is too long")]
    TooLong,
    /// A line break or another control character.
    #[error("this must be one line of plain text")]
    NotOneLine,
    /// Not shaped like a language tag.
    #[error("this is not a language tag such as `ti` or `prs-Arab`")]
    NotALanguage,
}

impl TextError {
    /// For programs; never changes meaning.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::NotOneLine => "not_one_line",
            Self::NotALanguage => "not_a_language",
        }
    }
}

/// One line of text, trimmed, of 1 to `longest` characters.
pub(crate) fn line(text: &str, longest: usize) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        Err(TextError::Empty)
    } else if text.chars().count() > longest {
        Err(TextError::TooLong)
    } else if text.chars().any(|c| c.is_control() || is_bidi_override(c)) {
        Err(TextError::NotOneLine)
    } else {
        Ok(text.to_owned())
    }
}

/// Overrides that make a name read as another; marks and isolates, which honest text needs, stay.
fn is_bidi_override(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_script_are_taken() {
        for name in ["Ağrı Yıldız", "ሰላም ገብረ", "محمد الأحمد", "O'Brien-Núñez"]
        {
            assert_eq!(
                GuestName::parse(&format!(" {name} ")).unwrap().as_str(),
                name
            );
        }
    }

    #[test]
    fn a_name_that_could_hide_another_is_refused() {
        assert_eq!(GuestName::parse("a\u{202E}b"), Err(TextError::NotOneLine));
        assert_eq!(GuestName::parse("a\nb"), Err(TextError::NotOneLine));
        assert_eq!(GuestName::parse(" \t"), Err(TextError::Empty));
        assert_eq!(GuestName::parse(&"x".repeat(101)), Err(TextError::TooLong));
    }

    #[test]
    fn language_tags_have_their_shape() {
        for tag in ["ti", "prs-Arab", "zh-Hant-TW", "kmr"] {
            assert!(Language::parse(tag).is_ok(), "{tag}");
        }
        for tag in ["t", "tigrinya", "ti_ER", "ti-", "12", "ti ER"] {
            assert_eq!(Language::parse(tag), Err(TextError::NotALanguage), "{tag}");
        }
    }
}
