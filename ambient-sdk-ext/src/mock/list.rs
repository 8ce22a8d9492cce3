//! Lists: what is asked for, and the page of it that is shown.

mod order;

use std::num::IntErrorKind;

use serde_json::{Value, json};

use self::order::Order;
use super::{
    call::Call,
    problem::Problem,
    search::{Columns, Filter, Refusal, Search},
    store::Record,
};

/// The largest page, which is also what a negative size asks for.
const MAX_SIZE: usize = 65_500;
const DEFAULT_SIZE: i64 = 100;

/// What a list is asked for.
pub(super) struct ListQuery {
    page: i64,
    size: usize,
    search: String,
    order: String,
}

/// What narrows a list before anything is searched: a condition in the language of searches.
pub(super) struct Scope {
    pub(super) condition: String,
    /// Whether the server puts it in parentheses, which shows when it repeats the search.
    pub(super) in_parentheses: bool,
}

impl ListQuery {
    /// The query of a call. No value of it is refused for being no number.
    pub(super) fn read(call: &Call<'_>) -> Self {
        let value = |name: &str| call.query(name).unwrap_or_default().trim_matches(' ');
        Self {
            page: number(value("page"), 1),
            size: size(value("size")),
            search: value("search").to_owned(),
            order: value("orderBy").to_owned(),
        }
    }

    /// The page of `records`, as a list of their kind.
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
            // A page without items is counted, and never read in its order.
            if self.size > 0 {
                order.check(columns).map_err(Refusal::Database)?;
            }
            let shown = |record: &&Record| filter.as_ref().is_none_or(|it| it.shows(record));
            Ok(records.filter(shown).collect::<Vec<_>>())
        });
        let mut found = match found {
            Ok(found) => found,
            // Nor does it say what the database finds wrong.
            Err(Refusal::Database(_)) if self.size == 0 => Vec::new(),
            Err(Refusal::Database(words)) => {
                return Err(Problem::general(format!("Unable to list resources: pq: {words}")));
            }
            Err(Refusal::Field(words)) => return Err(Problem::bad_request(words)),
        };
        order.sort(columns, &mut found);
        let shown = found.iter().skip(self.skipped()).take(self.size);
        let items: Vec<_> = shown.map(|record| show(record)).collect();
        Ok(json!({
            "kind": format!("{}List", columns.kind),
            "page": self.shown_page(),
            "size": items.len(),
            "total": found.len(),
            "items": items,
        }))
    }

    /// How many items stand before the page. Numbers overflow as they do in the server, and what is
    /// below zero counts as nothing.
    fn skipped(&self) -> usize {
        let size = i64::try_from(self.size).unwrap_or_default();
        let skipped = self.page.wrapping_sub(1).wrapping_mul(size);
        usize::try_from(skipped).unwrap_or_default()
    }

    /// The number that the answer repeats, which has 32 bits.
    #[allow(clippy::cast_possible_truncation)]
    fn shown_page(&self) -> i32 {
        self.page as i32
    }

    fn filter(
        &self,
        columns: &Columns<'_>,
        scope: Option<Scope>,
    ) -> Result<Result<Option<Filter>, Refusal>, Problem> {
        let text = match scope {
            Some(scope) => scope.with(&self.search),
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
    /// A condition that a field has a value, which has no quote in it.
    pub(super) fn new(field: &str, value: &str, in_parentheses: bool) -> Self {
        Self { condition: format!("{field} = '{value}'"), in_parentheses }
    }

    /// The search that the server makes of a caller's.
    fn with(self, search: &str) -> String {
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

/// A number as the server reads it: 0 for what is none, and the largest for what is beyond it.
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
    fn a_size_is_never_refused() {
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
    fn a_scope_stands_before_the_search() {
        let scope = |in_parentheses| Scope::new("project_id", "p", in_parentheses);
        assert_eq!(scope(true).with(""), "project_id = 'p'");
        assert_eq!(scope(true).with("a = 1"), "(project_id = 'p') and (a = 1)");
        assert_eq!(scope(false).with("a = 1"), "project_id = 'p' and (a = 1)");
    }
}
