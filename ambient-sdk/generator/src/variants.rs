//! The names of the variants of open enums.

use proc_macro2::Ident;
use quote::format_ident;
use unicode_ident::{is_xid_continue, is_xid_start};

use crate::names::{Names, numbered};

/// The variant that stores unknown values.
const UNKNOWN: &str = "Unknown";

/// Returns the variant of each value, in order.
///
/// If several values have the same name, the first keeps it. A later one has its punctuation and
/// case spelled out, or a number if that is in use too. No value gets a name that is the plain name
/// of another value.
pub(crate) fn variants(values: &[String]) -> Vec<Ident> {
    let plain: Vec<String> = values.iter().map(|value| plain(value)).collect();
    let by_itself = Names::of(plain.iter().map(String::as_str));
    let mut taken = Names::of([UNKNOWN]);
    let names = values.iter().zip(plain).map(|(value, plain)| {
        if taken.take(&plain) {
            return plain;
        }
        let others = std::iter::once(spelled_out(value)).chain(numbered(&plain));
        let others = others.filter(|name| is_identifier(name) && !by_itself.has(name));
        taken.take_first(others).unwrap_or(plain)
    });
    names.map(|name| format_ident!("{name}")).collect()
}

/// Converts `RUN_FINISHED`, `tool_use`, `Pending` and `-1` to `RunFinished`, `ToolUse`, `Pending`
/// and `Minus1`. The punctuation of a value without letters or digits is spelled out.
fn plain(text: &str) -> String {
    let shouted = !text.chars().any(char::is_lowercase);
    let words = text.split(|c| !is_letter(c)).filter(|word| !word.is_empty());
    let words = words.map(|word| {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        let rest = if shouted { rest.to_lowercase() } else { rest.to_owned() };
        first.to_uppercase() + &rest
    });
    let name: String = words.collect();
    let name = match name.chars().next() {
        None if text.is_empty() => "Empty".to_owned(),
        None => spelled_out(text),
        Some(first) if first.is_numeric() => sign_before_number(text).unwrap_or_default() + &name,
        Some(_) => name,
    };
    if is_identifier(&name) && name != UNKNOWN {
        return name;
    }
    // The upper case of a letter can be several characters, including characters other than
    // letters.
    format!("Value{}", name.replace(|c| !is_xid_continue(c), ""))
}

/// Returns the name of a sign before a number.
fn sign_before_number(text: &str) -> Option<String> {
    let sign = text.chars().next().filter(|c| matches!(c, '+' | '-'))?;
    Some(sign_name(sign))
}

/// Spells out all punctuation, and keeps upper case letters.
fn spelled_out(text: &str) -> String {
    let mut name = String::new();
    let mut begins_word = true;
    for c in text.chars() {
        if is_letter(c) {
            if begins_word { name.extend(c.to_uppercase()) } else { name.push(c) }
        } else {
            name.push_str(&sign_name(c));
        }
        begins_word = !is_letter(c);
    }
    name
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && is_xid_continue(c)
}

fn is_identifier(name: &str) -> bool {
    name != "Self" && name.starts_with(is_xid_start) && name.chars().all(is_xid_continue)
}

fn sign_name(sign: char) -> String {
    let name = match sign {
        '+' => "Plus",
        '-' => "Minus",
        '_' => "Underscore",
        '.' => "Dot",
        ',' => "Comma",
        ':' => "Colon",
        ';' => "Semicolon",
        '/' => "Slash",
        '\\' => "Backslash",
        ' ' => "Space",
        '*' => "Star",
        '=' => "Equal",
        '<' => "Less",
        '>' => "Greater",
        '!' => "Not",
        '?' => "Question",
        '@' => "At",
        '#' => "Hash",
        '$' => "Dollar",
        '%' => "Percent",
        '&' => "And",
        '|' => "Or",
        '^' => "Caret",
        '~' => "Tilde",
        '\'' | '"' | '`' => "Quote",
        '(' | '[' | '{' => "Open",
        ')' | ']' | '}' => "Close",
        other => return format!("U{:X}", u32::from(other)),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn named(values: &[&str]) -> Vec<String> {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        variants(&values).iter().map(Ident::to_string).collect()
    }

    #[test]
    fn a_variant_is_named_by_the_words_of_its_value() {
        let values = ["RUN_FINISHED", "tool_use", "Pending", "claude-3.5", "Self", "unknown", ""];
        let names =
            ["RunFinished", "ToolUse", "Pending", "Claude35", "ValueSelf", "ValueUnknown", "Empty"];
        assert_eq!(named(&values), names);
    }

    #[test]
    fn signs_are_named_before_numbers_and_alone() {
        assert_eq!(named(&["+1", "-1", "1"]), ["Plus1", "Minus1", "Value1"]);
        assert_eq!(named(&["<", ">=", "*"]), ["Less", "GreaterEqual", "Star"]);
    }

    #[test]
    fn conflicting_values_are_spelled_out_or_numbered() {
        assert_eq!(named(&["asc", "desc", "ASC", "DESC"]), ["Asc", "Desc", "ASC", "DESC"]);
        assert_eq!(named(&["x-high", "x_high", "xHigh"]), ["XHigh", "XUnderscoreHigh", "XHigh2"]);
    }

    #[test]
    fn a_value_added_at_the_end_renames_no_other() {
        let before = named(&["a-b", "a_b"]);
        assert_eq!(named(&["a-b", "a_b", "a b", "AB"])[..2], before);
    }

    #[test]
    fn letters_of_all_languages_are_kept_and_symbols_are_spelled_out() {
        assert_eq!(named(&["größe", "中文", "m²", "☃"]), ["Größe", "中文", "M", "U2603"]);
    }

    proptest! {
        #[test]
        fn all_names_are_unique(values in prop::collection::hash_set(".{0,4}", 0..20)) {
            let values: Vec<String> = values.into_iter().collect();
            let names: Vec<String> = variants(&values).iter().map(Ident::to_string).collect();
            let mut taken = Names::of(["Unknown", "Self"]);
            for name in &names {
                prop_assert!(syn::parse_str::<syn::Ident>(name).is_ok(), "{name:?}");
                prop_assert!(taken.take(name), "{names:?} of {values:?}");
            }
        }

        #[test]
        fn new_values_rename_no_other(values in prop::collection::hash_set("[aA_-]{0,3}", 1..12)) {
            let values: Vec<String> = values.into_iter().collect();
            let all = variants(&values);
            let fewer = variants(&values[..values.len() - 1]);
            let last = plain(&values[values.len() - 1]);
            // Skips the case that another value already has its plain name as a replacement.
            prop_assume!(!fewer.iter().any(|name| *name == last.as_str()));
            prop_assert_eq!(&all[..fewer.len()], &fewer[..]);
        }
    }
}
