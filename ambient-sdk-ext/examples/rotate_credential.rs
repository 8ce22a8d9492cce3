//! Rotating a credential: the secret changes; the id and all other fields stay the same.
//!
//! `cargo run --example rotate_credential` uses an embedded server. If `AMBIENT_TOKEN` and
//! `AMBIENT_PROJECT` are set, it uses the server at `AMBIENT_API_URL`, with a credential that it
//! creates and deletes.

#![allow(clippy::print_stdout)]

mod support;

use std::error::Error;

use ambient_sdk_ext::{
    api_server::{CredentialFields, CredentialPatch, Credentials, Merge, NewCredential},
    mock::MockServer,
};
use support::Stage;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let stage = Stage::set(MockServer::builder()).await?;
    let credentials = stage.client.api_server().credentials();

    println!("\n1. A credential with its first secret");
    let new = NewCredential::new("example-bot", "github")
        .token("first-secret-of-the-example")
        .annotations([("rotated", "never"), ("owner", "example")]);
    let credential = credentials.create(new).await?;
    println!("   {} {} ({})", credential.id, credential.name, credential.provider);

    let rotated = rotate(&credentials, &credential.id).await;
    let deleted = credentials.delete(&credential.id).await;
    rotated?;
    deleted?;
    println!("\nThe credential was deleted.");
    Ok(())
}

async fn rotate(credentials: &Credentials, id: &str) -> Result<(), Box<dyn Error>> {
    println!("\n2. The secret is replaced");
    let patch = CredentialPatch::new().token("second-secret-of-the-example");
    credentials.update(id, patch).await?;
    let noted = Merge::new().set("rotated", "just now");
    let credential = credentials.merge_annotations(id, noted).await?;
    for (key, value) in credential.annotations()? {
        println!("   {key}: {value}");
    }

    println!("\n3. The secret that sessions now receive");
    let token = credentials.token(id).await?;
    println!("   {token:?}");
    println!("   it is the second secret: {}", token.token.expose().starts_with("second"));
    Ok(())
}
