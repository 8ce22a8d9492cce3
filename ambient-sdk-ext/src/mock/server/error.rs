//! What the owner of a server can ask for in vain.

/// What the owner of a server asked for and it doesn't have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MockError {
    /// No operation has this name.
    #[error("no operation is named `{0}`; use an operationId of the documents, or `*` for all")]
    UnknownOperation(String),
    /// The API server keeps no records of this kind.
    #[error(
        "the API server has no records of the kind `{0}`; kinds are schema names, as `Session`"
    )]
    NoKind(String),
    /// There is no such record.
    #[error("the server has no {kind} with the id `{id}`")]
    NoRecord {
        /// The kind that was asked for.
        kind: String,
        /// The id that was asked for.
        id: String,
    },
    /// The server was never told of this token, which is not repeated here.
    #[error("the server knows no such token; `MockServer::accept_token` adds one")]
    UnknownToken,
    /// Fields were given as something else than a JSON object.
    #[error("the fields of a record must be a JSON object")]
    NoObject,
}

impl MockError {
    pub(super) fn no_record(kind: &str, id: &str) -> Self {
        Self::NoRecord { kind: kind.to_owned(), id: id.to_owned() }
    }
}
