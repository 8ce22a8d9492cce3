//! The parts of OpenAPI that the generator, the tasks and the embedded server share: the grammar of
//! a document, JSON pointers and references, and the extensions of the documents in this
//! repository.

pub mod extension;
pub mod grammar;
pub mod pointer;
