//! The order of a list: `created_at asc,name desc`.

use std::cmp::Ordering;

use crate::mock::{
    problem::Problem,
    search::{ColumnType, Columns},
    store::Record,
};

/// The order of a list. Without parts a list is returned in the order of its table.
pub(super) struct Order {
    parts: Vec<Part>,
}

struct Part {
    column: String,
    is_descending: bool,
}

impl Order {
    /// Parses an order. The columns are not checked here, because the database does that.
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        let parts = match text {
            "" => Vec::new(),
            text => text.split(',').map(Part::read).collect::<Result<_, _>>()?,
        };
        Ok(Self { parts })
    }

    /// Checks the order like the database: first the syntax of all parts, then the column names.
    pub(super) fn check(&self, columns: &Columns<'_>) -> Result<(), String> {
        self.parts.iter().try_for_each(Part::check_syntax)?;
        self.parts.iter().try_for_each(|part| part.check_column(columns))
    }

    pub(super) fn sort(&self, columns: &Columns<'_>, records: &mut [&Record]) {
        if self.parts.is_empty() {
            return;
        }
        records.sort_by(|left, right| {
            let orders = self.parts.iter().map(|part| part.compare(columns, left, right));
            orders.fold(Ordering::Equal, Ordering::then)
        });
    }
}

impl Part {
    fn read(text: &str) -> Result<Self, Problem> {
        let message: Vec<_> = text.trim_matches(' ').split(' ').collect();
        let (column, is_descending) = match message[..] {
            [column] | [column, "asc"] => (column, false),
            [column, "desc"] => (column, true),
            _ => return Err(Self::reject(text)),
        };
        match column.split('.').count() {
            1 | 2 => Ok(Self { column: column.to_owned(), is_descending }),
            _ => Err(Self::reject(text)),
        }
    }

    fn reject(text: &str) -> Problem {
        Problem::bad_request(format!("bad order value '{text}'"))
    }

    fn check_syntax(&self) -> Result<(), String> {
        let direction = if self.is_descending { "desc" } else { "asc" };
        if self.column.is_empty() {
            return Err(format!("syntax error at or near \"{direction}\""));
        }
        match self.column.find('\'') {
            Some(quote) => {
                let rest = &self.column[quote..];
                Err(format!("unterminated quoted string at or near \"{rest} {direction}\""))
            }
            None => Ok(()),
        }
    }

    fn check_column(&self, columns: &Columns<'_>) -> Result<(), String> {
        if let Some((table, column)) = self.column.split_once('.') {
            if table != columns.table {
                return Err(format!("missing FROM-clause entry for table \"{table}\""));
            }
            let found = columns.find(&column.to_ascii_lowercase());
            return found.map(drop).ok_or_else(|| {
                format!("column {table}.{} does not exist", column.to_ascii_lowercase())
            });
        }
        let found = self.kind(columns);
        let name = self.name();
        found.map(drop).ok_or_else(|| format!("column \"{name}\" does not exist"))
    }

    /// Returns the column name in lower case, because names match in any case.
    fn name(&self) -> String {
        let column = self.column.split_once('.').map_or(self.column.as_str(), |(_, column)| column);
        column.to_ascii_lowercase()
    }

    fn kind(&self, columns: &Columns<'_>) -> Option<ColumnType> {
        columns.find(&self.name())
    }

    /// Compares two records. Missing values are last in ascending order, and first in descending
    /// order.
    fn compare(&self, columns: &Columns<'_>, left: &Record, right: &Record) -> Ordering {
        let (name, kind) = (self.name(), self.kind(columns));
        let cell = |record: &Record| kind?.cell(record.column(&name)?);
        let order = match (cell(left), cell(right)) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(left), Some(right)) => left.compare(&right).unwrap_or(Ordering::Equal),
        };
        if self.is_descending { order.reverse() } else { order }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::mock::schema::{Document, ObjectSchema};

    fn sorted(text: &str) -> Result<Vec<i64>, String> {
        let schema = json!({"type": "object", "properties": {
            "name": {"type": "string"}, "n": {"type": "integer"},
        }});
        let schema = ObjectSchema::read(Document(&Value::Null), &schema);
        let columns = Columns { kind: "Role", table: "roles", schema: &schema, hidden: &[] };
        let record = |fields: Value| {
            let fields = fields.as_object().unwrap().clone();
            Record { fields, ..Record::default() }
        };
        let records = [
            record(json!({"n": 1, "name": "b"})),
            record(json!({"n": 2, "name": "a"})),
            record(json!({"n": 3})),
            record(json!({"n": 4, "name": "B"})),
        ];
        let order = Order::read(text).map_err(|problem| format!("{problem:?}"))?;
        order.check(&columns)?;
        let mut records: Vec<_> = records.iter().collect();
        order.sort(&columns, &mut records);
        Ok(records.iter().map(|record| record.fields["n"].as_i64().unwrap()).collect())
    }

    #[test]
    fn sorts_by_bytes_with_missing_values_last() {
        assert_eq!(sorted(""), Ok(vec![1, 2, 3, 4]));
        assert_eq!(sorted("name"), Ok(vec![4, 2, 1, 3]));
        assert_eq!(sorted(" Name desc, n asc"), Ok(vec![3, 1, 2, 4]));
        assert_eq!(sorted("roles.n desc"), Ok(vec![4, 3, 2, 1]));
    }

    #[test]
    fn the_server_checks_the_form_and_the_database_the_rest() {
        for text in ["name ASC", "name up", "name  asc", "a.b.c", "n,name asc desc"] {
            assert!(sorted(text).unwrap_err().contains("bad order value"), "{text}");
        }
        for (text, message) in [
            ("wat asc", "column \"wat\" does not exist"),
            ("wat,", "syntax error at or near \"asc\""),
            ("name'", "unterminated quoted string at or near \"' asc\""),
            ("a.b desc", "missing FROM-clause entry for table \"a\""),
        ] {
            assert_eq!(sorted(text), Err(message.into()), "{text}");
        }
    }
}
