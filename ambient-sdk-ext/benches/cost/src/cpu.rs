//! CPU time of the process, user and system, for several patterns of gets.

use futures_util::future::try_join_all;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::{Builder, Runtime};

use crate::{
    Result,
    processor::on_processor,
    row_with_ratio,
    side::{Bare, Sdk, Side},
};

/// The number of gets in one measurement of a side. It takes about 40 ms, so that a slow phase of
/// the machine affects both measurements of a pair.
const GETS: usize = 512;
/// The number of pairs of measurements.
const PAIRS: usize = 151;
const WIDE: usize = 32;

#[derive(Clone, Copy)]
enum Shape {
    OneByOne,
    Wide,
    TaskEach,
}

/// Prints the median CPU time of each side, and the median ratio of the pairs.
pub(crate) fn print(url: &str) -> Result<()> {
    let one_thread = Builder::new_current_thread().enable_all().build()?;
    let threads = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    for (name, shape) in [
        ("CPU, one thread", Shape::OneByOne),
        ("CPU, one thread, 32 at once", Shape::Wide),
        ("CPU, one thread, a task each", Shape::TaskEach),
    ] {
        // The responder runs on another processor.
        print_row(name, &on_processor(0, || pairs(&one_thread, shape, url))?);
    }
    for (name, shape) in [
        ("CPU, two threads", Shape::OneByOne),
        ("CPU, two threads, 32 at once", Shape::Wide),
        ("CPU, two threads, a task each", Shape::TaskEach),
    ] {
        print_row(name, &pairs(&threads, shape, url)?);
    }
    Ok(())
}

fn print_row(name: &str, pairs: &[Pair]) {
    let bare = median(pairs.iter().map(|pair| pair.bare));
    let sdk = median(pairs.iter().map(|pair| pair.sdk));
    let ratio = median(pairs.iter().map(|pair| pair.sdk / pair.bare));
    row_with_ratio(name, bare, sdk, ratio, "µs");
}

/// The microseconds of a bare get and of a get with the SDK, measured one after the other.
struct Pair {
    bare: f64,
    sdk: f64,
}

fn pairs(runtime: &Runtime, shape: Shape, url: &str) -> Result<Vec<Pair>> {
    let (bare, sdk) = (Bare::new(url)?, Sdk::new(url)?);
    let bare = || measure(runtime, shape, &bare);
    let sdk = || measure(runtime, shape, &sdk);
    // Warm-up: establishes connections and initialises lazy state before the measurement.
    bare()?;
    sdk()?;
    let pair = |number: usize| {
        // Each side is first in half of the pairs.
        Ok(if number.is_multiple_of(2) {
            Pair { bare: bare()?, sdk: sdk()? }
        } else {
            Pair { sdk: sdk()?, bare: bare()? }
        })
    };
    (0..PAIRS).map(pair).collect()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
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
