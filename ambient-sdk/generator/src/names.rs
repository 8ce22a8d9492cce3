//! Names in Rust: the generator's conversion of the document's names, and unique names for
//! conflicts.
//!
//! All items follow the same rule. If several items would have the same name, the first in the
//! document keeps it. Each later one gets a descriptive name if there is one, otherwise the first
//! free number. An item that is appended to the document never renames another.

use std::collections::HashSet;

use heck::{ToPascalCase as _, ToSnakeCase as _};
use unicode_ident::{is_xid_continue, is_xid_start};
use unicode_normalization::UnicodeNormalization as _;

/// Words that are not valid identifiers; the generator appends a `_`.
const KEYWORDS: [&str; 53] = [
    "_", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "Self", "self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Returns the struct field for a property.
pub(crate) fn field(property: &str) -> String {
    identifier(property, |text| text.to_snake_case(), "x")
}

/// Returns the type for a schema.
pub(crate) fn type_name(schema: &str) -> String {
    identifier(schema, |text| text.to_pascal_case(), "X")
}

/// Returns the method for an operation, or the setter for a parameter.
pub(crate) fn method(name: &str) -> String {
    identifier(name, |text| text.to_snake_case(), "_")
}

/// Returns the builder for a method.
pub(crate) fn builder(method: &str) -> String {
    identifier(method, |text| text.to_pascal_case(), "_")
}

/// Converts a name as the generator does: characters that are invalid in an identifier separate
/// words.
fn identifier(text: &str, to_case: impl Fn(&str) -> String, prefix: &str) -> String {
    let letter = |c: char| if is_xid_continue(c) { c } else { '-' };
    let name = match text {
        "+1" => "plus1".to_owned(),
        "-1" => "minus1".to_owned(),
        _ => to_case(&text.chars().filter(|c| *c != '\'').map(letter).collect::<String>()),
    };
    let name = match name.chars().next() {
        None => to_case("x"),
        Some(first) if is_xid_start(first) => name,
        Some(_) => format!("{prefix}{name}"),
    };
    if KEYWORDS.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// The names in use in one scope, compared as the compiler does.
#[derive(Debug, Default)]
pub(crate) struct Names(HashSet<String>);

impl Names {
    /// Creates a set with the given names in use.
    pub(crate) fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self(names.into_iter().map(normal).collect())
    }

    /// Returns whether the name is in use.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains(&normal(name))
    }

    /// Takes the name; returns `false` if it is already in use.
    pub(crate) fn take(&mut self, name: &str) -> bool {
        self.0.insert(normal(name))
    }

    /// Takes the first name that is not in use; `None` if all are.
    pub(crate) fn take_first(&mut self, names: impl IntoIterator<Item = String>) -> Option<String> {
        names.into_iter().find(|name| self.take(name))
    }
}

/// Normalizes a name; identifiers with the same normal form are equal.
fn normal(name: &str) -> String {
    name.nfc().collect()
}

/// Returns `name` in snake case with the numbers from 2 on.
pub(crate) fn numbered_words(name: &str) -> impl Iterator<Item = String> {
    (2..).map(move |number| format!("{name}_{number}"))
}

/// Returns `Name` in Pascal case with the numbers from 2 on, separated from digits at its end.
pub(crate) fn numbered(name: &str) -> impl Iterator<Item = String> {
    let joint = if name.ends_with(|c: char| c.is_numeric()) { "N" } else { "" };
    (2..).map(move |number| format!("{name}{joint}{number}"))
}

/// Like [`numbered`], but in the generator's form of type names.
pub(crate) fn numbered_types(name: &str) -> impl Iterator<Item = String> {
    numbered(name).map(|name| type_name(&name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_match_those_of_the_generator() {
        assert_eq!(field("createdAt"), "created_at");
        assert_eq!(field("type"), "type_");
        assert_eq!(field("2fa"), "x2fa");
        assert_eq!(field(""), "x");
        assert_eq!(field("$ref"), "ref_");
        assert_eq!(type_name("foo.bar-baz"), "FooBarBaz");
        assert_eq!(type_name("self"), "Self_");
        assert_eq!(method("filter[name]"), "filter_name");
        assert_eq!(method("2fa"), "_2fa");
    }

    #[test]
    fn equivalent_unicode_spellings_are_one_name() {
        let mut names = Names::default();
        assert!(names.take("caf\u{e9}"));
        assert!(!names.take("cafe\u{301}"));
    }

    #[test]
    fn numbers_are_separated_from_digits() {
        assert_eq!(numbered("Item").next().unwrap(), "Item2");
        assert_eq!(numbered("V1").next().unwrap(), "V1N2");
        assert_eq!(numbered_types("AB").next().unwrap(), "Ab2");
    }

    proptest! {
        #[test]
        fn every_text_becomes_a_valid_identifier(text in any::<String>()) {
            for name in [field(&text), type_name(&text), method(&text)] {
                prop_assert!(syn::parse_str::<syn::Ident>(&name).is_ok(), "{name:?}");
            }
        }

        #[test]
        fn conversion_is_idempotent(text in "[ -~]*") {
            prop_assert_eq!(field(&field(&text)), field(&text));
        }
    }
}
