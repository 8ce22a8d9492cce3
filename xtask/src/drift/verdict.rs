//! The words in which the report judges: directions, and the two verdicts.
//!
//! Both verdicts are ordered from harmless to harmful, so that the worst of several is their maximum.

use serde::{Deserialize, Serialize};

/// Which way the changed thing travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the program to the server: parameters and request bodies.
    Request,
    /// From the server to the program: response bodies and headers.
    Response,
    /// Neither: operations, security, servers, descriptions.
    Whole,
}

/// What happens to programs already built from the base when the server moves to the revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wire {
    /// Nothing on the wire changes.
    None,
    /// Something changes, and such programs go on working.
    Compatible,
    /// The documents do not say enough to tell.
    Unknown,
    /// Such programs fail, or silently lose something.
    Breaking,
}

/// What happens to Rust code when the SDK is generated from the revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The public items stay as they are.
    Unchanged,
    /// There are new items; code that compiled still does.
    Additive,
    /// Code that compiled may no longer do so.
    Breaking,
}

/// The version bump that semver asks of a crate whose version is 0.x.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bump {
    /// Nothing changed.
    None,
    /// 0.x.Y: nothing breaks.
    Patch,
    /// 0.X.0: while the major version is 0, a break moves the minor one.
    Minor,
}

impl Wire {
    /// The word used in every format of the report.
    pub fn word(self) -> &'static str {
        match self {
            Wire::None => "none",
            Wire::Compatible => "compatible",
            Wire::Unknown => "unknown",
            Wire::Breaking => "breaking",
        }
    }
}

impl Source {
    /// The word used in every format of the report.
    pub fn word(self) -> &'static str {
        match self {
            Source::Unchanged => "unchanged",
            Source::Additive => "additive",
            Source::Breaking => "breaking",
        }
    }
}

impl Direction {
    /// The word used in every format of the report.
    pub fn word(self) -> &'static str {
        match self {
            Direction::Request => "request",
            Direction::Response => "response",
            Direction::Whole => "whole",
        }
    }
}

impl Bump {
    /// The word used in every format of the report.
    pub fn word(self) -> &'static str {
        match self {
            Bump::None => "none",
            Bump::Patch => "patch",
            Bump::Minor => "minor",
        }
    }
}
