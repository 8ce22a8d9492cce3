//! Raw calls: the generated builders, with a method for every operation of the OpenAPI documents.
//!
//! They use the same client, so token, retries, limits and errors are the same.

#![allow(clippy::print_stdout)]

use std::error::Error;

use ambient_sdk_ext::mock::MockServer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = MockServer::start().await?;
    let client = server.client()?;
    let raw = client.api_server();
    let raw = raw.raw();

    let project = raw
        .create_project()
        .body_map(|project| project.name("raw-calls").description("Made by a raw call".to_owned()))
        .send()
        .await?;
    println!("{} {}", project.status().as_u16(), project.name);

    let found = raw.list_projects().search("name = 'raw-calls'").size(1_u32).send().await?;
    println!("{} of {}: {}", found.items.len(), found.total, found.items[0].id);

    // A rejection contains the status, the operation and the server's reason.
    match raw.get_project().id("no-such-project").send().await {
        Err(error) => println!("{error}"),
        Ok(project) => println!("found {}", project.id),
    }
    Ok(())
}
