//! Measures the cost of a get, compared with reqwest alone: instructions, CPU time, allocations and
//! the size of the future.
//!
//! ```text
//! cargo run --release -p ambient-sdk-cost                  # everything
//! cargo run --release -p ambient-sdk-cost -- instructions  # only what CI checks
//! ```
//!
//! Both sides send the same request to a responder in a separate process, decode the same fields,
//! and have a total timeout.

#![allow(clippy::print_stdout)]

mod cpu;
mod instructions;
mod memory;
#[path = "../../support/plain.rs"]
#[allow(dead_code)]
mod plain;
mod processor;
#[path = "../../support/responder.rs"]
mod responder;
mod served;
#[path = "../../support/session.rs"]
mod session;
mod side;

use std::{env, error::Error};

use served::Served;
use side::{Bare, Sdk};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => all(),
        ["instructions"] => instructions::check(Served::start()?.url()),
        ["serve"] => served::serve(),
        ["gets", "bare", count, url] => instructions::gets::<Bare>(count.parse()?, url),
        ["gets", "sdk", count, url] => instructions::gets::<Sdk>(count.parse()?, url),
        _ => Err("the only supported argument is `instructions`".into()),
    }
}

/// Measures everything, and fails if a result that does not depend on the machine exceeds its
/// limit.
fn all() -> Result<()> {
    let served = Served::start()?;
    println!("{:<34}{:>12}{:>12}{:>9}", "cost of one get", "bare", "sdk", "ratio");
    cpu::print(served.url())?;
    memory::print(served.url())?;
    instructions::check(served.url())
}

/// Prints one row of the table.
fn row(name: &str, bare: f64, sdk: f64, unit: &str) {
    row_with_ratio(name, bare, sdk, sdk / bare, unit);
}

fn row_with_ratio(name: &str, bare: f64, sdk: f64, ratio: f64, unit: &str) {
    println!("{name:<34}{bare:>12.1}{sdk:>12.1}{ratio:>9.3}  {unit}");
}
