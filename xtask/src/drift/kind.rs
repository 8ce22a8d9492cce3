//! Every kind of change that the report knows: its stable id, its verdicts and why.
//!
//! The tables below are the single source of the verdicts: the comparison looks them up here, and
//! `docs/drift.md` is checked against them. A comparison may give another verdict where the rule
//! depends on details; the rule then says so in `unless`.

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
    /// Stable name, kebab-case; part of the JSON format.
    pub id: &'static str,
    /// The part of OpenAPI it belongs to; groups the table in the documentation.
    pub area: &'static str,
    /// The id of the kind that is reported when base and revision swap places.
    pub mirror: &'static str,
    /// The verdict in each direction in which this kind can occur.
    pub cases: &'static [Case],
    /// An example, in words.
    pub example: &'static str,
    /// When another verdict is given; at most one sentence.
    pub unless: &'static [&'static str],
    /// Which Rust items such a change can change.
    pub items: Items,
}

/// Which Rust items a kind of change can change: only those are listed with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Items {
    /// None at all.
    None,
    /// The type of a named schema, and what mentions it.
    Schema,
    /// The property that it is about.
    Property,
    /// All that belongs to an operation.
    Operation,
    /// What an operation takes as its body.
    Body,
    /// What an operation returns.
    Result,
    /// The parameter, property or type in which it is found.
    Place,
}

/// The wire verdict of a kind in one direction.
#[derive(Debug)]
pub struct Case {
    /// The direction.
    pub direction: Direction,
    /// What happens to programs already built.
    pub verdict: Wire,
    /// Why.
    pub why: &'static str,
}

impl Rule {
    /// The case of `direction`; kinds that know only another direction answer with that.
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

/// All kinds, area by area.
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

/// The kind called `id`.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}
