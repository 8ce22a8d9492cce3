//! The extensions (`x-` keys) of our documents, each spelled here and nowhere else.

/// On a string schema: lists the known values of an open enum, whose other values are kept.
pub const OPEN_ENUM: &str = "x-extensible-enum";
/// On a component schema: it describes failures.
pub const ERROR_SCHEMA: &str = "x-error-schema";
/// On a component schema: the bodies that an operation answers with, by their statuses.
pub const ANSWERS: &str = "x-answers";
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
/// On a property, a parameter or an operation: what it is for a user, beyond its type.
///
/// `map` or `Type[]`, on a string of JSON: it holds a map of texts, or a list of that type of
/// `ambient_sdk_ext::api_server::fields`. `name`, on a property: people find objects by it. `hidden`: the
/// raw client alone offers it. `of-project`, on a list: the project header narrows it.
pub const IS: &str = "x-is";
/// On an operation: the high-level call of it, which is written by hand.
pub const BY_HAND: &str = "x-by-hand";
/// On an operation that answers with JSON or a stream: the high-level call of the stream.
pub const STREAM_BY_HAND: &str = "x-stream-by-hand";
