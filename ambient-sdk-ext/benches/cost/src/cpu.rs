//! CPU time of the process, user and system, by how the gets are made.

use futures_util::future::try_join_all;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::{Builder, Runtime};

use crate::{
    Result, row,
    side::{Bare, Sdk, Side},
};

/// Gets in one measurement of a side.
const GETS: usize = 4_000;
/// Measurements of each side, in turn, so that a slower phase of the machine meets both.
const ROUNDS: usize = 15;
const WIDE: usize = 32;

#[derive(Clone, Copy)]
enum Shape {
    OneByOne,
    Wide,
    TaskEach,
}

/// Prints the lowest CPU time of each side: whatever else the machine does only adds to it.
pub(crate) fn print(url: &str) -> Result<()> {
    let one_thread = Builder::new_current_thread().enable_all().build()?;
    let threads = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    for (name, runtime, shape) in [
        ("CPU, one thread", &one_thread, Shape::OneByOne),
        ("CPU, one thread, 32 at once", &one_thread, Shape::Wide),
        ("CPU, one thread, a task each", &one_thread, Shape::TaskEach),
        ("CPU, two threads", &threads, Shape::OneByOne),
        ("CPU, two threads, 32 at once", &threads, Shape::Wide),
        ("CPU, two threads, a task each", &threads, Shape::TaskEach),
    ] {
        let (bare, sdk) = compare(runtime, shape, url)?;
        row(name, bare, sdk, "µs");
    }
    Ok(())
}

/// Microseconds of a bare get and of one by the SDK.
fn compare(runtime: &Runtime, shape: Shape, url: &str) -> Result<(f64, f64)> {
    let (bare, sdk) = (Bare::new(url)?, Sdk::new(url)?);
    // Connections are made, and what is lazy is there, before anything is measured.
    measure(runtime, shape, &bare)?;
    measure(runtime, shape, &sdk)?;
    let (mut of_bare, mut of_sdk) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        of_bare = of_bare.min(measure(runtime, shape, &bare)?);
        of_sdk = of_sdk.min(measure(runtime, shape, &sdk)?);
    }
    Ok((of_bare, of_sdk))
}

fn measure(runtime: &Runtime, shape: Shape, side: &impl Side) -> Result<f64> {
    let before = cpu_micros();
    runtime.block_on(gets(shape, side))?;
    Ok((cpu_micros() - before) / GETS as f64)
}

async fn gets(shape: Shape, side: &impl Side) -> Result<()> {
    match shape {
        Shape::OneByOne => {
            for _ in 0..GETS {
                side.get().await?;
            }
        }
        Shape::Wide => {
            for _ in 0..GETS / WIDE {
                try_join_all((0..WIDE).map(|_| side.get())).await?;
            }
        }
        Shape::TaskEach => {
            for _ in 0..GETS {
                let side = side.clone();
                tokio::spawn(async move { side.get().await }).await??;
            }
        }
    }
    Ok(())
}

fn cpu_micros() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}
