//! Reads JSON field by field and notes every fault instead of stopping at the first.

use serde::Serialize;
use serde_json::{Map, Value};

/// One wrong field.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Fault {
    /// A JSON Pointer (RFC 6901); empty for the whole document.
    pub path: String,
    /// For programs; never changes its meaning.
    pub code: &'static str,
    /// For people: what is wrong and what would be right.
    pub detail: String,
}

/// The faults found so far.
#[derive(Debug, Default)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, path: impl Into<String>, code: &'static str, detail: String) {
        // A document of nonsense must not answer with more nonsense than anybody reads.
        if self.0.len() < MOST_FAULTS {
            self.0.push(Fault {
                path: path.into(),
                code,
                detail,
            });
        }
    }
}

/// More than a person mends in one go.
const MOST_FAULTS: usize = 1000;

/// An object, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Object<'a> {
    fields: &'a Map<String, Value>,
    pub(super) path: String,
}

impl<'a> Object<'a> {
    pub(super) fn of(value: &'a Value, path: String, faults: &mut Faults) -> Option<Self> {
        match value {
            Value::Object(fields) => Some(Self { fields, path }),
            other => {
                faults.add(path, "wrong_type", expected("an object", other));
                None
            }
        }
    }

    pub(super) fn at(&self, field: &str) -> String {
        format!("{}/{field}", self.path)
    }

    /// A field that may be absent; `null` counts as absent.
    pub(super) fn optional(&self, field: &str) -> Option<&'a Value> {
        self.fields.get(field).filter(|value| !value.is_null())
    }

    fn required(&self, field: &str, faults: &mut Faults) -> Option<&'a Value> {
        let value = self.fields.get(field);
        if value.is_none() {
            faults.add(
                self.at(field),
                "missing",
                format!("the field {field} is missing"),
            );
        }
        value
    }

    pub(super) fn text(&self, field: &str, faults: &mut Faults) -> Option<&'a str> {
        let value = self.required(field, faults)?;
        self.as_text(value, field, faults)
    }

    pub(super) fn optional_text(&self, field: &str, faults: &mut Faults) -> Option<&'a str> {
        let value = self.optional(field)?;
        self.as_text(value, field, faults)
    }

    fn as_text(&self, value: &'a Value, field: &str, faults: &mut Faults) -> Option<&'a str> {
        let text = value.as_str();
        if text.is_none() {
            faults.add(self.at(field), "wrong_type", expected("a text", value));
        }
        text
    }

    /// A whole number of at least `least`.
    pub(super) fn number(&self, field: &str, least: i64, faults: &mut Faults) -> Option<i64> {
        let value = self.required(field, faults)?;
        self.as_number(value, field, least, faults)
    }

    pub(super) fn optional_number(
        &self,
        field: &str,
        least: i64,
        faults: &mut Faults,
    ) -> Option<i64> {
        let value = self.optional(field)?;
        self.as_number(value, field, least, faults)
    }

    fn as_number(
        &self,
        value: &Value,
        field: &str,
        least: i64,
        faults: &mut Faults,
    ) -> Option<i64> {
        let number = value.as_i64();
        match number {
            Some(number) if (least..=LARGEST).contains(&number) => Some(number),
            Some(number) => {
                faults.add(
                    self.at(field),
                    "out_of_range",
                    format!("{number} is not between {least} and {LARGEST}"),
                );
                None
            }
            None => {
                faults.add(
                    self.at(field),
                    "wrong_type",
                    expected("a whole number", value),
                );
                None
            }
        }
    }

    pub(super) fn flag(&self, field: &str, faults: &mut Faults) -> bool {
        let Some(value) = self.optional(field) else {
            return false;
        };
        value.as_bool().unwrap_or_else(|| {
            faults.add(
                self.at(field),
                "wrong_type",
                expected("true or false", value),
            );
            false
        })
    }

    pub(super) fn object(&self, field: &str, faults: &mut Faults) -> Option<Object<'a>> {
        let value = self.required(field, faults)?;
        Object::of(value, self.at(field), faults)
    }

    /// A list that must be there.
    pub(super) fn list(&self, field: &str, faults: &mut Faults) -> &'a [Value] {
        match self.required(field, faults) {
            Some(value) => self.as_list(value, field, faults),
            None => &[],
        }
    }

    /// A list that may be absent.
    pub(super) fn optional_list(&self, field: &str, faults: &mut Faults) -> &'a [Value] {
        match self.optional(field) {
            Some(value) => self.as_list(value, field, faults),
            None => &[],
        }
    }

    fn as_list(&self, value: &'a Value, field: &str, faults: &mut Faults) -> &'a [Value] {
        if let Value::Array(values) = value {
            return values;
        }
        faults.add(self.at(field), "wrong_type", expected("a list", value));
        &[]
    }

    /// Reads each object of a list.
    pub(super) fn objects(
        &self,
        field: &str,
        values: &'a [Value],
        faults: &mut Faults,
    ) -> Vec<Object<'a>> {
        let path = self.at(field);
        values
            .iter()
            .enumerate()
            .filter_map(|(index, value)| Object::of(value, format!("{path}/{index}"), faults))
            .collect()
    }

    /// Reads each text of a list.
    pub(super) fn texts(
        &self,
        field: &str,
        values: &'a [Value],
        faults: &mut Faults,
    ) -> Vec<&'a str> {
        let mut texts = Vec::new();
        for (index, value) in values.iter().enumerate() {
            match value.as_str() {
                Some(text) => texts.push(text),
                None => faults.add(
                    format!("{}/{index}", self.at(field)),
                    "wrong_type",
                    expected("a text", value),
                ),
            }
        }
        texts
    }
}

/// Numbers here count minutes, people or seats.
const LARGEST: i64 = 1_000_000;

fn expected(what: &str, got: &Value) -> String {
    let kind = match got {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    format!("must be {what}, is {kind}")
}
