//! Tests of the extension crate through its public API, against scripted responses in the process.

// Helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api_server_lists;
mod api_server_resources;
mod api_server_sessions;
mod common;
mod deadlines;
mod display;
mod errors;
mod errors_shown;
mod hostile_servers;
mod in_flight;
mod issuer;
mod layers;
#[path = "../support/lossy_server.rs"]
mod lossy_server;
mod messages;
mod messages_events;
mod messages_hostile;
mod messages_large;
mod messages_lossy;
mod messages_many;
mod messages_mock;
mod messages_turns;
mod oidc;
mod oidc_login;
mod outcomes;
mod reconnecting;
mod retries;
mod running;
mod sessions;
mod settings;
mod sockets;
mod tokens;
mod waiting;
mod waiting_for_many;
mod wrong_url;
