//! Names in Rust: those that the generator makes of the document's, and those that tell two things of
//! one name apart.
//!
//! The rule is the same for everything that has a name. Of several things that would get one name, the
//! first in the document keeps it. Each later one gets a name that says what it is, where there is one,
//! or else a number: the first that nothing else has. What is added at the end renames nothing.

use std::collections::HashSet;

use heck::{ToPascalCase as _, ToSnakeCase as _};
use icu_normalizer::ComposingNormalizer;
use unicode_ident::{is_xid_continue, is_xid_start};

/// Words that are no identifiers; the generator writes a `_` behind them.
const KEYWORDS: [&str; 53] = [
    "_", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "Self", "self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The field of a struct for a property.
pub(crate) fn field(property: &str) -> String {
    identifier(property, |text| text.to_snake_case(), "x")
}

/// The type for a schema.
pub(crate) fn type_name(schema: &str) -> String {
    identifier(schema, |text| text.to_pascal_case(), "X")
}

/// The method for an operation, or the setter for a parameter.
pub(crate) fn method(name: &str) -> String {
    identifier(name, |text| text.to_snake_case(), "_")
}

/// The builder for a method.
pub(crate) fn builder(method: &str) -> String {
    identifier(method, |text| text.to_pascal_case(), "_")
}

/// As the generator does it: what can't stand in an identifier parts words.
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

/// The names that are in use in one place, compared as the compiler does.
#[derive(Debug, Default)]
pub(crate) struct Names(HashSet<String>);

impl Names {
    /// Names that are in use from the start.
    pub(crate) fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self(names.into_iter().map(normal).collect())
    }

    /// Whether the name is in use.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains(&normal(name))
    }

    /// Takes the name; false when it is in use already.
    pub(crate) fn take(&mut self, name: &str) -> bool {
        self.0.insert(normal(name))
    }

    /// Takes the first of the names that is not in use; none when all are.
    pub(crate) fn take_first(&mut self, names: impl IntoIterator<Item = String>) -> Option<String> {
        names.into_iter().find(|name| self.take(name))
    }
}

/// Two spellings of one text are one identifier.
fn normal(name: &str) -> String {
    ComposingNormalizer::new_nfc().normalize(name).into_owned()
}

/// `name` in snake case with numbers from 2 on.
pub(crate) fn numbered_words(name: &str) -> impl Iterator<Item = String> {
    (2..).map(move |number| format!("{name}_{number}"))
}

/// `Name` in Pascal case with numbers from 2 on, told from digits at its end.
pub(crate) fn numbered(name: &str) -> impl Iterator<Item = String> {
    let joint = if name.ends_with(|c: char| c.is_numeric()) { "N" } else { "" };
    (2..).map(move |number| format!("{name}{joint}{number}"))
}

/// As [`numbered`], as the generator writes the name of a type: it begins no word within capitals.
pub(crate) fn numbered_types(name: &str) -> impl Iterator<Item = String> {
    numbered(name).map(|name| type_name(&name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_those_of_the_generator() {
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
    fn two_spellings_of_one_text_are_one_name() {
        let mut names = Names::default();
        assert!(names.take("caf\u{e9}"));
        assert!(!names.take("cafe\u{301}"));
    }

    #[test]
    fn numbers_are_told_from_digits() {
        assert_eq!(numbered("Item").next().unwrap(), "Item2");
        assert_eq!(numbered("V1").next().unwrap(), "V1N2");
        assert_eq!(numbered_types("AB").next().unwrap(), "Ab2");
    }

    proptest! {
        #[test]
        fn every_text_is_an_identifier(text in any::<String>()) {
            for name in [field(&text), type_name(&text), method(&text)] {
                prop_assert!(syn::parse_str::<syn::Ident>(&name).is_ok(), "{name:?}");
            }
        }

        #[test]
        fn a_name_is_its_own_name(text in "[ -~]*") {
            prop_assert_eq!(field(&field(&text)), field(&text));
        }
    }
}
