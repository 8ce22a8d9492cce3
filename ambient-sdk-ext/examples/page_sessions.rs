//! Reads the results of a search: by item, by page, and from a given page.
//!
//! `cargo run --example page_sessions` uses an embedded server with 30 sessions. If `AMBIENT_TOKEN`
//! and `AMBIENT_PROJECT` are set, it lists the sessions at `AMBIENT_API_URL`.

#![allow(clippy::print_stdout)]

mod support;

use std::error::Error;

use ambient_sdk_ext::{
    api_server::{OrderBy, SessionFields, field},
    mock::MockServer,
};
use futures_util::TryStreamExt;
use serde_json::json;
use support::Stage;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let stage = Stage::set(MockServer::builder()).await?;
    if let Some(mock) = &stage.mock {
        fill(mock)?;
    }
    let list = stage
        .client
        .api_server()
        .sessions()
        .list()
        .search(field("name").like("nightly-%").or(field("phase").in_list(["Running", "Pending"])))
        .order_by(OrderBy::desc("name"))
        .page_size(5);
    println!("{} sessions match", list.clone().count().await?);

    println!("\n1. The first seven, with the next page prefetched");
    let mut sessions = list.clone().limit(7).prefetch().stream();
    while let Some(session) = sessions.try_next().await? {
        let team = session.labels()?.get("team").cloned().unwrap_or_default();
        println!("   {}  {:<12} {team}", session.id, session.name);
    }

    println!("\n2. Page by page");
    let mut pages = list.clone().pages();
    let mut last = 1;
    while let Some(page) = pages.try_next().await? {
        println!("   page {}: {} of {}", page.number, page.items.len(), page.total);
        last = page.number;
    }

    println!("\n3. From the last page");
    for session in list.start_page(last).collect().await? {
        println!("   {}  {}", session.id, session.name);
    }
    Ok(())
}

/// Creates sessions on an embedded server.
fn fill(server: &MockServer) -> Result<(), Box<dyn Error>> {
    for at in 1..=30 {
        let name = if at % 2 == 0 { format!("nightly-{at:02}") } else { format!("trial-{at:02}") };
        let labels = json!({ "team": if at % 3 == 0 { "core" } else { "apps" } }).to_string();
        let project = server.project();
        server
            .insert("Session", json!({ "name": name, "labels": labels, "project_id": project }))?;
    }
    Ok(())
}
