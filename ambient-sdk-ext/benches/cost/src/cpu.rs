//! CPU time of the process, user and system, for several patterns of gets.

use futures_util::future::try_join_all;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::{Builder, Runtime};

use crate::{
    Result, row,
    side::{Bare, Sdk, Side},
};

/// The number of gets in one measurement of a side.
const GETS: usize = 4_000;
/// The number of measurements of each side, alternating, so that a slow phase of the machine
/// affects both.
const ROUNDS: usize = 15;
const WIDE: usize = 32;

#[derive(Clone, Copy)]
enum Shape {
    OneByOne,
    Wide,
    TaskEach,
}

/// Prints the lowest CPU time of each side, since other load on the machine only adds to it.
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

/// Returns the microseconds of a bare get and of a get with the SDK.
fn compare(runtime: &Runtime, shape: Shape, url: &str) -> Result<(f64, f64)> {
    let (bare, sdk) = (Bare::new(url)?, Sdk::new(url)?);
    // Warm-up: establishes connections and initialises lazy state before the measurement.
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
