//! The server's search language, typed: values are escaped, fields checked, precedence kept.
//!
//! ```
//! use ambient_sdk_ext::api_server::{Search, field};
//!
//! let search = field("name")
//!     .eq("it's mine")
//!     .and(field("phase").in_list(["Running", "Pending"]).or(field("timeout").gt(600)));
//! assert_eq!(
//!     search.to_text()?,
//!     "name = 'it''s mine' and (phase in ('Running','Pending') or timeout > 600)",
//! );
//!
//! // Conditions of which there may be none:
//! let conditions = [Some(field("name").like("nightly-%")), None];
//! let search: Option<Search> = conditions.into_iter().flatten().reduce(Search::and);
//! # Ok::<(), ambient_sdk_ext::Error>(())
//! ```

mod label;
#[cfg(test)]
mod tests;
mod value;

use std::{fmt, ops};

pub use label::{Label, annotation, label};
pub use value::Value;

use crate::error::{Error, Result};

/// Which items a list holds: a condition on fields, or several joined.
///
/// A condition that can't be written (a field that is no name, an empty list of values, a number
/// that isn't finite) is an error of the call that it is given to, before anything is sent.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct Search(Result<Expression, String>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    /// `name = 'x'`: stands anywhere without parentheses.
    Comparison(String),
    /// Text of the caller's own: stands in parentheses wherever it is joined to something.
    Raw(String),
    Not(Box<Expression>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
}

/// A field to compare, by its name in the API: `field("created_at")`.
///
/// A name is made of letters, digits and `_`, and begins with no digit; dots may join several.
pub fn field(name: impl Into<String>) -> Field {
    Field(name.into())
}

/// A field that a condition is about; see [`field`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Field(String);

impl Field {
    /// The field has this value.
    pub fn eq(self, value: impl Into<Value>) -> Search {
        self.compare("=", &value.into())
    }

    /// The field has another value.
    pub fn ne(self, value: impl Into<Value>) -> Search {
        self.compare("<>", &value.into())
    }

    /// The field is greater, or later.
    pub fn gt(self, value: impl Into<Value>) -> Search {
        self.compare(">", &value.into())
    }

    /// The field is greater or later, or has this value.
    pub fn ge(self, value: impl Into<Value>) -> Search {
        self.compare(">=", &value.into())
    }

    /// The field is less, or earlier.
    pub fn lt(self, value: impl Into<Value>) -> Search {
        self.compare("<", &value.into())
    }

    /// The field is less or earlier, or has this value.
    pub fn le(self, value: impl Into<Value>) -> Search {
        self.compare("<=", &value.into())
    }

    /// The text matches a pattern, in which `%` stands for any characters and `_` for one.
    pub fn like(self, pattern: impl Into<String>) -> Search {
        self.compare("like", &Value::from(pattern.into()))
    }

    /// The field has one of these values, of which there must be at least one.
    pub fn in_list<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Search {
        let values: Vec<Value> = values.into_iter().map(Into::into).collect();
        if values.is_empty() {
            return Search(Err(format!("the list of values for the field {} is empty", self.0)));
        }
        let texts: Vec<String> = values.iter().map(Value::to_string).collect();
        self.condition(&values, |name| format!("{name} in ({})", texts.join(",")))
    }

    fn compare(self, operator: &str, value: &Value) -> Search {
        let text = |name: &str| format!("{name} {operator} {value}");
        self.condition(std::slice::from_ref(value), text)
    }

    fn condition(self, values: &[Value], text: impl FnOnce(&str) -> String) -> Search {
        let Self(name) = self;
        if !is_field(&name) {
            return Search(Err(format!("{:?} is not the name of a field", shortened(&name))));
        }
        let bad = values.iter().find_map(|value| Some((value, value.problem()?)));
        Search(match bad {
            Some((value, problem)) => {
                Err(format!("the value {value} of the field {name} {problem}"))
            }
            None => Ok(Expression::Comparison(text(&name))),
        })
    }
}

impl Search {
    /// A search in the server's own words, which are sent as they are: quotes in values have to be
    /// doubled by the caller.
    pub fn raw(text: impl Into<String>) -> Self {
        let text = text.into();
        Self(match text.trim().is_empty() {
            true => Err("the search is empty; leave it out to list everything".into()),
            false => Ok(Expression::Raw(text)),
        })
    }

    /// Both hold.
    pub fn and(self, other: impl Into<Self>) -> Self {
        self.join(other.into(), Expression::And, |part| match part {
            Expression::And(parts) => Ok(parts),
            other => Err(other),
        })
    }

    /// At least one of the two holds.
    pub fn or(self, other: impl Into<Self>) -> Self {
        self.join(other.into(), Expression::Or, |part| match part {
            Expression::Or(parts) => Ok(parts),
            other => Err(other),
        })
    }

    /// The search as it is sent, for a raw builder.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) when a field is no name, a
    /// number isn't finite, or a list of values or a raw text is empty.
    pub fn to_text(&self) -> Result<String> {
        match &self.0 {
            Ok(expression) => Ok(expression.to_string()),
            Err(why) => Err(Error::invalid(format!("Invalid request: search: {why}"))),
        }
    }

    fn join(
        self,
        other: Self,
        joined: fn(Vec<Expression>) -> Expression,
        parts: fn(Expression) -> Result<Vec<Expression>, Expression>,
    ) -> Self {
        let both = self.0.and_then(|one| Ok([one, other.0?]));
        Self(both.map(|both| {
            let all = both.into_iter().flat_map(|part| parts(part).unwrap_or_else(|one| vec![one]));
            joined(all.collect())
        }))
    }
}

impl ops::Not for Search {
    type Output = Self;

    /// It does not hold: `!field("phase").eq("Running")`.
    fn not(self) -> Self {
        Self(self.0.map(|expression| Expression::Not(Box::new(expression))))
    }
}

impl From<&str> for Search {
    /// See [`Search::raw`].
    fn from(text: &str) -> Self {
        Self::raw(text)
    }
}

impl From<String> for Search {
    /// See [`Search::raw`].
    fn from(text: String) -> Self {
        Self::raw(text)
    }
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(expression) => write!(f, "Search({expression})"),
            Err(why) => write!(f, "Search(refused: {why})"),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comparison(text) | Self::Raw(text) => f.write_str(text),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::And(parts) => write_joined(f, parts, " and "),
            Self::Or(parts) => write_joined(f, parts, " or "),
        }
    }
}

fn write_joined(f: &mut fmt::Formatter<'_>, parts: &[Expression], word: &str) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        f.write_str(if at == 0 { "" } else { word })?;
        match part {
            Expression::Comparison(_) | Expression::Not(_) => write!(f, "{part}")?,
            Expression::Raw(_) | Expression::And(_) | Expression::Or(_) => write!(f, "({part})")?,
        }
    }
    Ok(())
}

/// Whether `name` is a field, or fields joined by dots, and nothing else.
pub(super) fn is_field(name: &str) -> bool {
    name.split('.').all(|part| {
        let letter = |b: u8| b.is_ascii_alphabetic() || b == b'_';
        part.bytes().next().is_some_and(letter)
            && part.bytes().all(|b| letter(b) || b.is_ascii_digit())
    })
}

/// The beginning of a text that an error repeats.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
