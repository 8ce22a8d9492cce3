//! The search language of lists: `name = 'x' and (id in ('a', 'b') or created_at > '2026-01-01')`.

mod tokens;

use std::{cmp::Ordering, fmt};

use jiff::Timestamp;
use serde_json::Value;

use super::store::Fields;
use tokens::{Token, tokens};

/// How long a search may be, in bytes.
const MAX_LENGTH: usize = 16 * 1024;
/// How deep parentheses and `not` may be nested.
const MAX_DEPTH: usize = 64;

/// A search that was understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Search {
    And(Box<Search>, Box<Search>),
    Or(Box<Search>, Box<Search>),
    Not(Box<Search>),
    Test { field: String, test: Test },
}

/// What is asked of one field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Compare(Comparison, Literal),
    In(Vec<Literal>),
    Between(Literal, Literal),
    Like { pattern: String, any_case: bool },
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value in a search.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Number(f64),
    Boolean(bool),
}

/// Why a search was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError(String);

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

type Parsed<T> = Result<T, SyntaxError>;

fn error<T>(text: impl Into<String>) -> Parsed<T> {
    Err(SyntaxError(text.into()))
}

impl Search {
    pub(super) fn parse(text: &str) -> Parsed<Self> {
        if text.len() > MAX_LENGTH {
            return error(format!("longer than {MAX_LENGTH} bytes"));
        }
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, at: 0, depth: 0 };
        let search = parser.any_of()?;
        match parser.next() {
            None => Ok(search),
            Some(token) => error(format!("unexpected {token}")),
        }
    }

    /// The names of the fields that it asks about.
    pub(super) fn fields(&self) -> Vec<&str> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                let mut fields = left.fields();
                fields.extend(right.fields());
                fields
            }
            Self::Not(inner) => inner.fields(),
            Self::Test { field, .. } => vec![field],
        }
    }

    pub(super) fn matches(&self, record: &Fields) -> bool {
        match self {
            Self::And(left, right) => left.matches(record) && right.matches(record),
            Self::Or(left, right) => left.matches(record) || right.matches(record),
            Self::Not(inner) => !inner.matches(record),
            Self::Test { field, test } => {
                let value = record.get(field).filter(|value| !value.is_null());
                match value {
                    None => *test == Test::Null,
                    Some(value) => test.holds(value),
                }
            }
        }
    }
}

impl Test {
    fn holds(&self, value: &Value) -> bool {
        let ordered = |literal: &Literal| literal.order(value);
        match self {
            Self::Compare(comparison, literal) => comparison.holds(ordered(literal)),
            Self::In(literals) => {
                literals.iter().any(|literal| ordered(literal) == Some(Ordering::Equal))
            }
            Self::Between(low, high) => {
                Comparison::GreaterOrEqual.holds(ordered(low))
                    && Comparison::LessOrEqual.holds(ordered(high))
            }
            Self::Like { pattern, any_case } => {
                let text = value.as_str().unwrap_or_default();
                match any_case {
                    false => like(pattern, text),
                    true => like(&pattern.to_lowercase(), &text.to_lowercase()),
                }
            }
            Self::Null => false,
        }
    }
}

