#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use std::time::Instant;

/// The median times of two programs, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Ratio {
    /// The median time of this library.
    pub ours: f64,
    /// The median time of the other program.
    pub theirs: f64,
}

impl Ratio {
    /// Returns the speed of this library as a multiple of the other program's.
    pub fn speed(self) -> f64 {
        self.theirs / self.ours
    }

    /// Prints a line with the ratio, and the units per second of both programs.
    pub fn print(self, name: &str, units: usize, unit: &str) {
        let rate = |seconds: f64| units as f64 / seconds;
        println!(
            "{name:<58} {:>5.2} times as fast: {:>10.0} and {:>10.0} {unit}/s",
            self.speed(),
            rate(self.ours),
            rate(self.theirs)
        );
    }
}

/// Runs two programs in alternating order, and returns the median time of each. Anything that slows the machine down affects
/// both.
pub fn compare(rounds: usize, mut ours: impl FnMut() -> f64, mut theirs: impl FnMut() -> f64) -> Ratio {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        if round % 2 == 0 {
            first.push(ours());
            second.push(theirs());
        } else {
            second.push(theirs());
            first.push(ours());
        }
    }
    Ratio { ours: median(first), theirs: median(second) }
}

/// Runs the work and returns the time that it took, in seconds.
pub fn seconds<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed().as_secs_f64()
}

/// Returns the peak memory of this process in MiB. Linux only; 0 elsewhere.
pub fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes =
        line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|line| line.trim().parse().ok());
    kilobytes.map_or(0.0, |kilobytes: f64| kilobytes / 1024.0)
}

/// Returns the CPU time of this process so far, in seconds over all cores. Linux only; 0 elsewhere.
pub fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, can contain spaces. The times are fields 14 and 15, in ticks of 10 ms.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// Resets [`peak_memory`] to what this process holds now. Linux only; elsewhere it does nothing.
pub fn reset_peak_memory() {
    // If the system does not allow this, the peak remains the peak since the process started, which is at least as high.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
