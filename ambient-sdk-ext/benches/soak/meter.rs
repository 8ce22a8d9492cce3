//! Memory and file descriptors of the process over time.

/// The allowed growth of memory from the second to the last quarter: a tenth, or this many KiB if
/// that is more.
const MORE_MEMORY: (u64, u64) = (10, 4096);
/// The allowed growth of the number of file descriptors.
const MORE_FILES: u64 = 16;

/// The samples so far: memory in KiB, and open files.
#[derive(Default)]
pub(crate) struct Meter(Vec<(u64, u64)>);

impl Meter {
    pub(crate) fn sample(&mut self) -> (u64, u64) {
        let sample = (memory(), files());
        self.0.push(sample);
        sample
    }

    /// Compares the last quarter of the time with the second, which is after the warm-up.
    pub(crate) fn verdict(&self) -> bool {
        let Self(samples) = self;
        let quarter = samples.len() / 4;
        let part = |from: usize, of: fn(&(u64, u64)) -> u64| {
            let mut values: Vec<u64> = samples[from..from + quarter].iter().map(of).collect();
            values.sort_unstable();
            values.get(quarter / 2).copied().unwrap_or_default()
        };
        let last = samples.len() - quarter;
        let (before, after) = (part(quarter, |s| s.0), part(last, |s| s.0));
        let (files_before, files_after) = (part(quarter, |s| s.1), part(last, |s| s.1));
        println!(
            "memory: {before} KiB early, {after} KiB late; files: {files_before}, {files_after}"
        );
        let more = (before / MORE_MEMORY.0).max(MORE_MEMORY.1);
        after <= before + more && files_after <= files_before + MORE_FILES
    }
}

fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    resident.and_then(|size| size.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

fn files() -> u64 {
    std::fs::read_dir("/proc/self/fd").map_or(0, |files| files.count() as u64)
}
