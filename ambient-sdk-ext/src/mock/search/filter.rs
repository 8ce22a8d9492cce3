//! A search that is bound to a table: its fields are columns, and its values have their types.

use std::cmp::Ordering;

use super::{
    Comparison, Field, Literal, Search, Test,
    columns::{Cell, ColumnType, Columns},
};
use crate::mock::store::Record;

/// The reason why a parsed search can't be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::mock) enum Rejection {
    /// The search names a field that is not in the table.
    Field(String),
    /// The database rejects the search.
    Database(String),
}

/// A search over the records of one kind. As in SQL, a comparison with a missing value is neither
/// true nor false.
#[derive(Debug)]
pub(in crate::mock) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Test { column: String, kind: ColumnType, test: BoundTest },
}

#[derive(Debug)]
pub(in crate::mock) enum BoundTest {
    Compare(Comparison, Cell),
    In { list: Vec<Cell>, negated: bool },
    Between { low: Cell, high: Cell, negated: bool },
    Like { pattern: String, any_case: bool },
    Null { negated: bool },
}

impl Filter {
    /// Binds a search to a table. Errors are reported in the order of the server: first fields of
    /// other tables, then the errors of the database, names and operators before values.
    pub(in crate::mock) fn bind(search: &Search, columns: &Columns<'_>) -> Result<Self, Rejection> {
        let tests = search.tests();
        tests.iter().try_for_each(|(field, _)| columns.check_field(field))?;
        tests.iter().try_for_each(|(field, test)| columns.check_test(field, test))?;
        Self::bound(search, columns)
    }

    fn bound(search: &Search, columns: &Columns<'_>) -> Result<Self, Rejection> {
        let inner = |search: &Search| Self::bound(search, columns).map(Box::new);
        Ok(match search {
            Search::And(left, right) => Self::And(inner(left)?, inner(right)?),
            Search::Or(left, right) => Self::Or(inner(left)?, inner(right)?),
            Search::Not(negated) => Self::Not(inner(negated)?),
            Search::Test { field, test } => {
                let (column, kind) = columns.column(field)?;
                Self::Test { column, kind, test: BoundTest::bind(test, kind)? }
            }
        })
    }

    /// Whether a record matches.
    pub(in crate::mock) fn matches(&self, record: &Record) -> bool {
        self.evaluate(record) == Some(true)
    }

    /// Evaluates the filter in the three-valued logic of SQL. `None` is unknown.
    fn evaluate(&self, record: &Record) -> Option<bool> {
        match self {
            Self::And(left, right) => match (left.evaluate(record), right.evaluate(record)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (left, right) => left.and(right),
            },
            Self::Or(left, right) => match (left.evaluate(record), right.evaluate(record)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (left, right) => left.and(right),
            },
            Self::Not(inner) => inner.evaluate(record).map(|matched| !matched),
            Self::Test { column, kind, test } => {
                test.evaluate(record.column(column).and_then(|value| kind.cell(value)))
            }
        }
    }
}

impl BoundTest {
    fn bind(test: &Test, kind: ColumnType) -> Result<Self, Rejection> {
        let convert = |literal: &Literal| kind.convert(literal).map_err(Rejection::Database);
        Ok(match test {
            Test::Compare(comparison, literal) => Self::Compare(*comparison, convert(literal)?),
            Test::In { list, negated } => {
                // The server passes the values to the database in reverse order, so the last wrong
                // one is reported.
                let list = list.iter().rev().map(convert).collect::<Result<_, _>>()?;
                Self::In { list, negated: *negated }
            }
            Test::Between { low, high, negated } => {
                Self::Between { low: convert(low)?, high: convert(high)?, negated: *negated }
            }
            Test::Like { pattern, any_case } => {
                convert(&Literal::Text(pattern.clone()))?;
                Self::Like { pattern: pattern.clone(), any_case: *any_case }
            }
            Test::Null { negated } => Self::Null { negated: *negated },
        })
    }

