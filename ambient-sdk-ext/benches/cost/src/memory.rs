//! Allocations of a get, and the size of its future in bytes.

use crate::{
    Result, row,
    side::{Bare, Sdk, Side},
};

const GETS: u64 = 200;

pub(crate) fn print(url: &str) -> Result<()> {
    let (bare, sdk) = (Bare::new(url)?, Sdk::new(url)?);
    row("allocations", allocations(&bare)?, allocations(&sdk)?, "");
    row("size of the future", bare.future_size() as f64, sdk.future_size() as f64, "bytes");
    Ok(())
}

/// Returns the mean of many gets, after a warm-up. The allocator counts per thread.
fn allocations(side: &impl Side) -> Result<f64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let gets = |count: u64| {
        runtime.block_on(async {
            for _ in 0..count {
                side.get().await?;
            }
            Ok(())
        })
    };
    gets(20)?;
    let mut outcome: Result<()> = Ok(());
    let counted = allocation_counter::measure(|| outcome = gets(GETS));
    outcome?;
    Ok(counted.count_total as f64 / GETS as f64)
}
