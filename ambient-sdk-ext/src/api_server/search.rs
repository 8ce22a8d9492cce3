//! A typed builder for the server's search language: escapes values, checks field names and keeps
//! precedence.
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
//! // An optional list of conditions:
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

/// A filter for a list: a condition on fields, or a combination of conditions.
///
/// An invalid condition (an invalid field name, an empty list of values, a number that is not
/// finite) fails the call that uses it, before anything is sent.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct Search(Result<Expression, String>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    /// A comparison such as `name = 'x'`, which never needs parentheses.
    Comparison(String),
    /// Raw text from the caller, put in parentheses when it is combined.
    Raw(String),
    Not(Box<Expression>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
}

/// Returns a field to compare, by its name in the API: `field("created_at")`.
///
/// A name consists of letters, digits and `_`, and does not start with a digit. Several names may
/// be joined by dots.
pub fn field(name: impl Into<String>) -> Field {
    Field(name.into())
}

/// A field in a condition; see [`field`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Field(String);

impl Field {
    /// Matches if the field equals the value.
    pub fn eq(self, value: impl Into<Value>) -> Search {
        self.compare("=", &value.into())
    }

    /// Matches if the field differs from the value.
    pub fn ne(self, value: impl Into<Value>) -> Search {
        self.compare("<>", &value.into())
    }

    /// Matches if the field is greater or later than the value.
    pub fn gt(self, value: impl Into<Value>) -> Search {
        self.compare(">", &value.into())
    }

    /// Matches if the field is greater or later than the value, or equal to it.
    pub fn ge(self, value: impl Into<Value>) -> Search {
        self.compare(">=", &value.into())
    }

    /// Matches if the field is less or earlier than the value.
    pub fn lt(self, value: impl Into<Value>) -> Search {
        self.compare("<", &value.into())
    }

    /// Matches if the field is less or earlier than the value, or equal to it.
    pub fn le(self, value: impl Into<Value>) -> Search {
        self.compare("<=", &value.into())
    }

    /// Matches if the text matches a pattern, in which `%` stands for any characters and `_` for
    /// one.
    pub fn like(self, pattern: impl Into<String>) -> Search {
        self.compare("like", &Value::from(pattern.into()))
    }

    /// Matches if the field equals one of the values, of which there must be at least one.
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
    /// Creates a search from text in the server's syntax, which is sent unchanged: the caller has
    /// to double the quotes in values.
    pub fn raw(text: impl Into<String>) -> Self {
        let text = text.into();
        Self(match text.trim().is_empty() {
            true => Err("the search is empty; omit it to list everything".into()),
            false => Ok(Expression::Raw(text)),
        })
    }

    /// Matches if both match.
    pub fn and(self, other: impl Into<Self>) -> Self {
        self.join(other.into(), Expression::And, |part| match part {
            Expression::And(parts) => Ok(parts),
            other => Err(other),
        })
    }

    /// Matches if at least one of the two matches.
    pub fn or(self, other: impl Into<Self>) -> Self {
        self.join(other.into(), Expression::Or, |part| match part {
            Expression::Or(parts) => Ok(parts),
            other => Err(other),
        })
    }

    /// Returns the search as it is sent, for a raw builder.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if a field name is invalid,
    /// a number is not finite, or a list of values or a raw text is empty.
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

    /// Matches if this does not match: `!field("phase").eq("Running")`.
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
            Err(why) => write!(f, "Search(invalid: {why})"),
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

/// Returns whether `name` is a field name, or several joined by dots.
pub(super) fn is_field(name: &str) -> bool {
    name.split('.').all(|part| {
        let letter = |b: u8| b.is_ascii_alphabetic() || b == b'_';
        part.bytes().next().is_some_and(letter)
            && part.bytes().all(|b| letter(b) || b.is_ascii_digit())
    })
}

/// Returns the beginning of a text, for an error message.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
