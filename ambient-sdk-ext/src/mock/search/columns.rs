//! The columns of a kind's table in the server's database, which searches and orders refer to.

use std::cmp::Ordering;

use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::Value;

use super::Literal;
use crate::mock::schema::{Kind, ObjectSchema};

/// Fields of responses that have no column.
const NOT_STORED: [&str; 2] = ["href", "kind"];

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mock) enum ColumnType {
    Text,
    Time,
    Integer,
    Double,
    Boolean,
}

/// The columns of a table.
pub(in crate::mock) struct Columns<'a> {
    pub(in crate::mock) kind: &'a str,
    pub(in crate::mock) table: &'a str,
    pub(in crate::mock) schema: &'a ObjectSchema,
    /// Text columns that are never returned.
    pub(in crate::mock) hidden: &'a [&'a str],
}

impl Columns<'_> {
    /// Returns the type of a column by its exact name.
    pub(in crate::mock) fn find(&self, name: &str) -> Option<ColumnType> {
        if NOT_STORED.contains(&name) {
            return None;
        }
        if name == "deleted_at" {
            return Some(ColumnType::Time);
        }
        if self.hidden.contains(&name) {
            return Some(ColumnType::Text);
        }
        self.schema.properties.get(name).map(|property| ColumnType::of(&property.kind))
    }
}

/// A value of a column, which can be compared with others of the same column.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::mock) enum Cell {
    Text(String),
    Time(Timestamp),
    Number(f64),
    Boolean(bool),
}

impl Cell {
    pub(in crate::mock) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            // The database compares texts by their bytes.
            (Self::Text(left), Self::Text(right)) => Some(left.cmp(right)),
            (Self::Time(left), Self::Time(right)) => Some(left.cmp(right)),
            (Self::Number(left), Self::Number(right)) => left.partial_cmp(right),
            (Self::Boolean(left), Self::Boolean(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }
}

impl ColumnType {
    fn of(kind: &Kind) -> Self {
        match kind {
            Kind::Text { time: true } => Self::Time,
            Kind::Integer { .. } => Self::Integer,
            Kind::Number => Self::Double,
            Kind::Boolean => Self::Boolean,
            _ => Self::Text,
        }
    }

    /// Returns the name of the type in the database.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Time => "timestamp with time zone",
            Self::Integer => "integer",
            Self::Double => "double precision",
            Self::Boolean => "boolean",
        }
    }

    /// Returns the cell of a stored value, or `None` if it is null.
    pub(in crate::mock) fn cell(self, value: &Value) -> Option<Cell> {
        match value {
            Value::String(text) if self == Self::Time => text.parse().ok().map(Cell::Time),
            Value::String(text) => Some(Cell::Text(text.clone())),
            Value::Number(number) => number.as_f64().map(Cell::Number),
            Value::Bool(boolean) => Some(Cell::Boolean(*boolean)),
            _ => None,
        }
    }

    /// Converts a value of a search to a cell. The error is the message of the database.
    pub(super) fn convert(self, literal: &Literal) -> Result<Cell, String> {
        let text = match literal {
            Literal::Text(text) => text.clone(),
            Literal::Number(number) => number.to_string(),
        };
        if text.contains('\0') {
            return Err("invalid byte sequence for encoding \"UTF8\": 0x00".into());
        }
        let trimmed = text.trim();
        let cell = match self {
            Self::Text => Some(Cell::Text(text.clone())),
            Self::Time => time(trimmed).map(Cell::Time),
            Self::Integer => match trimmed.parse::<i64>() {
                Ok(number) if i32::try_from(number).is_err() => return Err(self.too_large(&text)),
                #[allow(clippy::cast_precision_loss)] // The value has at most 32 bits.
                Ok(number) => Some(Cell::Number(number as f64)),
                Err(_) if is_digits(trimmed) => return Err(self.too_large(&text)),
                Err(_) => None,
            },
            Self::Double => trimmed.parse().ok().map(Cell::Number),
            Self::Boolean => boolean(trimmed).map(Cell::Boolean),
        };
        cell.ok_or_else(|| format!("invalid input syntax for type {}: \"{text}\"", self.name()))
    }

    fn too_large(self, text: &str) -> String {
        format!("value \"{text}\" is out of range for type {}", self.name())
    }
}

fn is_digits(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Parses a time, a time without a zone, which is in UTC, or a date.
fn time(text: &str) -> Option<Timestamp> {
    let zoned = text.parse().ok();
    let plain = || text.parse::<civil::DateTime>().ok();
    zoned.or_else(|| plain()?.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp()))
}

/// Parses a Boolean like the database, which accepts any unique prefix of its message in any case.
fn boolean(text: &str) -> Option<bool> {
    let text = text.to_ascii_lowercase();
    let begins = |word: &str, least: usize| text.len() >= least && word.starts_with(&text);
    let is_true = begins("true", 1) || begins("yes", 1) || text == "on" || text == "1";
    let is_false = begins("false", 1) || begins("no", 1) || begins("off", 2) || text == "0";
    match (is_true, is_false) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}
