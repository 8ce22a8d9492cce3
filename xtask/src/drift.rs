//! `cargo xtask drift`: reports the changes between two documents and their effect on callers.
//!
//! There are two comparisons. The effect on existing clients is derived from the documents themselves
//! (`walk`). The effect on Rust code that is compiled against the new client is derived from the
//! generated code (`source`). Changes of both are linked by name.

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
