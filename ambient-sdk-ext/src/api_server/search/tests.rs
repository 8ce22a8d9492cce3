//! Tests of searches. Their text is parsed by a small parser of the server's search language.

use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;

use super::*;

fn text(search: Search) -> String {
    search.to_text().unwrap()
}

fn refusal(search: Search) -> String {
    let error = search.to_text().unwrap_err();
    assert!(error.is_invalid_request());
    error.to_string()
}

#[test]
fn every_comparison() {
    assert_eq!(text(field("name").eq("x")), "name = 'x'");
    assert_eq!(text(field("name").ne("x".to_owned())), "name <> 'x'");
    assert_eq!(text(field("timeout").gt(60)), "timeout > 60");
    assert_eq!(text(field("timeout").ge(60_u64)), "timeout >= 60");
    assert_eq!(text(field("timeout").lt(-1)), "timeout < -1");
    assert_eq!(text(field("timeout").le(i64::MIN)), "timeout <= -9223372036854775808");
    assert_eq!(text(field("timeout").le(vec![0; 3].len())), "timeout <= 3");
    assert_eq!(text(field("llm_temperature").gt(0.7)), "llm_temperature > 0.7");
    assert_eq!(text(field("llm_temperature").lt(-0.25_f32)), "llm_temperature < -0.25");
    assert_eq!(text(field("cost").lt(1e20)), "cost < 100000000000000000000");
    assert_eq!(text(field("username").like("test%")), "username like 'test%'");
    assert_eq!(text(field("id").in_list(["a", "b'"])), "id in ('a','b''')");
    assert_eq!(text(field("enabled").eq(true)), "enabled = true");
    let time = UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    assert_eq!(text(field("created_at").gt(time)), "created_at > '2026-01-01T00:00:00Z'");
}

#[test]
fn parentheses_are_written_only_if_needed() {
    let [a, b, c] = ["a", "b", "c"].map(|name| field(name).eq(1));
    let joined = |search: Search| text(search);
    assert_eq!(joined(a.clone().and(b.clone()).and(c.clone())), "a = 1 and b = 1 and c = 1");
    assert_eq!(joined(a.clone().or(b.clone()).and(c.clone())), "(a = 1 or b = 1) and c = 1");
    assert_eq!(joined(a.clone().and(b.clone()).or(c.clone())), "(a = 1 and b = 1) or c = 1");
    assert_eq!(joined(!a.clone().or(b)), "not (a = 1 or b = 1)");
    assert_eq!(joined(a.and(!c)), "a = 1 and not (c = 1)");
}

#[test]
fn raw_text_is_put_in_parentheses() {
    let raw = "name = 'x' or name = 'y'";
    assert_eq!(text(raw.into()), raw);
    assert_eq!(text(field("a").eq(1).and(raw)), format!("a = 1 and ({raw})"));
    assert_eq!(text(!Search::raw(raw)), format!("not ({raw})"));
}

#[test]
fn invalid_conditions_are_rejected_at_any_depth() {
    for name in ["", "a b", "1a", "a'", "a=1 or b", "a.", ".a", "a;b", "é", "a\n"] {
        let text = refusal(field("ok").eq(1).or(field(name).eq("x")));
        assert!(text.contains("is not the name of a field"), "{text}");
    }
    assert!(refusal(!field("id").in_list::<&str>([])).contains("values for the field id is empty"));
    assert!(refusal(Search::raw("  ")).contains("is empty"));
    let wrong = refusal(field("ok").eq(1).and(field("cost").gt(f64::NAN)));
    assert!(wrong.ends_with("the value NaN of the field cost is not a finite number"), "{wrong}");
    assert!(refusal(field("cost").in_list([0.5, f64::INFINITY])).contains("the value inf"));
    assert!(refusal(field("cost").lt(f32::NEG_INFINITY)).contains("not a finite number"));
    assert!(text(field("a.b_2").eq(1)).starts_with("a.b_2 ="));
}

/// A parsed search, for comparison.
#[derive(Clone, Debug, PartialEq)]
enum Meaning {
    Is(String, String, Vec<String>),
    Not(Box<Meaning>),
    And(Vec<Meaning>),
    Or(Vec<Meaning>),
}

impl Meaning {
    fn search(&self) -> Search {
        let joined = |parts: &[Self], join: fn(Search, Search) -> Search| {
            parts.iter().map(Self::search).reduce(join).unwrap()
        };
        match self {
            Self::Is(name, operator, values) => {
                let (name, value) = (field(name.as_str()), values[0].as_str());
                match operator.as_str() {
                    "=" => name.eq(value),
                    "<>" => name.ne(value),
                    "like" => name.like(value),
                    _ => name.in_list(values),
                }
            }
            Self::Not(inner) => !inner.search(),
            Self::And(parts) => joined(parts, Search::and),
            Self::Or(parts) => joined(parts, Search::or),
        }
    }

