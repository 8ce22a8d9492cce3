//! The part generated from the document; see `ambient-sdk/generator/src/resources/blocking.rs`.

use ambient_sdk::api_server::types;

/// The items that the generated code uses.
mod layer {
    pub(super) use super::super::Blocking;
    pub(super) use crate::{
        api_server::{ApiServer, Handle, List, kind},
        error::Result,
    };
}

ambient_sdk::api_server_blocking!();
