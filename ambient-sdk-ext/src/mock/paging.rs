//! Lists: what is asked for, and the page of it that is shown.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::{
    call::Call,
    problem::Problem,
    schema::ObjectSchema,
    search::{Search, order_texts},
    store::Record,
};

/// The largest page.
const MAX_SIZE: usize = 65_500;
const DEFAULT_SIZE: usize = 100;

/// What a list is asked for.
pub(super) struct ListQuery {
    page: usize,
    size: usize,
    search: Option<Search>,
    order: Vec<(String, Direction)>,
    /// Declared parameters that are fields of the items: only items with this value are shown.
    filters: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

impl ListQuery {
    /// The query of a call for items of a schema.
    pub(super) fn read(call: &Call<'_>, item: &ObjectSchema) -> Result<Self, Problem> {
        let declared = |name: &str| call.route.query.iter().any(|known| known == name);
        let value = |name: &str| call.query(name).filter(|_| declared(name));
        let not_empty = |name: &str| value(name).filter(|text| !text.is_empty());
        let filter = |name: &String| {
            let given = not_empty(name).filter(|_| item.has(name))?;
            Some((name.clone(), given.to_owned()))
        };
        Ok(Self {
            page: number("page", value("page"), 1)?,
            size: number("size", value("size"), DEFAULT_SIZE)?.min(MAX_SIZE),
            search: not_empty("search").map(|text| search(text, item)).transpose()?,
            order: not_empty("orderBy").map_or(Ok(Vec::new()), |text| order(text, item))?,
            filters: call.route.query.iter().filter_map(filter).collect(),
        })
    }

    /// The page of `records`, as the list named `kind`.
    pub(super) fn page<'a>(&self, kind: &str, records: impl Iterator<Item = &'a Record>) -> Value {
        let mut found: Vec<_> = records.filter(|record| self.shows(record)).collect();
        if !self.order.is_empty() {
            found.sort_by(|left, right| self.compare(left, right));
        }
        let skipped = (self.page - 1).saturating_mul(self.size);
        let shown = found.iter().skip(skipped).take(self.size);
        let items: Vec<_> = shown.map(|record| Value::Object(record.fields.clone())).collect();
        json!({
            "kind": kind,
            "page": self.page,
            "size": items.len(),
            "total": found.len(),
            "items": items,
        })
    }

    fn shows(&self, record: &Record) -> bool {
        let mut filters = self.filters.iter();
        let searched = self.search.as_ref();
        filters.all(|(field, text)| record.text(field) == Some(text))
            && searched.is_none_or(|search| search.matches(&record.fields))
    }

    fn compare(&self, left: &Record, right: &Record) -> Ordering {
        let orders = self.order.iter().map(|(field, direction)| {
            let order = compare(left.fields.get(field), right.fields.get(field));
            match direction {
                Direction::Up => order,
                Direction::Down => order.reverse(),
            }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    }
}

/// A count from 1 (page) or from 0 (size).
fn number(name: &str, text: Option<&str>, default: usize) -> Result<usize, Problem> {
    let least = usize::from(name == "page");
    let Some(text) = text else {
        return Ok(default);
    };
    let number = text.parse().ok().filter(|number| *number >= least);
    number.ok_or_else(|| Problem::bad_request(format!("{name} must be a number from {least}")))
}

fn search(text: &str, item: &ObjectSchema) -> Result<Search, Problem> {
    let search = Search::parse(text).map_err(Problem::search)?;
    let unknown = search.fields().into_iter().find(|field| !item.has(field));
    match unknown {
        Some(field) => Err(Problem::bad_request(format!("{field} is not a valid field name"))),
        None => Ok(search),
    }
}

/// Reads `created_at asc, name desc`.
fn order(text: &str, item: &ObjectSchema) -> Result<Vec<(String, Direction)>, Problem> {
    let refuse = |part: &str| Problem::bad_request(format!("bad order value: {part}"));
    text.split(',')
        .map(|part| {
            let mut words = part.split_whitespace();
            let field = words.next().filter(|field| item.has(field));
            let field = field.ok_or_else(|| refuse(part))?;
            let direction = match words.next().map(str::to_ascii_lowercase).as_deref() {
                None | Some("asc") => Direction::Up,
                Some("desc") => Direction::Down,
                Some(_) => return Err(refuse(part)),
            };
            match words.next() {
                None => Ok((field.to_owned(), direction)),
                Some(_) => Err(refuse(part)),
            }
        })
        .collect()
}

/// Orders two values of one field; a missing one comes last.
fn compare(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    match (left, right) {
        (None | Some(Value::Null), None | Some(Value::Null)) => Ordering::Equal,
        (None | Some(Value::Null), _) => Ordering::Greater,
        (_, None | Some(Value::Null)) => Ordering::Less,
        (Some(Value::String(left)), Some(Value::String(right))) => order_texts(left, right),
        (Some(Value::Bool(left)), Some(Value::Bool(right))) => left.cmp(right),
        (Some(left), Some(right)) => {
            let (left, right) = (left.as_f64(), right.as_f64());
            left.partial_cmp(&right).unwrap_or(Ordering::Equal)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_sizes_are_numbers() {
        assert_eq!(number("page", None, 1).unwrap(), 1);
        assert_eq!(number("size", Some("0"), 100).unwrap(), 0);
        for (name, text) in [("page", "0"), ("page", "-1"), ("size", "x"), ("size", "")] {
            assert!(number(name, Some(text), 1).is_err(), "{name}={text}");
        }
        assert!(number("page", Some("99999999999999999999"), 1).is_err());
    }

    #[test]
    fn a_missing_value_comes_last() {
        let (one, two) = (json!(1), json!(2.5));
        assert_eq!(compare(Some(&one), Some(&two)), Ordering::Less);
        assert_eq!(compare(None, Some(&two)), Ordering::Greater);
        assert_eq!(compare(Some(&one), Some(&Value::Null)), Ordering::Less);
        assert_eq!(compare(None, None), Ordering::Equal);
    }
}
