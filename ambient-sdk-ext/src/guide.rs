//! Guides on topics that concern every call.
//!
//! | page | topic |
//! |---|---|
//! | [`configuration`] | settings, environment variables, tokens, TLS |
//! | [`errors`] | each kind of error with its cause and remedy; retries; the outcome of a failed request |
//! | [`telemetry`] | the fields of spans, and metrics |
//! | [`servers`] | differences between the servers and their documents |
//! | [`push`] | the feature `grpc` |
//! | [`python`] | the calls of the Python SDK and their counterparts |

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
