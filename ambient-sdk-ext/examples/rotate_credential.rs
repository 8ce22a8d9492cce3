//! Rotating a credential: the secret changes, the id and everything else stay.
//!
//! `cargo run --example rotate_credential` runs it against an embedded server. With `AMBIENT_TOKEN`
//! and `AMBIENT_PROJECT` set it does the same at `AMBIENT_API_URL`, with a credential that it
//! creates and deletes again.

#![allow(clippy::print_stdout)]

use std::{env, error::Error};

use ambient_sdk_ext::{
    Client,
    api_server::{CredentialFields, CredentialPatch, Merge, NewCredential},
    mock::MockServer,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let real = env::var_os("AMBIENT_TOKEN").is_some() || env::var_os("AMBIENT_PROJECT").is_some();
    // Kept to the end, since it stops when it is dropped.
    let mock = if real { None } else { Some(embedded().await?) };
    let client = match &mock {
        Some(mock) => mock.client()?,
        None => Client::from_env()?,
    };
    let credentials = client.api_server().credentials();

    println!("\n1. A credential with its first secret");
    let new = NewCredential::new("example-bot", "github")
        .token("first-secret-of-the-example")
        .annotations([("rotated", "never"), ("owner", "example")]);
    let credential = credentials.create(new).await?;
    println!("   {} {} ({})", credential.id, credential.name, credential.provider);

    println!("\n2. The next secret in its place");
    let patch = CredentialPatch::new().token("second-secret-of-the-example");
    credentials.update(&credential.id, patch).await?;
    let noted = Merge::new().set("rotated", "just now");
    let credential = credentials.merge_annotations(&credential.id, noted).await?;
    for (key, value) in credential.annotations()? {
        println!("   {key}: {value}");
    }

    println!("\n3. What sessions get from now on");
    let token = credentials.token(&credential.id).await?;
    println!("   {token:?}");
    println!("   it is the second secret: {}", token.token.expose().starts_with("second"));

    credentials.delete(&credential.id).await?;
    println!("\nThe credential is deleted again.");
    Ok(())
}

async fn embedded() -> Result<MockServer, Box<dyn Error>> {
    let server = MockServer::start().await?;
    println!(
        "No AMBIENT_TOKEN or AMBIENT_PROJECT is set: using an embedded server at {}.",
        server.url()
    );
    Ok(server)
}
