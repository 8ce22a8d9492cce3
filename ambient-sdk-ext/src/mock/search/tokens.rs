//! Splits a search into tokens.

/// A token of a search.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A keyword, or the name of a field, which may contain dots.
    Word(String),
    /// The name of a field in double quotes, which is case-sensitive.
    Quoted(String),
    Text(String),
    Number(f64),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 12] = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ",", "-", "+"];

/// Returns the tokens of a search, or `None` if it contains an invalid character or an open quote.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{b}');
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while let Some(first) = rest.chars().next() {
        let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
        let (token, after) = match (symbol, first) {
            (Some(symbol), _) => (Token::Symbol(symbol), &rest[symbol.len()..]),
            (_, '\'') => quoted(rest, first).map(|(text, after)| (Token::Text(text), after))?,
            (_, '"') => quoted(rest, first).map(|(text, after)| (Token::Quoted(text), after))?,
            (_, c) if c.is_ascii_digit() || c == '.' => number(rest)?,
            (_, c) if c.is_ascii_alphabetic() || c == '_' => word(rest),
            _ => return None,
        };
        tokens.push(token);
        rest = after.trim_start_matches(is_space);
    }
    Some(tokens)
}

/// Reads a text in quotes, in which a doubled quote is an escaped one.
fn quoted(rest: &str, quote: char) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c != quote {
            text.push(c);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            text.push(quote);
        } else {
            return Some((text, &rest[at + 1..]));
        }
    }
    None
}

/// Reads a number with an optional fraction and an optional exponent.
fn number(rest: &str) -> Option<(Token, &str)> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut end = digits(rest);
    if rest[end..].starts_with('.') {
        end += 1 + digits(&rest[end + 1..]);
    }
    if let Some(exponent) = rest[end..].strip_prefix(['e', 'E']) {
        let unsigned = exponent.trim_start_matches(['+', '-']);
        let sign = exponent.len() - unsigned.len();
        if sign <= 1 && digits(unsigned) > 0 {
            end += 1 + sign + digits(unsigned);
        }
    }
    Some((Token::Number(rest[..end].parse().ok()?), &rest[end..]))
}

fn word(rest: &str) -> (Token, &str) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    (Token::Word(rest[..end].to_owned()), &rest[end..])
}
