//! How an OpenAPI document is read: one grammar, one way through pointers and references, and one
//! spelling of the extensions that our documents carry.

pub mod extension;
pub mod grammar;
pub mod pointer;
