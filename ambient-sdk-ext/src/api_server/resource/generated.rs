//! The part generated from the document; see `ambient-sdk/generator/src/resources.rs`.

use ambient_sdk::api_server::types;

use super::layer::{self, Unchecked as _};

ambient_sdk::api_server_resources!();
