//! The parts of the task runner: it reads and bundles canonical documents, prepares them for the
//! generator, keeps the committed copies in sync, and reports the effect of their changes.

pub mod bundle;
mod deep;
pub mod drift;
mod endless;
pub mod error;
pub mod files;
pub mod generation;
mod git;
mod media_type;
pub mod mock;
mod nesting;
pub mod openapi;
pub mod overlay;
pub mod prepare;
pub mod progress;
pub mod proto;
mod quiet;
pub mod readme;
pub mod refresh;
pub mod source;
pub mod sources;
pub mod sync;
pub mod workspace;
pub mod yaml;

pub use ambient_sdk_openapi::{extension, grammar, pointer};
pub use error::Error;

/// Compiles the examples of the workspace's README, which no published crate contains.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
