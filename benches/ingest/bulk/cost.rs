use std::env;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use datus_store_benches::{cpu_seconds, peak_memory};

/// The cost of one or more processes: the elapsed seconds, the CPU seconds over all cores, and the peak memory of the process
/// that used the most, in MiB.
pub(super) struct Cost {
    pub(super) seconds: f64,
    pub(super) cpu: f64,
    memory: f64,
}

impl Cost {
    /// Waits for a process that calls [`print_own`] before it exits.
    pub(super) fn of(child: Child, start: Instant) -> Self {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "a process failed");
        let text = String::from_utf8(output.stdout).unwrap();
        let (cpu, memory) = text.trim().split_once(' ').unwrap();
        Self {
            seconds: start.elapsed().as_secs_f64(),
            cpu: cpu.parse().unwrap(),
            memory: memory.parse().unwrap(),
        }
    }

    /// Returns the combined cost of two steps that run at the same time.
    pub(super) fn together(self, other: Self) -> Self {
        Self {
            seconds: self.seconds.max(other.seconds),
            cpu: self.cpu + other.cpu,
            memory: self.memory.max(other.memory),
        }
    }

    /// Returns the cost of this step and the next one.
    pub(super) fn then(self, next: Self) -> Self {
        Self { seconds: self.seconds + next.seconds, ..self.together(next) }
    }

    pub(super) fn print(&self, name: &str, rows: u64) {
        println!(
            "{name:<38} {:>9.2} s {:>10.0} rows/s {:>8.2} µs of CPU a row, {:>6.0} MiB at most",
            self.seconds,
            rows as f64 / self.seconds,
            self.cpu * 1e6 / rows as f64,
            self.memory
        );
    }
}

/// Starts a process of this benchmark.
pub(super) fn child(arguments: &[&str]) -> Child {
    Command::new(env::current_exe().unwrap()).args(arguments).stdout(Stdio::piped()).spawn().unwrap()
}

/// Prints the cost of this process so far. A process calls it as its last step.
pub(super) fn print_own() {
    println!("{} {}", cpu_seconds(), peak_memory());
}
