//! The search language of lists: `name = 'x' and (id in ('a', 'b') or created_at > '2026-01-01')`.

mod columns;
mod filter;
mod tokens;

pub(super) use columns::{ColumnType, Columns};
pub(super) use filter::{Filter, Rejection};

use tokens::{Token, tokens};

/// The maximum length of a search, in bytes.
const MAX_LENGTH: usize = 16 * 1024;
/// The maximum depth of nested parentheses and `not`.
const MAX_DEPTH: usize = 64;
/// Words that can't be an unquoted field name.
const KEYWORDS: [&str; 9] = ["like", "ilike", "and", "or", "between", "in", "is", "null", "not"];

/// A parsed search.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Search {
    And(Box<Search>, Box<Search>),
    Or(Box<Search>, Box<Search>),
    Not(Box<Search>),
    Test { field: Field, test: Test },
}

/// The name of a field as written in a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    /// Whether the name is in quotes and therefore case-sensitive.
    pub(super) is_quoted: bool,
}

/// A condition on one field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Compare(Comparison, Literal),
    In { list: Vec<Literal>, negated: bool },
    Between { low: Literal, high: Literal, negated: bool },
    Like { pattern: String, any_case: bool },
    Null { negated: bool },
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
}

impl Search {
    /// Parses a search. Returns `None` if it is invalid.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let tokens = tokens(text).filter(|_| text.len() <= MAX_LENGTH)?;
        let mut parser = Parser { tokens: &tokens, at: 0, depth: 0 };
        let search = parser.any_of()?;
        parser.next().is_none().then_some(search)
    }

    /// Returns the tests from left to right.
    pub(super) fn tests(&self) -> Vec<(&Field, &Test)> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                let mut tests = left.tests();
                tests.extend(right.tests());
                tests
            }
            Self::Not(inner) => inner.tests(),
            Self::Test { field, test } => vec![(field, test)],
        }
    }
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

    /// Consumes the next token if it is this word in any case.
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

    fn any_of(&mut self) -> Option<Search> {
        let mut search = self.all_of()?;
        while self.word("or") {
            search = Search::Or(Box::new(search), Box::new(self.all_of()?));
        }
        Some(search)
    }

    fn all_of(&mut self) -> Option<Search> {
        let mut search = self.one()?;
        while self.word("and") {
            search = Search::And(Box::new(search), Box::new(self.one()?));
        }
        Some(search)
    }

    fn one(&mut self) -> Option<Search> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let search = if self.word("not") {
            Search::Not(Box::new(self.one()?))
        } else if self.symbol("(") {
            let inner = self.any_of()?;
            self.symbol(")").then_some(inner)?
        } else {
            self.test()?
        };
        self.depth -= 1;
        Some(search)
    }

    fn test(&mut self) -> Option<Search> {
        let field = self.field()?;
        if self.word("is") {
            let test = self.is()?;
            return Some(Search::Test { field, test });
        }
        let negated = self.word("not");
        let test = if self.word("in") {
            Test::In { list: self.literals()?, negated }
        } else if self.word("between") {
            let low = self.literal()?;
            self.word("and").then_some(())?;
            Test::Between { low, high: self.literal()?, negated }
        } else if self.word("like") {
            return Some(with_negation(field, self.like(false)?, negated));
        } else if self.word("ilike") {
            return Some(with_negation(field, self.like(true)?, negated));
        } else if negated {
            return None;
        } else {
            Test::Compare(self.comparison()?, self.literal()?)
        };
        Some(Search::Test { field, test })
    }

    fn field(&mut self) -> Option<Field> {
        let (name, is_quoted) = match self.next()? {
            Token::Word(word) => (word.clone(), false),
            Token::Quoted(word) => (word.clone(), true),
            _ => return None,
        };
        let is_keyword = KEYWORDS.iter().any(|keyword| name.eq_ignore_ascii_case(keyword));
        (is_quoted || !is_keyword).then_some(Field { name, is_quoted })
    }

    /// Parses the rest of `is null` or `is not null`. With another value, `is` means `=` and
    /// `is not` means `!=`.
    fn is(&mut self) -> Option<Test> {
        let negated = self.word("not");
        if self.word("null") {
            return Some(Test::Null { negated });
        }
        let comparison = if negated { Comparison::Unequal } else { Comparison::Equal };
        Some(Test::Compare(comparison, self.literal()?))
    }

    fn like(&mut self, any_case: bool) -> Option<Test> {
        match self.literal()? {
            Literal::Text(pattern) => Some(Test::Like { pattern, any_case }),
            Literal::Number(_) => None,
        }
    }

    fn comparison(&mut self) -> Option<Comparison> {
        Some(match self.next()? {
            Token::Symbol("=") => Comparison::Equal,
            Token::Symbol("!=" | "<>") => Comparison::Unequal,
            Token::Symbol("<") => Comparison::Less,
            Token::Symbol("<=") => Comparison::LessOrEqual,
            Token::Symbol(">") => Comparison::Greater,
            Token::Symbol(">=") => Comparison::GreaterOrEqual,
            _ => return None,
        })
    }

    /// Parses a list in parentheses, which may be empty.
    fn literals(&mut self) -> Option<Vec<Literal>> {
        self.symbol("(").then_some(())?;
        let mut literals = Vec::new();
        if self.symbol(")") {
            return Some(literals);
        }
        literals.push(self.literal()?);
        while self.symbol(",") {
            literals.push(self.literal()?);
        }
        self.symbol(")").then_some(literals)
    }

    fn literal(&mut self) -> Option<Literal> {
        let is_negative = self.symbol("-");
        let is_signed = is_negative || self.symbol("+");
        Some(match self.next()? {
            Token::Text(text) if !is_signed => Literal::Text(text.clone()),
            Token::Number(number) => Literal::Number(if is_negative { -number } else { *number }),
            _ => return None,
        })
    }
}

fn with_negation(field: Field, test: Test, negated: bool) -> Search {
    let search = Search::Test { field, test };
    if negated { Search::Not(Box::new(search)) } else { search }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn invalid_searches_are_rejected() {
        for search in [
            "",
            "name",
            "name =",
            "name = 'x",
            "name = 'x' name = 'y'",
            "(name = 'x'",
            "name in 'x'",
            "name is",
            "name not = 'x'",
            "name like 5",
            "name = 1-2",
            "name # 'x'",
            "name = \"x\"",
            "name = true",
            "name = null",
            "name == 'x'",
            "name = 'it\\'s'",
            "in = 'x'",
            "count(id) = 1",
            "name = -'x'",
        ] {
            assert_eq!(Search::parse(search), None, "{search}");
        }
        assert_eq!(Search::parse(&"(".repeat(100_000)), None);
        assert_eq!(Search::parse(&format!("{}a = 1", "not ".repeat(1000))), None);
    }

    #[test]
    fn valid_searches_are_parsed() {
        for search in [
            "name='x'",
            "NAME NOT IN ('x',2)",
            "name in ()",
            "name is 'x' or name is not null",
            "tokens = - .5e1",
            "\"name\" = 'x'",
            "roles.name like 'x'",
        ] {
            assert!(Search::parse(search).is_some(), "{search}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_rejected(text in "\\PC{0,60}") {
            let _ = Search::parse(&text);
        }
    }
}
