//! The words, values and signs of a search.

use std::fmt;

use super::{Parsed, error};

/// A part of a search that stands for itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    Number(f64),
    Symbol(&'static str),
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => write!(f, "'{word}'"),
            Self::Text(text) => write!(f, "text '{text}'"),
            Self::Number(number) => write!(f, "number {number}"),
            Self::Symbol(symbol) => write!(f, "'{symbol}'"),
        }
    }
}

const SYMBOLS: [&str; 10] = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ","];

pub(super) fn tokens(text: &str) -> Parsed<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
        let (token, after) = match (symbol, first) {
            (Some(symbol), _) => (Token::Symbol(symbol), &rest[symbol.len()..]),
            (_, '\'' | '"') => quoted(rest, first)?,
            (_, c) if c.is_ascii_digit() || c == '-' => number(rest)?,
            (_, c) if c.is_alphabetic() || c == '_' => word(rest),
            (_, c) => return error(format!("unexpected character '{c}'")),
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

/// Text in quotes; a doubled quote stands for one.
fn quoted(rest: &str, quote: char) -> Parsed<(Token, &str)> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c != quote {
            text.push(c);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            text.push(quote);
        } else {
            return Ok((Token::Text(text), &rest[at + 1..]));
        }
    }
    error("a quote is not closed")
}

fn number(rest: &str) -> Parsed<(Token, &str)> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
    let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    match rest[..end].parse() {
        Ok(number) => Ok((Token::Number(number), &rest[end..])),
        Err(_) => error(format!("'{}' is not a number", &rest[..end])),
    }
}

fn word(rest: &str) -> (Token, &str) {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    (Token::Word(rest[..end].to_owned()), &rest[end..])
}
