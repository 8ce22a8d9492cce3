//! Directions and the two verdicts.
//!
//! Both verdicts are ordered from harmless to harmful: the worst of several is the maximum.

use serde::{Deserialize, Serialize};

/// The direction in which the changed value is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the client to the server: parameters and request bodies.
    Request,
    /// From the server to the client: response bodies and headers.
    Response,
    /// Neither: operations, security, servers, documentation.
    Whole,
}

/// The effect on clients built from BASE if the server changes to REVISION.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wire {
    /// Nothing on the wire changes.
    None,
    /// Something changes, and existing clients keep working.
    Compatible,
    /// The documents do not contain enough information.
    Unknown,
    /// Existing clients fail, or silently lose data.
    Breaking,
}

/// The effect on Rust code if the SDK is generated from REVISION.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// No public item changes.
    Unchanged,
    /// New items are added; existing code still compiles.
    Additive,
    /// Existing code may no longer compile.
    Breaking,
}

/// The version bump that semver requires of a crate at 0.x.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bump {
    /// No change.
    None,
    /// 0.x.Y: no breaking change.
    Patch,
    /// 0.X.0: at major version 0, a breaking change requires a minor bump.
    Minor,
}

impl Wire {
    /// Returns the word used in all formats of the report.
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
    /// Returns the word used in all formats of the report.
    pub fn word(self) -> &'static str {
        match self {
            Source::Unchanged => "unchanged",
            Source::Additive => "additive",
            Source::Breaking => "breaking",
        }
    }
}

impl Direction {
    /// Returns the word used in all formats of the report.
    pub fn word(self) -> &'static str {
        match self {
            Direction::Request => "request",
            Direction::Response => "response",
            Direction::Whole => "whole",
        }
    }
}

impl Bump {
    /// Returns the word used in all formats of the report.
    pub fn word(self) -> &'static str {
        match self {
            Bump::None => "none",
            Bump::Patch => "patch",
            Bump::Minor => "minor",
        }
    }
}
