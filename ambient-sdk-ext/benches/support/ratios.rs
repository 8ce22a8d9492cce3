//! A table of ratios of the criterion results of this run, with each pair in one row.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// The table of the results since this value was created.
pub(crate) struct Ratios {
    began: SystemTime,
}

impl Ratios {
    pub(crate) fn new() -> Self {
        Self { began: SystemTime::now() }
    }

    /// Prints the results of `sdk` and `bare` of each group in one row.
    pub(crate) fn print(&self) {
        let target = option_env!("CARGO_TARGET_DIR").map_or("../target".into(), str::to_owned);
        let Ok(groups) = fs::read_dir(Path::new(&target).join("criterion")) else { return };
        let mut groups: Vec<_> = groups.flatten().map(|group| group.path()).collect();
        groups.sort();
        let rows: Vec<_> = groups.iter().filter_map(|group| self.row(group)).collect();
        if !rows.is_empty() {
            println!("\n{:<20} {:>20} {:>20} {:>8}", "median", "bare", "sdk", "ratio");
            rows.iter().for_each(|row| println!("{row}"));
        }
    }

    fn row(&self, group: &Path) -> Option<String> {
        let (bare, sdk) = (self.median(group.join("bare"))?, self.median(group.join("sdk"))?);
        let name = group.file_name()?.to_string_lossy();
        let ratio = sdk.nanos / bare.nanos;
        Some(format!("{name:<20} {:>20} {:>20} {ratio:>8.3}", bare.text(), sdk.text()))
    }

    /// Returns the result of this run; results of earlier runs are ignored.
    fn median(&self, bench: PathBuf) -> Option<Median> {
        let estimates = bench.join("new/estimates.json");
        if fs::metadata(&estimates).ok()?.modified().ok()? < self.began {
            return None;
        }
        let nanos = read(&estimates)?["median"]["point_estimate"].as_f64()?;
        let throughput = &read(&bench.join("new/benchmark.json"))?["throughput"];
        let bytes = throughput["Bytes"].as_f64().or(throughput["BytesDecimal"].as_f64());
        Some(Median { nanos, bytes })
    }
}

/// The time of one iteration, and the number of bytes that it reads, if known.
struct Median {
    nanos: f64,
    bytes: Option<f64>,
}

impl Median {
    fn text(&self) -> String {
        match self.bytes {
            Some(bytes) => format!("{:.0} MB/s", bytes / self.nanos * 1000.0),
            None => format!("{:.1} µs", self.nanos / 1000.0),
        }
    }
}

fn read(path: &Path) -> Option<serde_json::Value> {
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}
