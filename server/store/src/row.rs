//! Reads columns into types that cannot be wrong; what does not fit is [`StoreError::Corrupt`].

use std::str::FromStr;

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, any::AnyRow};

use crate::StoreError;

/// Column access by name.
pub(crate) trait Columns {
    fn text(&self, column: &'static str) -> Result<String, StoreError>;
    fn maybe_text(&self, column: &'static str) -> Result<Option<String>, StoreError>;
    fn number(&self, column: &'static str) -> Result<i64, StoreError>;
    fn maybe_number(&self, column: &'static str) -> Result<Option<i64>, StoreError>;

    /// An instant.
    fn at(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        instant(self.number(column)?, column)
    }

    /// An instant that may be missing.
    fn maybe_at(&self, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        self.maybe_number(column)?
            .map(|millis| instant(millis, column))
            .transpose()
    }

    /// An id or anything else with a text form.
    fn parsed<T: FromStr>(&self, column: &'static str) -> Result<T, StoreError> {
        self.text(column)?
            .parse()
            .map_err(|_| StoreError::Corrupt(column))
    }

    /// The same, if it is there.
    fn maybe_parsed<T: FromStr>(&self, column: &'static str) -> Result<Option<T>, StoreError> {
        self.maybe_text(column)?
            .map(|text| text.parse().map_err(|_| StoreError::Corrupt(column)))
            .transpose()
    }

    /// A word of an enum, in its serde form.
    fn word<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_value(serde_json::Value::String(self.text(column)?))
            .map_err(|_| StoreError::Corrupt(column))
    }

    /// A list kept as JSON.
    fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|_| StoreError::Corrupt(column))
    }
}

impl Columns for AnyRow {
    fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.try_get(column)
            .map_err(|_| StoreError::Corrupt(column))
    }

    fn maybe_text(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        self.try_get(column)
            .map_err(|_| StoreError::Corrupt(column))
    }

    fn number(&self, column: &'static str) -> Result<i64, StoreError> {
        self.try_get(column)
            .map_err(|_| StoreError::Corrupt(column))
    }

    fn maybe_number(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        self.try_get(column)
            .map_err(|_| StoreError::Corrupt(column))
    }
}

fn instant(millis: i64, column: &'static str) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(millis).map_err(|_| StoreError::Corrupt(column))
}

/// The word of an enum without data, as serde writes it.
pub(crate) fn word_of<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("an enum without data is a word, not {other:?}"),
    }
}

/// JSON text of a list.
pub(crate) fn json_of<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("lists of words and numbers have a JSON form")
}

/// `($2), ($3)` as `$2, $3`: placeholders for `count` values, the first of them `first`.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    (first..first + count)
        .map(|number| format!("${number}"))
        .collect::<Vec<_>>()
        .join(", ")
}
