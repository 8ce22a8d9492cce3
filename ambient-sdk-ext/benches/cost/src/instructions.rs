//! Instructions of a get, counted by callgrind.
//!
//! A run with 500 gets is subtracted from one with 1,500, so that the start and the connection cancel
//! out. The count hardly depends on the machine, so it can fail CI.

use std::{env, process::Command};

use crate::{Result, row, side::Side};

/// The most instructions of a get of the SDK, as a multiple of a bare one. The goal is 1.05; the rest
/// allows for a new version of the compiler or of a dependency.
const MOST: f64 = 1.08;
const FEW: u64 = 500;
const MANY: u64 = 1_500;

/// Prints the instructions of both sides, and fails if the SDK takes more than [`MOST`] times as many.
pub(crate) fn check(url: &str) -> Result<()> {
    let bare = per_get("bare", url)? as f64;
    let sdk = per_get("sdk", url)? as f64;
    row("instructions", bare, sdk, &format!("(at most {MOST})"));
    match sdk / bare <= MOST {
        true => Ok(()),
        false => Err("a get takes more instructions than it may".into()),
    }
}

/// Gets the session `count` times, on one thread: the program that callgrind runs.
pub(crate) fn gets<S: Side>(count: u64, url: &str) -> Result<()> {
    let side = S::new(url)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        for _ in 0..count {
            side.get().await?;
        }
        Ok(())
    })
}

fn per_get(side: &str, url: &str) -> Result<u64> {
    Ok((counted(side, MANY, url)? - counted(side, FEW, url)?) / (MANY - FEW))
}

/// Runs the gets in a process of their own under callgrind.
fn counted(side: &str, gets: u64, url: &str) -> Result<u64> {
    let program = env::current_exe()?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let run = valgrind.arg(program).args(["gets", side, &gets.to_string(), url]).output();
    let run = run.map_err(|why| format!("cannot run valgrind: {why}"))?;
    let said = String::from_utf8_lossy(&run.stderr);
    let counted = said.lines().find_map(|line| line.split_once("Collected : "));
    match counted {
        Some((_, count)) if run.status.success() => Ok(count.trim().parse()?),
        _ => Err(format!("callgrind counted nothing: {said}").into()),
    }
}
