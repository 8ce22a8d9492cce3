//! The kinds of change in the report, with their stable ids, verdicts and reasons.
//!
//! These tables are the single source of the verdicts: the comparison reads them, and a test checks
//! `docs/drift.md` against them. If the verdict depends on details, the comparison may return
//! another one; the rule then describes the condition in `unless`.

use super::verdict::{Direction, Wire};

/// Defines the kinds of one area and the list of them.
macro_rules! kinds {
    ($area:literal; $(
        $name:ident = $id:literal, mirror $mirror:literal {
            $($direction:ident: $verdict:ident $why:literal;)+
            @example $example:literal;
            $(@unless $unless:literal;)?
            $(@items $items:ident;)?
        }
    )+) => {
        $(
            pub(crate) static $name: Rule = Rule {
                id: $id,
                area: $area,
                mirror: $mirror,
                cases: &[$(Case {
                    direction: Direction::$direction,
                    verdict: Wire::$verdict,
                    why: $why,
                }),+],
                example: $example,
                unless: &[$($unless)?],
                items: kinds!(@items $($items)?),
            };
        )+
        pub(super) static RULES: &[&Rule] = &[$(&$name),+];
    };
    (@items) => { Items::Place };
    (@items $items:ident) => { Items::$items };
}

pub(crate) mod body;
pub(crate) mod constraint;
pub(crate) mod meta;
pub(crate) mod operation;
pub(crate) mod parameter;
pub(crate) mod property;
pub(crate) mod schema;
pub(crate) mod security;
pub(crate) mod value;

/// One kind of change.
#[derive(Debug)]
pub struct Rule {
    /// The stable name, in kebab-case; part of the JSON format.
    pub id: &'static str,
    /// The part of OpenAPI that changed; a heading in the documentation.
    pub area: &'static str,
    /// The id of the kind that is reported if base and revision are swapped.
    pub mirror: &'static str,
    /// The verdicts, one for each direction of this kind.
    pub cases: &'static [Case],
    /// An example, in words.
    pub example: &'static str,
    /// The condition for another verdict; at most one sentence.
    pub unless: &'static [&'static str],
    /// The Rust items that such a change can affect.
    pub items: Items,
}

/// The Rust items that a kind of change can affect: only these are listed with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Items {
    /// No item.
    None,
    /// The type of a named schema, and items that mention it.
    Schema,
    /// The changed property.
    Property,
    /// All items of an operation.
    Operation,
    /// The request body of an operation.
    Body,
    /// The result of an operation.
    Result,
    /// The parameter, property or type at the place of the change.
    Place,
}

/// The wire verdict of a kind in one direction.
#[derive(Debug)]
pub struct Case {
    /// The direction.
    pub direction: Direction,
    /// The effect on existing clients.
    pub verdict: Wire,
    /// The reason.
    pub why: &'static str,
}

impl Rule {
    /// Returns the case of `direction`, or the first case if there is none for it.
    pub(crate) fn case(&self, direction: Direction) -> &'static Case {
        let found = self.cases.iter().find(|case| case.direction == direction);
        found.unwrap_or(&self.cases[0])
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// Returns all kinds, area by area.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let areas = [
        operation::RULES,
        parameter::RULES,
        body::RULES,
        schema::RULES,
        property::RULES,
        value::RULES,
        constraint::RULES,
        security::RULES,
        meta::RULES,
    ];
    areas.into_iter().flatten().copied()
}

/// Returns the kind called `id`.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}
