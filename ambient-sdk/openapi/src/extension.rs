//! The extensions (`x-` keys) of our documents, each spelled here and nowhere else.

/// On a string schema: lists the known values of an open enum, whose other values are kept.
pub const OPEN_ENUM: &str = "x-extensible-enum";
/// On a component schema: it describes failures.
pub const ERROR_SCHEMA: &str = "x-error-schema";
/// On an operation: the exact `Accept` header, where it is not plain JSON.
pub const ACCEPT: &str = "x-accept";
/// On an operation: the exact `Content-Type` of a body that the generator sends under another name.
pub const CONTENT_TYPE: &str = "x-content-type";
/// On an operation: it answers with a stream that stays open.
pub const STREAM: &str = "x-stream";
/// On an operation that answers with JSON or a stream: the id of the operation for the stream.
pub const STREAM_OPERATION_ID: &str = "x-stream-operation-id";
/// On the same operation: the summary of the operation for the stream.
pub const STREAM_SUMMARY: &str = "x-stream-summary";
/// On the same operation: the description of the operation for the stream.
pub const STREAM_DESCRIPTION: &str = "x-stream-description";
/// On an operation: it is declared, and no server of today answers it.
pub const UNSERVED: &str = "x-unserved";
