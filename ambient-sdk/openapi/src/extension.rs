//! The names of the extensions (`x-` keys) in the documents of this repository.

/// On a string schema: the known values of an open enum, which stores other values too.
pub const OPEN_ENUM: &str = "x-extensible-enum";
/// On a component schema: marks the schema of failed responses.
pub const ERROR_SCHEMA: &str = "x-error-schema";
/// On a component schema: the response bodies of an operation, by status.
pub const ANSWERS: &str = "x-answers";
/// On an operation: the exact `Accept` header, if it is not plain JSON.
pub const ACCEPT: &str = "x-accept";
/// On an operation: the exact `Content-Type` of a body, if the generator writes another one.
pub const CONTENT_TYPE: &str = "x-content-type";
/// On an operation: marks a response that is a stream that stays open.
pub const STREAM: &str = "x-stream";
/// On an operation that returns either JSON or a stream: the id of the stream operation.
pub const STREAM_OPERATION_ID: &str = "x-stream-operation-id";
/// On the same operation: the summary of the stream operation.
pub const STREAM_SUMMARY: &str = "x-stream-summary";
/// On the same operation: the description of the stream operation.
pub const STREAM_DESCRIPTION: &str = "x-stream-description";
/// On an operation: marks one that no current server implements.
pub const UNSERVED: &str = "x-unserved";
/// On a property, a parameter or an operation: its meaning for users, beyond its type.
///
/// `map` or `Type[]`, on a string that contains JSON: the JSON is a map of strings, or a list of
/// that type of `ambient_sdk_ext::api_server::fields`. `name`, on a property: users find objects by
/// it. `hidden`: only the raw client offers it. `of-project`, on a list: the project header
/// restricts it to one project.
pub const IS: &str = "x-is";
/// On an operation: its high-level call, which is written by hand.
pub const BY_HAND: &str = "x-by-hand";
/// On an operation that returns either JSON or a stream: the high-level call for the stream.
pub const STREAM_BY_HAND: &str = "x-stream-by-hand";
