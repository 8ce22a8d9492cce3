//! Guides: pages on subjects that concern every call.
//!
//! | page | subject |
//! |---|---|
//! | [`configuration`] | settings, variables of the environment, tokens, TLS |
//! | [`errors`] | each kind of error with its cause and remedy; retries; whether a request was carried out |
//! | [`telemetry`] | the fields of spans, and metrics |
//! | [`servers`] | where the servers differ from their documents |
//! | [`push`] | the feature `grpc` |
//! | [`python`] | the Python SDK's calls and their counterparts here |

pub mod configuration {
    #![doc = include_str!("guide/configuration.md")]
}

pub mod errors {
    #![doc = include_str!("guide/errors.md")]
}

pub mod telemetry {
    #![doc = include_str!("guide/telemetry.md")]
}

pub mod servers {
    #![doc = include_str!("guide/servers.md")]
}

pub mod push {
    #![doc = include_str!("guide/push.md")]
}

pub mod python {
    #![doc = include_str!("guide/python.md")]
}
