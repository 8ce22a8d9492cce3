//! The number of instructions of a get, counted by callgrind.
//!
//! The count of a run with 500 gets is subtracted from that of a run with 1,500, so that startup
//! and connecting cancel out. The result hardly depends on the machine, so CI can enforce a limit.

use std::{env, process::Command};

use crate::{Result, row, side::Side};

/// The maximum number of instructions of a get with the SDK, relative to a bare one. The goal is
/// 1.05; the rest allows for new versions of the compiler or of a dependency.
const MAX_RATIO: f64 = 1.08;
const FEW: u64 = 500;
const MANY: u64 = 1_500;

/// Prints the instructions of both sides, and fails if the ratio exceeds [`MAX_RATIO`].
pub(crate) fn check(url: &str) -> Result<()> {
    let bare = per_get("bare", url)? as f64;
    let sdk = per_get("sdk", url)? as f64;
    row("instructions", bare, sdk, &format!("(at most {MAX_RATIO})"));
    match sdk / bare <= MAX_RATIO {
        true => Ok(()),
        false => Err("a get takes more instructions than the limit allows".into()),
    }
}

/// Gets the session `count` times on one thread; this is the program that callgrind runs.
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

/// Runs the gets under callgrind in a separate process.
fn counted(side: &str, gets: u64, url: &str) -> Result<u64> {
    let program = env::current_exe()?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let run = valgrind.arg(program).args(["gets", side, &gets.to_string(), url]).output();
    let run = run.map_err(|why| format!("cannot run valgrind: {why}"))?;
    let output = String::from_utf8_lossy(&run.stderr);
    let counted = output.lines().find_map(|line| line.split_once("Collected : "));
    match counted {
        Some((_, count)) if run.status.success() => Ok(count.trim().parse()?),
        _ => Err(format!("callgrind reported no count: {output}").into()),
    }
}
