//! Runs code on one processor, so that measurements do not depend on where the scheduler puts it.

/// Runs `measured` on the processor with this number, and threads that it starts too. If the system
/// does not allow that, they run on any.
#[cfg(target_os = "linux")]
pub(crate) fn on_processor<T>(number: usize, measured: impl FnOnce() -> T) -> T {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let Ok(before) = sched_getaffinity(None) else { return measured() };
    let mut one = CpuSet::new();
    one.set(number);
    let _ = sched_setaffinity(None, &one);
    let result = measured();
    let _ = sched_setaffinity(None, &before);
    result
}

/// Runs `measured`. Other systems do not let a program choose a processor.
#[cfg(not(target_os = "linux"))]
pub(crate) fn on_processor<T>(_number: usize, measured: impl FnOnce() -> T) -> T {
    measured()
}
