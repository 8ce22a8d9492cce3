//! `cargo xtask drift`: what changed between two documents, and what that does to callers.
//!
//! Two questions, two comparisons. What programs already built meet on the wire is told from the
//! documents themselves (`walk`). What Rust code meets when it is compiled anew is told from the
//! generated code (`source`). Names tie the two together.

mod assemble;
mod cause;
pub mod command;
mod context;
mod document;
mod finding;
pub mod input;
pub mod interface;
pub mod kind;
mod log;
mod references;
pub mod render;
pub mod report;
pub mod source;
pub mod table;
pub mod verdict;
mod walk;

use crate::deep;

pub use assemble::{Prepared, Revision, compare};
pub use report::{Deny, Outcome, Report};
