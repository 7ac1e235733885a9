//! Reads the fields of a declared object, and says where something is wrong.

use serde_json::{Map, Value};

/// What is wrong with a declaration, and where. Never holds a value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct Problem {
    /// `projects[0].mcpServers.orders.url`
    pub place: String,
    /// What is wrong there.
    pub problem: String,
}

impl Problem {
    pub(super) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }
}

/// An object of a declaration. In all of them null counts as left out.
#[derive(Clone, Copy)]
pub(super) struct Fields<'v> {
    place: Place<'v>,
    map: &'v Map<String, Value>,
}

/// Where an object lies.
#[derive(Clone, Copy)]
pub(super) struct Place<'v>(&'v str);

impl<'v> Fields<'v> {
    /// The fields of `value`, which lies at `place`.
    pub(super) fn of(place: &'v str, value: &'v Value) -> Result<Self, Problem> {
        match value {
            Value::Object(map) => Ok(Self { place: Place(place), map }),
            _ => Err(Problem::new(place, "expected an object")),
        }
    }

    /// Where a field lies.
    pub(super) fn place(&self, name: &str) -> String {
        if self.place.0.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place.0) }
    }

    /// A field that is there.
    pub(super) fn find(&self, name: &str) -> Option<&'v Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// A problem with a field.
    pub(super) fn problem(&self, name: &str, problem: impl Into<String>) -> Problem {
        Problem::new(self.place(name), problem)
    }

    /// Names of fields that are not among `known`.
    pub(super) fn unknown(&self, known: &[&str]) -> impl Iterator<Item = &'v str> {
        self.map.keys().map(String::as_str).filter(move |name| !known.contains(name))
    }

    /// A string.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'v str>, Problem> {
        match self.find(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.problem(name, "expected a string")),
        }
    }

    /// True or false.
    pub(super) fn switch(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.find(name) {
            None => Ok(None),
            Some(Value::Bool(switch)) => Ok(Some(*switch)),
            Some(_) => Err(self.problem(name, "expected true or false")),
        }
    }

    /// A whole number from 1 to `max`.
    pub(super) fn count(&self, name: &str, max: i64) -> Result<Option<i64>, Problem> {
        let Some(value) = self.find(name) else { return Ok(None) };
        match value.as_i64() {
            Some(count) if (1..=max).contains(&count) => Ok(Some(count)),
            _ => Err(self.problem(name, format!("expected a whole number from 1 to {max}"))),
        }
    }

    /// A list of strings.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<&'v str>>, Problem> {
        let Some(value) = self.find(name) else { return Ok(None) };
        let texts = value.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
        texts.map(Some).ok_or_else(|| self.problem(name, "expected a list of strings"))
    }

    /// The entries of an object; those that are null are left out.
    pub(super) fn entries(&self, name: &str) -> Result<Option<Vec<(&'v str, &'v Value)>>, Problem> {
        match self.find(name) {
            None => Ok(None),
            Some(Value::Object(map)) => {
                let entries = map.iter().filter(|(_, value)| !value.is_null());
                Ok(Some(entries.map(|(key, value)| (key.as_str(), value)).collect()))
            }
            Some(_) => Err(self.problem(name, "expected an object")),
        }
    }
}
