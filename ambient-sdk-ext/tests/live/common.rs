//! The servers under test, and unique names.

use std::time::{SystemTime, UNIX_EPOCH};

use ambient_sdk_ext::{Client, ClientBuilder, api_server::ApiServer};

/// Returns the value of a required variable.
fn needed(variable: &str) -> String {
    let value = std::env::var(variable);
    value.unwrap_or_else(|_| panic!("set {variable} to the URL of a running server"))
}

pub(crate) fn server_url() -> String {
    needed("AMBIENT_LIVE_URL")
}

pub(crate) fn gateway_url() -> String {
    needed("AMBIENT_LIVE_GATEWAY_URL")
}

pub(crate) fn project() -> String {
    std::env::var("AMBIENT_LIVE_PROJECT").unwrap_or_else(|_| "demo".to_owned())
}

pub(crate) fn builder() -> ClientBuilder {
    let token = std::env::var("AMBIENT_LIVE_TOKEN");
    let token = token.unwrap_or_else(|_| "sha256~a-token-for-live-tests".to_owned());
    Client::builder().token(token).project(project()).allow_plain_http(true)
}

/// Returns a client of the API server.
pub(crate) fn server() -> ApiServer {
    builder().base_url(server_url()).build().unwrap().api_server()
}

/// Returns a unique name that begins with `begins`.
pub(crate) fn name(begins: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    format!("{begins}-{}", now.as_micros())
}

/// Makes a call that must succeed, and prints it.
#[macro_export]
macro_rules! works {
    ($call:expr) => {{
        let outcome = $call.await;
        let call = stringify!($call).split_whitespace().collect::<Vec<_>>().join(" ");
        match outcome {
            Ok(value) => {
                println!("ok      {call}");
                value
            }
            Err(error) => panic!("failed  {call}: {error:?}"),
        }
    }};
}

/// Makes a call that must fail, and prints its error.
#[macro_export]
macro_rules! fails {
    ($call:expr) => {{
        let outcome = $call.await;
        let call = stringify!($call).split_whitespace().collect::<Vec<_>>().join(" ");
        match outcome {
            Ok(_) => panic!("works   {call}"),
            Err(error) => {
                println!("refused {call}: {error}");
                error
            }
        }
    }};
}
