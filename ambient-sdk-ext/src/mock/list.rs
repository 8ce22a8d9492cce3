//! The query parameters of a list, and the page that they select.

mod order;

use std::num::IntErrorKind;

use serde_json::{Value, json};

use self::order::Order;
use super::{
    call::Call,
    problem::Problem,
    search::{Columns, Filter, Rejection, Search},
    store::Record,
};

/// The maximum page size, which is also used for a negative size.
const MAX_SIZE: usize = 65_500;
const DEFAULT_SIZE: i64 = 100;

/// The query parameters of a list.
pub(super) struct ListQuery {
    page: i64,
    size: usize,
    search: String,
    order: String,
}

/// A condition in the search language that limits a list in addition to the caller's search.
pub(super) struct Scope {
    pub(super) condition: String,
    /// Whether the server puts the condition in parentheses. This is visible in error messages that
    /// repeat the search.
    pub(super) in_parentheses: bool,
}

impl ListQuery {
    /// Reads the query of a call. Invalid numbers are accepted.
    pub(super) fn read(call: &Call<'_>) -> Self {
        let value = |name: &str| call.query(name).unwrap_or_default().trim_matches(' ');
        Self {
            page: number(value("page"), 1),
            size: size(value("size")),
            search: value("search").to_owned(),
            order: value("orderBy").to_owned(),
        }
    }

    /// Returns a page of `records` as a list of their kind.
    pub(super) fn page<'a>(
        &self,
        columns: &Columns<'_>,
        scope: Option<Scope>,
        records: impl Iterator<Item = &'a Record>,
        show: impl Fn(&Record) -> Value,
    ) -> Result<Value, Problem> {
        let order = Order::read(&self.order)?;
        let filter = self.filter(columns, scope)?;
        let found = filter.and_then(|filter| {
            // With a size of 0 the server only counts, and ignores the order.
            if self.size > 0 {
                order.check(columns).map_err(Rejection::Database)?;
            }
            let shown = |record: &&Record| filter.as_ref().is_none_or(|it| it.matches(record));
            Ok(records.filter(shown).collect::<Vec<_>>())
        });
        let mut found = match found {
            Ok(found) => found,
            // It also ignores the errors of that count.
            Err(Rejection::Database(_)) if self.size == 0 => Vec::new(),
            Err(Rejection::Database(message)) => {
                return Err(Problem::general(format!("Unable to list resources: pq: {message}")));
            }
            Err(Rejection::Field(message)) => return Err(Problem::bad_request(message)),
        };
        order.sort(columns, &mut found);
        let shown = found.iter().skip(self.offset()).take(self.size);
        let items: Vec<_> = shown.map(|record| show(record)).collect();
        Ok(json!({
            "kind": format!("{}List", columns.kind),
            "page": self.shown_page(),
            "size": items.len(),
            "total": found.len(),
            "items": items,
        }))
    }

    /// Returns the number of items before the page. Numbers overflow like in the server, and a
    /// negative result becomes 0.
    fn offset(&self) -> usize {
        let size = i64::try_from(self.size).unwrap_or_default();
        let offset = self.page.wrapping_sub(1).wrapping_mul(size);
        usize::try_from(offset).unwrap_or_default()
    }

    /// Returns the page number of the response, which has 32 bits.
    #[allow(clippy::cast_possible_truncation)]
    fn shown_page(&self) -> i32 {
        self.page as i32
    }

    /// Parses and binds the search. The inner error is separate because [`page`](Self::page) ignores
    /// errors of the database for a size of 0.
    fn filter(
        &self,
        columns: &Columns<'_>,
        scope: Option<Scope>,
    ) -> Result<Result<Option<Filter>, Rejection>, Problem> {
        let text = match scope {
            Some(scope) => scope.combine(&self.search),
            None => self.search.clone(),
        };
        if text.is_empty() {
            return Ok(Ok(None));
        }
        let search = Search::parse(&text);
        let search = search
            .ok_or_else(|| Problem::bad_request(format!("Failed to parse search query: {text}")))?;
        Ok(Filter::bind(&search, columns).map(Some))
    }
}

impl Scope {
    /// Creates the condition that a field has a value. The value must not contain a quote.
    pub(super) fn new(field: &str, value: &str, in_parentheses: bool) -> Self {
        Self { condition: format!("{field} = '{value}'"), in_parentheses }
    }

    /// Combines the condition with the caller's search like the server.
    fn combine(self, search: &str) -> String {
        let condition = self.condition;
        match (search, self.in_parentheses) {
            ("", _) => condition,
            (search, true) => format!("({condition}) and ({search})"),
            (search, false) => format!("{condition} and ({search})"),
        }
    }
}

fn size(text: &str) -> usize {
    let number = number(text, DEFAULT_SIZE);
    usize::try_from(number).map_or(MAX_SIZE, |number| number.min(MAX_SIZE))
}

/// Parses a number like the server: an invalid one becomes 0, and one out of range the nearest
/// possible one.
fn number(text: &str, default: i64) -> i64 {
    if text.is_empty() {
        return default;
    }
    text.parse().unwrap_or_else(|error: std::num::ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow => i64::MAX,
        IntErrorKind::NegOverflow => i64::MIN,
        _ => 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_sizes_are_accepted() {
        for (text, read) in [
            ("", 100),
            ("7", 7),
            ("0", 0),
            ("x", 0),
            ("1.5", 0),
            ("-1", MAX_SIZE),
            ("100000", MAX_SIZE),
            ("99999999999999999999", MAX_SIZE),
        ] {
            assert_eq!(size(text), read, "{text}");
        }
    }

    #[test]
    fn a_scope_is_combined_with_the_search() {
        let scope = |in_parentheses| Scope::new("project_id", "p", in_parentheses);
        assert_eq!(scope(true).combine(""), "project_id = 'p'");
        assert_eq!(scope(true).combine("a = 1"), "(project_id = 'p') and (a = 1)");
        assert_eq!(scope(false).combine("a = 1"), "project_id = 'p' and (a = 1)");
    }
}