impl Comparison {
    fn holds(self, order: Option<Ordering>) -> bool {
        let Some(order) = order else {
            return self == Self::Unequal;
        };
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

impl Literal {
    /// How `value` stands to the literal; none when they are of different kinds.
    fn order(&self, value: &Value) -> Option<Ordering> {
        match (self, value) {
            (Self::Text(literal), Value::String(text)) => Some(order_texts(text, literal)),
            (Self::Number(literal), Value::Number(number)) => number.as_f64()?.partial_cmp(literal),
            (Self::Boolean(literal), Value::Bool(boolean)) => Some(boolean.cmp(literal)),
            // The database converts a quoted number or truth value by the type of the column.
            (Self::Text(literal), Value::Number(number)) => {
                number.as_f64()?.partial_cmp(&literal.parse().ok()?)
            }
            (Self::Text(literal), Value::Bool(boolean)) => {
                Some(boolean.cmp(&literal.parse().ok()?))
            }
            _ => None,
        }
    }
}

/// Orders two texts: as times if both are, else by their characters.
pub(super) fn order_texts(left: &str, right: &str) -> Ordering {
    match (left.parse::<Timestamp>(), right.parse::<Timestamp>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        _ => left.cmp(right),
    }
}

/// Whether `text` is like `pattern`, where `%` stands for any text and `_` for one character.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<_>, Vec<_>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut retry) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '_' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((percent, taken)) => {
                    retry = Some((percent, taken + 1));
                    p = percent + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '%')
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<&Token> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    /// Takes the next token if it is this word, in any case.
    fn word(&mut self, wanted: &str) -> bool {
        let token = self.tokens.get(self.at);
        let found = matches!(token, Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(found);
        found
    }

    fn symbol(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Symbol(s)) if *s == wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.symbol(symbol) {
            return Ok(());
        }
        match self.next() {
            Some(token) => error(format!("expected '{symbol}', found {token}")),
            None => error(format!("expected '{symbol}', found the end")),
        }
    }

    fn any_of(&mut self) -> Parsed<Search> {
        let mut search = self.all_of()?;
        while self.word("or") {
            search = Search::Or(Box::new(search), Box::new(self.all_of()?));
        }
        Ok(search)
    }

    fn all_of(&mut self) -> Parsed<Search> {
        let mut search = self.one()?;
        while self.word("and") {
            search = Search::And(Box::new(search), Box::new(self.one()?));
        }
        Ok(search)
    }

    fn one(&mut self) -> Parsed<Search> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return error("nested too deeply");
        }
        let search = if self.word("not") {
            Search::Not(Box::new(self.one()?))
        } else if self.symbol("(") {
            let inner = self.any_of()?;
            self.expect(")")?;
            inner
        } else {
            self.test()?
        };
        self.depth -= 1;
        Ok(search)
    }

    fn test(&mut self) -> Parsed<Search> {
        let field = match self.next() {
            Some(Token::Word(word)) => word.clone(),
            Some(token) => return error(format!("expected a field, found {token}")),
            None => return error("expected a field, found the end"),
        };
        if self.word("is") {
            let negated = self.word("not");
            return match self.word("null") {
                true => Ok(with_negation(field, Test::Null, negated)),
                false => error("expected 'null' after 'is'"),
            };
        }
        let negated = self.word("not");
        let test = if self.word("in") {
            Test::In(self.literals()?)
        } else if self.word("between") {
            let low = self.literal()?;
            if !self.word("and") {
                return error("expected 'and' after 'between'");
            }
            Test::Between(low, self.literal()?)
        } else if self.word("like") {
            Test::Like { pattern: self.text()?, any_case: false }
        } else if self.word("ilike") {
            Test::Like { pattern: self.text()?, any_case: true }
        } else if negated {
            return error("expected 'in', 'between' or 'like' after 'not'");
        } else {
            Test::Compare(self.comparison()?, self.literal()?)
        };
        Ok(with_negation(field, test, negated))
    }

    fn comparison(&mut self) -> Parsed<Comparison> {
        Ok(match self.next() {
            Some(Token::Symbol("=")) => Comparison::Equal,
            Some(Token::Symbol("!=" | "<>")) => Comparison::Unequal,
            Some(Token::Symbol("<")) => Comparison::Less,
            Some(Token::Symbol("<=")) => Comparison::LessOrEqual,
            Some(Token::Symbol(">")) => Comparison::Greater,
            Some(Token::Symbol(">=")) => Comparison::GreaterOrEqual,
            Some(token) => return error(format!("expected a comparison, found {token}")),
            None => return error("expected a comparison, found the end"),
        })
    }

    fn literals(&mut self) -> Parsed<Vec<Literal>> {
        self.expect("(")?;
        let mut literals = vec![self.literal()?];
        while self.symbol(",") {
            literals.push(self.literal()?);
        }
        self.expect(")")?;
        Ok(literals)
    }

    fn literal(&mut self) -> Parsed<Literal> {
        Ok(match self.next() {
            Some(Token::Text(text)) => Literal::Text(text.clone()),
            Some(Token::Number(number)) => Literal::Number(*number),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("true") => Literal::Boolean(true),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("false") => {
                Literal::Boolean(false)
            }
            Some(token) => return error(format!("expected a value, found {token}")),
            None => return error("expected a value, found the end"),
        })
    }

    fn text(&mut self) -> Parsed<String> {
        match self.literal()? {
            Literal::Text(text) => Ok(text),
            _ => error("expected text in quotes after 'like'"),
        }
    }
}

