//! Replaces names before the generator reads them, and restores the wire names in its output.
//!
//! The generator derives the Rust name from the wire name. To get another Rust name, the document
//! for the generator contains that name followed by a mark. A mark consists of characters that are
//! invalid in identifiers, so the generator drops it from Rust names but keeps it in string
//! literals. No document contains these characters, so each marked string can be replaced with the
//! wire name.

use proc_macro2::{Group, Literal, TokenStream, TokenTree};

/// The characters of a mark, from the private use area: two digits and an end.
const DIGITS: [char; 2] = ['\u{f8f0}', '\u{f8f1}'];
const END: char = '\u{f8f2}';

/// The marked names.
#[derive(Debug, Default)]
pub(crate) struct Marks(Vec<Marked>);

#[derive(Debug)]
struct Marked {
    name: String,
    wire: String,
}

impl Marks {
    /// Returns a replacement for `wire` whose Rust name is `rust`.
    pub(crate) fn mark(&mut self, rust: &str, wire: &str) -> String {
        let mut name = rust.to_owned();
        let mut number = self.0.len() + 1;
        while number > 0 {
            name.push(DIGITS[number % 2]);
            number /= 2;
        }
        name.push(END);
        self.0.push(Marked { name: name.clone(), wire: wire.to_owned() });
        name
    }

    /// Restores the wire names in all string literals of the generated code.
    pub(crate) fn restore(&self, tokens: TokenStream) -> TokenStream {
        if self.0.is_empty() { tokens } else { tokens.into_iter().map(|t| self.one(t)).collect() }
    }

    fn one(&self, token: TokenTree) -> TokenTree {
        let span = token.span();
        let mut replaced = match token {
            TokenTree::Group(group) => {
                Group::new(group.delimiter(), self.restore(group.stream())).into()
            }
            TokenTree::Literal(literal) => self.literal(literal).into(),
            other => other,
        };
        replaced.set_span(span);
        replaced
    }

    fn literal(&self, literal: Literal) -> Literal {
        let text = match syn::Lit::new(literal.clone()) {
            syn::Lit::Str(text) => text.value(),
            _ => return literal,
        };
        if !text.contains(END) {
            return literal;
        }
        let back = |text: String, marked: &Marked| text.replace(&marked.name, &marked.wire);
        Literal::string(&self.0.iter().fold(text, back))
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;
    use crate::names;

    #[test]
    fn a_marked_name_changes_identifiers_but_not_strings() {
        let mut marks = Marks::default();
        let first = marks.mark("created_at_2", "createdAt");
        let second = marks.mark("body_query", "body");
        assert_ne!(first, second);
        assert_eq!(names::field(&first), "created_at_2");
        assert_eq!(names::method(&second), "body_query");
        let path = format!("/{second}/x");
        let generated = quote! { f(#first, [#second], #path, 1, "plain") };
        let expected = quote! { f("createdAt", ["body"], "/body/x", 1, "plain") };
        assert_eq!(marks.restore(generated).to_string(), expected.to_string());
    }
}
