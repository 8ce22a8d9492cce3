//! The words, values and signs of a search.

/// A part of a search that stands for itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A keyword or the name of a field, with dots.
    Word(String),
    /// The name of a field in double quotes, whose case counts.
    Quoted(String),
    Text(String),
    Number(f64),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 12] = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ",", "-", "+"];

/// The tokens of a search; none when it has a character that belongs to none.
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

/// Text in quotes; a doubled quote stands for one.
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

/// Digits with a point and an exponent, each of which may be left out.
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