fn with_negation(field: String, test: Test, negated: bool) -> Search {
    let search = Search::Test { field, test };
    match negated {
        true => Search::Not(Box::new(search)),
        false => search,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn matches(search: &str) -> bool {
        let record = json!({
            "name": "nightly", "owner": "o'brien", "tokens": 4000, "enabled": true,
            "created_at": "2026-03-01T10:00:00.000000Z", "agent_id": null,
        });
        Search::parse(search).unwrap().matches(record.as_object().unwrap())
    }

    #[test]
    fn finds_what_is_asked_for() {
        for search in [
            "name = 'nightly'",
            "name != 'daily'",
            "name in ('daily', 'nightly')",
            "name not in ('daily')",
            "owner = 'o''brien'",
            "owner = \"o'brien\"",
            "name like 'night%'",
            "name like '%igh_ly'",
            "name ilike 'NIGHT%'",
            "name not like 'day%'",
            "tokens > 3999.5 and tokens <= 4000",
            "tokens = '4000'",
            "tokens between 1 and 5000",
            "enabled = true",
            "created_at > '2026-01-01T00:00:00Z'",
            "created_at = '2026-03-01T10:00:00Z'",
            "agent_id is null AND name is not null",
            "not (name = 'daily' or name = 'weekly')",
            "name = 'daily' or name = 'nightly' and enabled = true",
        ] {
            assert!(matches(search), "{search}");
        }
    }

    #[test]
    fn leaves_out_what_is_not() {
        for search in [
            "name = 'Nightly'",
            "name like 'night'",
            "name like '%x%'",
            "tokens > 4000",
            "agent_id = ''",
            "missing = 'x'",
            "name < 5",
            "(name = 'nightly') and not enabled = true",
        ] {
            assert!(!matches(search), "{search}");
        }
    }

    #[test]
    fn says_what_it_does_not_understand() {
        for (search, cause) in [
            ("", "expected a field, found the end"),
            ("name", "expected a comparison, found the end"),
            ("name =", "expected a value, found the end"),
            ("name = 'x", "a quote is not closed"),
            ("name = 'x' name = 'y'", "unexpected 'name'"),
            ("(name = 'x'", "expected ')', found the end"),
            ("name in 'x'", "expected '(', found text 'x'"),
            ("name is 'x'", "expected 'null' after 'is'"),
            ("name not = 'x'", "expected 'in', 'between' or 'like' after 'not'"),
            ("name like 5", "expected text in quotes after 'like'"),
            ("name = 1-2", "'1-2' is not a number"),
            ("name # 'x'", "unexpected character '#'"),
        ] {
            assert_eq!(Search::parse(search).unwrap_err().to_string(), cause, "{search}");
        }
        let deep = "(".repeat(100_000);
        assert!(Search::parse(&deep).unwrap_err().to_string().contains("longer"));
        let deep = "not ".repeat(1000);
        assert!(Search::parse(&deep).unwrap_err().to_string().contains("deeply"));
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,60}") {
            let _ = Search::parse(&text);
        }

        #[test]
        fn a_quoted_value_finds_itself(text in "\\PC{0,20}") {
            let search = format!("name = '{}'", text.replace('\'', "''"));
            let record = json!({"name": text});
            prop_assert!(Search::parse(&search).unwrap().matches(record.as_object().unwrap()));
        }
    }
}
