//! What the task runner is made of: reading and bundling canonical documents, preparing them for the
//! generator, keeping the committed copies in sync, and telling what a change does.

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
pub mod openapi;
pub mod overlay;
pub mod prepare;
pub mod proto;
mod quiet;
pub mod readme;
pub mod refresh;
pub mod source;
pub mod sources;
pub mod sync;
pub mod workspace;
pub mod yaml;

pub mod progress;

pub use ambient_sdk_openapi::{extension, grammar, pointer};
pub use error::Error;

/// Compiles the examples of the workspace's README, which is in no published crate.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