    fn evaluate(&self, cell: Option<Cell>) -> Option<bool> {
        match (self, cell) {
            (Self::Null { negated }, cell) => Some(cell.is_none() != *negated),
            // A test for an empty list is false even for a missing value.
            (Self::In { list, negated }, _) if list.is_empty() => Some(*negated),
            (_, None) => None,
            (Self::Compare(comparison, value), Some(cell)) => {
                cell.compare(value).map(|order| comparison.evaluate(order))
            }
            (Self::In { list, negated }, Some(cell)) => {
                let found = list.iter().any(|value| cell.compare(value) == Some(Ordering::Equal));
                Some(found != *negated)
            }
            (Self::Between { low, high, negated }, Some(cell)) => {
                let inside = cell.compare(low)?.is_ge() && cell.compare(high)?.is_le();
                Some(inside != *negated)
            }
            (Self::Like { pattern, any_case: false }, Some(Cell::Text(text))) => {
                Some(like(pattern, &text))
            }
            (Self::Like { pattern, any_case: true }, Some(Cell::Text(text))) => {
                Some(like(&pattern.to_lowercase(), &text.to_lowercase()))
            }
            (Self::Like { .. }, Some(_)) => None,
        }
    }
}

impl Columns<'_> {
    /// Rejects a name with a dot that is not of this table.
    fn check_field(&self, field: &Field) -> Result<(), Rejection> {
        let name = &field.name;
        let Some((table, column)) = name.split_once('.') else {
            return Ok(());
        };
        if table != self.table {
            let kind = self.kind;
            return Err(Rejection::Field(format!("{table} is not a related resource of {kind}")));
        }
        match column.contains('.') {
            true => Err(Rejection::Field(format!("{name} is not a valid field name"))),
            false => Ok(()),
        }
    }

    /// Returns the name and type of a field's column. Names without quotes match in any case.
    fn column(&self, field: &Field) -> Result<(String, ColumnType), Rejection> {
        let name = field.name.split_once('.').map_or(field.name.as_str(), |(_, column)| column);
        let name = if field.is_quoted { name.to_owned() } else { name.to_ascii_lowercase() };
        let table = self.table;
        match self.find(&name) {
            Some(kind) => Ok((name, kind)),
            None => Err(Rejection::Database(format!("column {table}.{name} does not exist"))),
        }
    }

    fn check_test(&self, field: &Field, test: &Test) -> Result<(), Rejection> {
        let (_, kind) = self.column(field)?;
        let Test::Like { any_case, .. } = test else {
            return Ok(());
        };
        let operator = if *any_case { "~~*" } else { "~~" };
        let kind = match kind {
            ColumnType::Text => return Ok(()),
            other => other.name(),
        };
        Err(Rejection::Database(format!("operator does not exist: {kind} {operator} unknown")))
    }
}

impl Comparison {
    fn evaluate(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// A part of a `like` pattern.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Any,
    One,
    Exactly(char),
}

/// Whether `text` matches `pattern`, in which `%` matches any text and `_` any character. A
/// backslash escapes the next character.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<_>, Vec<_>) = (parts(pattern), text.chars().collect());
    // On a mismatch only the last `%` has to take one more character: earlier ones already match at
    // their first possible position. This avoids exponential backtracking.
    let (mut p, mut t, mut retry) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(Part::Any) => {
                retry = Some((p, t));
                p += 1;
            }
            Some(&part) if part == Part::One || part == Part::Exactly(text[t]) => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((any, taken)) => {
                    retry = Some((any, taken + 1));
                    p = any + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|part| *part == Part::Any)
}

