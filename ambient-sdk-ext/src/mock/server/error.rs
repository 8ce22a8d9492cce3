//! The error type of the server's methods.

/// The error of the methods that control a [`MockServer`](super::MockServer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MockError {
    /// No operation has this name.
    #[error("no operation is named `{0}`; use an operationId of the documents, or `*` for all")]
    UnknownOperation(String),
    /// The API server has no records of this kind.
    #[error(
        "the API server has no records of kind `{0}`; use the name of a schema, such as `Session`"
    )]
    UnknownKind(String),
    /// The record does not exist.
    #[error("the server has no {kind} with the id `{id}`")]
    NotFound {
        /// The requested kind.
        kind: String,
        /// The requested id.
        id: String,
    },
    /// The server doesn't accept this token. The error doesn't contain the token.
    #[error("the server does not accept this token; add it with `MockServer::accept_token`")]
    UnknownToken,
    /// The fields of a record are not a JSON object.
    #[error("the fields of a record must be a JSON object")]
    NotAnObject,
}

impl MockError {
    pub(super) fn not_found(kind: &str, id: &str) -> Self {
        Self::NotFound { kind: kind.to_owned(), id: id.to_owned() }
    }
}
