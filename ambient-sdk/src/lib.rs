//! The raw client of the Ambient Platform, generated from its OpenAPI documents.
//!
//! The crate has one module for each service: [`public_api`] for the gateway (`/v1/sessions`) and
//! [`api_server`] for every resource of the platform (`/api/ambient/v1`). Each module contains a
//! `Client` with a builder per operation, the `types` of its document, and the table of its
//! operations.
//!
//! Most programs should use `ambient-sdk-ext` instead, which adds the token and the project, typed
//! errors, retries, waiting and streams. It also gives access to the builders of this crate.
//!
//! # Behaviour
//! - Failures: every status of 400 and above is returned as [`Error::Refused`] with an
//!   [`ErrorBody`], even if the document does not list the status or the body is not JSON. Every
//!   error contains its operation and request.
//! - Enums that servers may extend, for example `api_server::types::SessionPhase`, store unknown
//!   values in a variant `Unknown`.
//! - An invalid time ([`Timestamp`]) or invalid JSON inside a string ([`JsonText`]) never fails a
//!   response. `Debug` and JSON output redact each [`Secret`].
//! - Where the server distinguishes between leaving a field unchanged and clearing it, so does the
//!   request ([`Clearable`]).
//! - Every request is sent through a [`Transport`], which a program can replace.
//!
//! # Models
//! Each model implements `Clone`, `Debug`, `PartialEq`, `Serialize` and `Deserialize`; with the
//! feature `schemars` also `JsonSchema`. Models implement neither `Eq` nor `Hash`, because a
//! floating-point field in a later version of the document would remove both. Open enums,
//! [`Timestamp`], [`JsonText`] and [`Clearable`] implement `Eq`, `Hash` and `Ord`.
//!
//! Integers are `i32` if the document declares the format `int32`, and `i64` otherwise.
//!
//! # Features
//! | feature | adds |
//! |---|---|
//! | `api-server`, `public-api` | the client of that service; both are enabled by default |
//! | `rustls` | TLS with rustls and the platform's certificate store; enabled by default |
//! | `native-tls` | TLS with the operating system's library |
//! | `schemars` | `schemars::JsonSchema` on every model and value |
//! | `jiff`, `chrono` | conversions between [`Timestamp`] and the times of that crate |
//!
//! # WebAssembly
//! `wasm32-unknown-unknown` is not supported, and compiling for it fails with an error. In a
//! browser, the responses and futures of [`reqwest`] are not `Send`, but a [`Transport`] and every
//! call of this crate must be. That version of `reqwest` also lacks the timeouts and the chunked
//! reads that the calls and streams of `ambient-sdk-ext` require.
//!
//! # Example
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use ambient_sdk::{Carrier, public_api};
//!
//! let http = reqwest::Client::new();
//! let client = public_api::Client::new_with_client(
//!     "http://localhost:8081",
//!     http.clone(),
//!     Carrier::new(http),
//! );
//! let health = client.get_health().send().await?;
//! println!("{}", health.status);
//! # Ok(())
//! # }
//! ```

#![cfg_attr(
    not(feature = "public-api"),
    doc = "[`public_api`]: https://docs.rs/ambient-sdk/latest/ambient_sdk/public_api/"
)]
#![cfg_attr(
    not(feature = "api-server"),
    doc = "[`api_server`]: https://docs.rs/ambient-sdk/latest/ambient_sdk/api_server/"
)]
// Each document uses only some of the functions for generated code; the API server's uses the most.
#![cfg_attr(not(feature = "api-server"), allow(dead_code, unused_imports, unused_macros))]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
compile_error!(
    "ambient-sdk does not support wasm32-unknown-unknown: its calls are `Send`, and those of reqwest in a \
     browser are not"
);

mod call;
mod clearable;
mod decode;
mod error;
mod error_body;
mod failed_response;
#[allow(dead_code)] // Generated code calls it if a document has forms.
mod form;
mod json_text;
mod open_enum;
mod operation;
#[allow(dead_code)] // Generated code calls it if a query contains objects.
mod query;
mod response;
mod retry_after;
mod secret;
mod text;
mod timestamp;
mod transport;
mod url;

pub(crate) use open_enum::open_enum;
#[cfg(feature = "schemars")]
pub(crate) use open_enum::text_schema;

pub use clearable::Clearable;
pub use decode::DecodeError;
pub use error::{Error, Problem, RequestInfo, Unreadable};
pub use error_body::ErrorBody;
pub use failed_response::FailedResponse;
pub use form::FilePart;
pub use json_text::JsonText;
pub use operation::Operation;
pub use response::{ByteStream, Excerpt, Response, ResponseValue};
pub use secret::Secret;
pub use timestamp::{InvalidTimestamp, Timestamp};
pub use transport::{BoxError, BoxFuture, Carrier, Transport};

/// Declares the module of one document. The build script writes a call for each document in `spec/`
/// whose feature is enabled.
macro_rules! api {
    ($(#[$doc:meta])* $module:ident, $document:literal) => {
        $(#[$doc])*
        #[cfg(feature = $document)]
        pub mod $module {
            #[allow(unreachable_pub, unused_imports, rust_2018_idioms, clippy::all)]
            #[allow(unused_mut, irrefutable_let_patterns)]
            #[allow(nonstandard_style)]
            #[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
            mod generated {
                include!(concat!(env!("OUT_DIR"), "/", stringify!($module), ".rs"));
            }

            pub use generated::{Client, OPERATIONS, builder};

            pub use crate::{ByteStream, Error, ResponseValue};

            impl Client {
                /// Returns a client that sends its requests through another transport.
                #[must_use]
                pub fn with_carrier(&self, carrier: crate::Carrier) -> Self {
                    Self { inner: carrier, ..self.clone() }
                }
            }

            /// The schemas of the document.
            pub mod types {
                pub use super::generated::types::*;
                #[allow(unused_imports, unreachable_pub)] // There may be none.
                pub use super::generated::values::*;
            }

            /// The open enums among the [`types`]: their known values, and a variant for any other
            /// text.
            pub mod values {
                #[allow(unused_imports, unreachable_pub)] // There may be none.
                pub use super::generated::values::*;
            }

            /// The prepared OpenAPI document from which this module is generated, as JSON.
            pub const DOCUMENT: &str = include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/spec/",
                $document,
                ".json"
            ));
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/modules.rs"));

#[cfg(feature = "api-server")]
include!(concat!(env!("OUT_DIR"), "/api_server_resources.rs"));

/// The API server's gRPC interface: its messages, and a client and a server for each service.
///
/// Generated from `spec/grpc.proto`. Times are of the type `prost_types::Timestamp`.
#[cfg(feature = "grpc")]
#[allow(missing_docs, unreachable_pub, rust_2018_idioms, clippy::all)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
pub mod grpc {
    include!(concat!(env!("OUT_DIR"), "/grpc.rs"));
}