fn parts(pattern: &str) -> Vec<Part> {
    let mut characters = pattern.chars();
    let mut parts = Vec::new();
    while let Some(c) = characters.next() {
        parts.push(match c {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => Part::Exactly(characters.next().unwrap_or('\\')),
            c => Part::Exactly(c),
        });
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::mock::schema::{Document, ObjectSchema};

    fn schema() -> ObjectSchema {
        let schema = json!({"type": "object", "properties": {
            "href": {"type": "string"}, "name": {"type": "string"}, "owner": {"type": "string"},
            "tokens": {"type": "integer"}, "heat": {"type": "number"},
            "enabled": {"type": "boolean"}, "agent_id": {"type": "string"},
            "created_at": {"type": "string", "format": "date-time"},
        }});
        ObjectSchema::read(Document(&Value::Null), &schema)
    }

    fn bind(search: &str) -> Result<Filter, Rejection> {
        let schema = schema();
        let columns = Columns { kind: "Role", table: "roles", schema: &schema, hidden: &["token"] };
        Filter::bind(&Search::parse(search).unwrap(), &columns)
    }

    fn record() -> Record {
        let fields = json!({
            "name": "nightly", "owner": "o'brien", "tokens": 4000, "heat": 0.5, "enabled": true,
            "created_at": "2026-03-01T10:00:00.5Z", "agent_id": null,
        });
        let mut record =
            Record { fields: fields.as_object().unwrap().clone(), ..Record::default() };
        record.hidden.insert("token".into(), "secret".into());
        record
    }

    fn matches(search: &str) -> bool {
        bind(search).unwrap().matches(&record())
    }

    #[test]
    fn finds_matching_records() {
        for search in [
            "name = 'nightly'",
            "Name != 'daily'",
            "roles.name in ('daily', 'nightly')",
            "name not in ('daily')",
            "owner = 'o''brien'",
            "name like 'night%'",
            "name like '%igh_ly'",
            "name ilike 'NIGHT%'",
            "name not like 'day%'",
            "tokens >= 4000 and tokens < '4001'",
            "tokens between 1 and 5000 and tokens not between 1 and 2",
            "heat = 0.5",
            "enabled = 't' and enabled != 'off'",
            "created_at > '2026-01-01T00:00:00Z' and created_at > '2026-03-01 10:00:00'",
            "created_at between '2026-03-01' and '2026-03-02'",
            "agent_id is null AND name is not null",
            "not (name = 'daily' or name = 'weekly')",
            "name = 'daily' or name = 'nightly' and enabled = 'true'",
            "agent_id not in ()",
            "token = 'secret'",
            "deleted_at is null",
        ] {
            assert!(matches(search), "{search}");
        }
    }

    #[test]
    fn omits_other_records() {
        for search in [
            "name = 'Nightly'",
            "name like 'night'",
            "name like '%x%'",
            "tokens > 4000",
            "name in ()",
            "name < 5",
            "(name = 'nightly') and not enabled = 'yes'",
        ] {
            assert!(!matches(search), "{search}");
        }
    }

    #[test]
    fn a_missing_value_matches_neither_a_test_nor_its_negation() {
        for test in ["agent_id = 'x'", "agent_id in ('x')", "agent_id like '%'", "agent_id < 'x'"] {
            assert!(!matches(test) && !matches(&format!("not {test}")), "{test}");
        }
        assert!(matches("agent_id = 'x' or name = 'nightly'"));
        assert!(!matches("not (agent_id = 'x' and name = 'nightly')"));
        assert!(matches("not (agent_id = 'x' and name = 'daily')"));
    }

    #[test]
    fn a_backslash_escapes_a_wildcard() {
        for (pattern, text, is_like) in [
            (r"100\%", "100%", true),
            (r"100\%", "1000", false),
            (r"a\_b", "a_b", true),
            (r"a\_b", "axb", false),
            ("", "", true),
            ("%", "", true),
        ] {
            assert_eq!(like(pattern, text), is_like, "{pattern} {text}");
        }
    }

    #[test]
    fn the_database_rejects_wrong_names_and_values() {
        for (search, message) in [
            ("wat = 'x'", "column roles.wat does not exist"),
            ("href = 'x'", "column roles.href does not exist"),
            ("\"Name\" = 'x'", "column roles.Name does not exist"),
            ("tokens = 0.5", "invalid input syntax for type integer: \"0.5\""),
            ("tokens = 3000000000", "value \"3000000000\" is out of range for type integer"),
            ("enabled = 'maybe'", "invalid input syntax for type boolean: \"maybe\""),
            ("created_at like 'x'", "operator does not exist: timestamp with time zone ~~ unknown"),
            ("tokens = 'x' and wat = 1", "column roles.wat does not exist"),
        ] {
            assert_eq!(bind(search).unwrap_err(), Rejection::Database(message.into()), "{search}");
        }
        let message = "labels is not a related resource of Role";
        assert_eq!(
            bind("wat = 1 or labels.a = 'x'").unwrap_err(),
            Rejection::Field(message.into())
        );
    }

    proptest! {
        #[test]
        fn a_quoted_value_finds_itself(text in "[^\0]{0,20}") {
            let search = format!("name = '{}'", text.replace('\'', "''"));
            let record = Record {
                fields: json!({"name": text}).as_object().unwrap().clone(), ..Record::default()
            };
            prop_assert!(bind(&search).unwrap().matches(&record));
        }
    }
}
