//! The raw client of the Ambient Platform, generated from its OpenAPI documents.
//!
//! Two modules for two services: [`public_api`] for the gateway (`/v1/sessions`) and
//! [`api_server`] for every resource of the platform (`/api/ambient/v1`). Each has a `Client` with
//! a builder per operation, the `types` of its documents, and the tables behind them.
//!
//! Most programs want `ambient-sdk-ext` instead, which adds the token and project, typed errors,
//! retries, waiting and streams; the builders here are reachable from there.
//!
//! # What the generated code doesn't do
//! - Failures: every status of 400 and above arrives as [`Error::Refused`] with an [`ErrorBody`],
//!   listed in the document or not, JSON or not. Every error knows its operation and request.
//! - Values that servers may add to (`api_server::types::SessionPhase` and
//!   its like) keep what they don't know in a variant `Unknown`.
//! - Times ([`Timestamp`]) and JSON inside strings ([`JsonText`]) never fail a response;
//!   [`Secret`]s never show, in `Debug` or as JSON.
//! - A change tells leaving alone from clearing where the server does ([`Clearable`]).
//! - Requests go through a [`Transport`], so that whoever wraps this crate carries all of them.
//!
//! # Models
//! Each model is `Clone`, `Debug`, `PartialEq`, `Serialize` and `Deserialize`; with the feature
//! `schemars` also `JsonSchema`. Models are neither `Eq` nor `Hash`: a document that adds a number
//! with a fraction to one would take them away. Open enums, [`Timestamp`], [`JsonText`] and [`Clearable`] are
//! `Eq`, `Hash` and `Ord`.
//!
//! Whole numbers are `i32` where the document says `int32`, and `i64` otherwise.
//!
//! # Features
//! | feature | what it adds |
//! |---|---|
//! | `api-server`, `public-api` | the client of that service; both are on by default |
//! | `rustls` | TLS by rustls, with the platform's certificate store; on by default |
//! | `native-tls` | TLS by the operating system's library |
//! | `schemars` | `schemars::JsonSchema` on every model and value |
//! | `jiff`, `chrono` | conversions between [`Timestamp`] and the times of that crate |
//!
//! # WebAssembly
//! `wasm32-unknown-unknown` is not supported, and says so when it is compiled: in a browser, responses and
//! futures of [`reqwest`] stay on the thread that they were made on, and a [`Transport`] and every call
//! here can move between threads. Nor has that form of `reqwest` the timeouts and the reading piece by
//! piece that the calls and streams of `ambient-sdk-ext` need.
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
// Each document needs a part of what the generated code can call; the API server's needs the most.
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
#[allow(dead_code)] // Generated code calls it, where a document has forms.
mod form;
mod json_text;
mod open_enum;
mod operation;
#[allow(dead_code)] // Generated code calls it, where a query holds objects.
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

/// Declares the module of one document; the build script calls it for each in `spec/` whose feature is on.
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
                /// The same client, with its requests carried by another transport.
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

            /// The open enums among the [`types`]: known values, and a variant for any other text.
            pub mod values {
                #[allow(unused_imports, unreachable_pub)] // There may be none.
                pub use super::generated::values::*;
            }

            /// The prepared OpenAPI document that this module is generated from, as JSON.
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

/// The API server's gRPC interface: its messages, and a client and a server of each service.
///
/// Generated from `spec/grpc.proto`. Its times are `prost_types::Timestamp`.
#[cfg(feature = "grpc")]
#[allow(missing_docs, unreachable_pub, rust_2018_idioms, clippy::all)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
pub mod grpc {
    include!(concat!(env!("OUT_DIR"), "/grpc.rs"));
}