    /// Flattens nested `and` and nested `or`.
    fn flat(self) -> Self {
        let all = |parts: Vec<Self>| parts.into_iter().map(Self::flat);
        match self {
            Self::Is(..) => self,
            Self::Not(inner) => Self::Not(Box::new(inner.flat())),
            Self::And(parts) => Self::And(
                all(parts)
                    .flat_map(|part| match part {
                        Self::And(parts) => parts,
                        other => vec![other],
                    })
                    .collect(),
            ),
            Self::Or(parts) => Self::Or(
                all(parts)
                    .flat_map(|part| match part {
                        Self::Or(parts) => parts,
                        other => vec![other],
                    })
                    .collect(),
            ),
        }
    }
}

/// A parser of the language. Precedence from lowest to highest: `or`, `and`, `not`.
struct Parser<'a>(&'a str);

impl<'a> Parser<'a> {
    fn all(text: &'a str) -> Option<Meaning> {
        let mut parser = Self(text);
        let meaning = parser.or()?;
        parser.0.is_empty().then_some(meaning)
    }

    fn or(&mut self) -> Option<Meaning> {
        self.joined(" or ", Self::and, Meaning::Or)
    }

    fn and(&mut self) -> Option<Meaning> {
        self.joined(" and ", Self::single, Meaning::And)
    }

    fn joined(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Option<Meaning>,
        join: fn(Vec<Meaning>) -> Meaning,
    ) -> Option<Meaning> {
        let mut parts = vec![part(self)?];
        while self.take(word) {
            parts.push(part(self)?);
        }
        if parts.len() > 1 { Some(join(parts)) } else { parts.pop() }
    }

    fn single(&mut self) -> Option<Meaning> {
        if self.take("not ") {
            return Some(Meaning::Not(Box::new(self.single()?)));
        }
        if self.take("(") {
            let inner = self.or()?;
            return self.take(")").then_some(inner);
        }
        let (name, rest) = self.0.split_once(' ')?;
        let (operator, rest) = rest.split_once(' ')?;
        self.0 = rest;
        let mut values = Vec::new();
        if operator == "in" {
            let mut open = self.take("(");
            while open {
                values.push(self.quoted()?);
                open = self.take(",");
            }
            self.take(")").then_some(())?;
        } else {
            values.push(self.quoted()?);
        }
        Some(Meaning::Is(name.to_owned(), operator.to_owned(), values))
    }

    /// Parses a literal up to the first quote that is not doubled.
    fn quoted(&mut self) -> Option<String> {
        self.take("'").then_some(())?;
        let mut value = String::new();
        loop {
            let (part, rest) = self.0.split_once('\'')?;
            value.push_str(part);
            self.0 = rest;
            if !self.take("'") {
                return Some(value);
            }
            value.push('\'');
        }
    }

    fn take(&mut self, word: &str) -> bool {
        let rest = self.0.strip_prefix(word);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "['%_,() ]{0,8}",
        Just("' or name = 'x".to_owned()),
        Just("') or ('a' = 'a".to_owned()),
        Just("\\' or 1 = 1 --".to_owned()),
    ]
}

fn meanings() -> impl Strategy<Value = Meaning> {
    let operators = prop_oneof![Just("="), Just("<>"), Just("like"), Just("in")];
    let leaf = ("[a-z_][a-z0-9_]{0,6}", operators, prop::collection::vec(values(), 1..4));
    let leaf = leaf.prop_map(|(name, operator, mut values)| {
        if operator != "in" {
            values.truncate(1);
        }
        Meaning::Is(name, operator.to_owned(), values)
    });
    leaf.prop_recursive(4, 24, 3, |inner| {
        let parts = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            inner.prop_map(|m| Meaning::Not(Box::new(m))),
            parts.clone().prop_map(Meaning::And),
            parts.prop_map(Meaning::Or),
        ]
    })
}

proptest! {
    #[test]
    fn a_value_survives_a_round_trip_and_stays_one_value(value in values()) {
        let text = field("name").eq(value.as_str()).to_text().unwrap();
        let read = Parser::all(&text);
        prop_assert_eq!(read, Some(Meaning::Is("name".into(), "=".into(), vec![value])));
    }

    #[test]
    fn a_search_keeps_its_meaning(meaning in meanings()) {
        let text = meaning.search().to_text().unwrap();
        let read = Parser::all(&text);
        prop_assert_eq!(read, Some(meaning.flat()), "{}", text);
    }

    #[test]
    fn an_invalid_field_name_never_becomes_part_of_a_search(name in any::<String>()) {
        let search = field(name.as_str()).eq(1);
        prop_assert_eq!(search.to_text().is_ok(), is_field(&name));
        prop_assert!(!is_field(&name) || !name.contains([' ', '\'', '(', '=']));
    }
}
