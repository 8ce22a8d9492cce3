//! Counts the instructions of a get beside bare reqwest doing the same, with callgrind:
//! `cargo run --release -p ambient-sdk-instructions`.
//!
//! A run with 500 gets is taken from one with 1,500, so that start and connection cancel out. The
//! count hardly depends on the machine, so it can fail CI: the last line is an error when the SDK
//! takes more than [`MOST`] times the instructions of bare reqwest.

#![allow(clippy::print_stdout)]

#[path = "../../support/plain.rs"]
#[allow(dead_code)]
mod plain;
#[path = "../../support/responder.rs"]
mod responder;
#[path = "../../support/session.rs"]
mod session;

use std::{env, error::Error, process::Command, time::Duration};

use ambient_sdk_ext::Client;
use responder::Responder;
use session::ID;

/// The most that a get of the SDK may take, as a multiple of a bare one. The goal is 1.05; the rest
/// is for what a new version of a compiler or a dependency moves.
const MOST: f64 = 1.08;
const FEW: u64 = 500;
const MANY: u64 = 1_500;
const TOKEN: &str = "sha256~0123456789abcdef";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => compare(),
        [side, count, url] => get(side, count.parse()?, url),
        _ => Err("no arguments are needed".into()),
    }
}

fn compare() -> Result<(), Box<dyn Error>> {
    let responder = Responder::start(&session::session(0).to_string())?;
    let url = responder.url();
    let bare = per_get("bare", &url)?;
    let sdk = per_get("sdk", &url)?;
    let ratio = sdk as f64 / bare as f64;
    println!("instructions of a get: bare {bare}, sdk {sdk}, ratio {ratio:.3} (at most {MOST})");
    match ratio <= MOST {
        true => Ok(()),
        false => Err("a get takes more instructions than it may".into()),
    }
}

fn per_get(side: &str, url: &str) -> Result<u64, Box<dyn Error>> {
    Ok((counted(side, MANY, url)? - counted(side, FEW, url)?) / (MANY - FEW))
}

/// What callgrind counts for a process of its own.
fn counted(side: &str, gets: u64, url: &str) -> Result<u64, Box<dyn Error>> {
    let program = env::current_exe()?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let run = valgrind.arg(program).args([side, &gets.to_string(), url]).output();
    let run = run.map_err(|why| format!("cannot run valgrind: {why}"))?;
    let said = String::from_utf8_lossy(&run.stderr);
    let counted = said.lines().find_map(|line| line.split_once("Collected : "));
    match counted {
        Some((_, count)) if run.status.success() => Ok(count.trim().parse()?),
        _ => Err(format!("callgrind counted nothing: {said}").into()),
    }
}

/// Gets the session `count` times, on one thread.
fn get(side: &str, count: u64, url: &str) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match side {
            "bare" => bare(count, url).await,
            _ => sdk(count, url).await,
        }
    })
}

async fn bare(count: u64, url: &str) -> Result<(), Box<dyn Error>> {
    // With the total time-out that the SDK keeps as well.
    let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build()?;
    let url = format!("{url}/api/ambient/v1/sessions/{ID}");
    for _ in 0..count {
        let request = client.get(&url).bearer_auth(TOKEN).header("x-ambient-project", "demo");
        let body = request.send().await?.bytes().await?;
        let _: plain::Session = serde_json::from_slice(&body)?;
    }
    Ok(())
}

async fn sdk(count: u64, url: &str) -> Result<(), Box<dyn Error>> {
    let client = Client::builder().base_url(url).token(TOKEN).project("demo").build()?;
    let server = client.api_server();
    for _ in 0..count {
        server.sessions().get(ID).await?;
    }
    Ok(())
}
