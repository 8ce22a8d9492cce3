//! A service that runs longer than its tokens are valid: each token is rejected after five calls,
//! and the token file is replaced, like a mounted secret.
//!
//! The client reads the file again when the server answers 401, and repeats the call.

#![allow(clippy::print_stdout)]

use std::{error::Error, fs, time::Duration};

use ambient_sdk_ext::{Client, CreateSessionRequest, TokenFile, mock::MockServer};

/// The number of tokens that the service uses.
const TOKENS: usize = 10;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("token");
    let mut token = name(0);
    fs::write(&file, &token)?;

    let server = MockServer::builder().token(&token).check_tokens().start().await?;
    let client = Client::builder()
        .base_url(server.url())
        .token_source(TokenFile::new(&file))
        .project("demo")
        .build()?;

    let task = "Keep the dependencies of this repository up to date";
    let id = client.create_session(CreateSessionRequest::new(task)).await?.id;
    let mut calls = 0;
    for number in 1..=TOKENS {
        for _ in 0..5 {
            client.get_session(&id).await?;
            calls += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let next = name(number);
        fs::write(&file, &next)?;
        server.rotate_token(&token, next.as_str(), Duration::ZERO)?;
        token = next;
    }
    println!("{calls} calls with {TOKENS} tokens; none failed.");
    Ok(())
}

fn name(number: usize) -> String {
    format!("sha256~token-number-{number:08}")
}
