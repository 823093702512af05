/// The size of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub(super) rows: i64,
    pub(super) parts: u32,
    pub(super) processes: u32,
    pub(super) kills: usize,
    pub(super) seed: u64,
}

impl Settings {
    /// Returns the defaults, overridden by the environment variables that are set.
    pub(super) fn of_environment() -> Self {
        Self {
            rows: number("ROWS", 2000),
            parts: number("PARTS", 16),
            processes: number("PROCESSES", 8),
            kills: number("KILLS", 8),
            seed: number("SEED", 1),
        }
    }

    /// Returns the parts of a worker.
    pub(super) fn parts_of(&self, worker: u32) -> Vec<u32> {
        (worker..self.parts).step_by(self.processes as usize).collect()
    }
}

fn number<T: std::str::FromStr>(name: &str, default: T) -> T {
    let name = format!("DATUS_BULK_CHECK_{name}");
    let Ok(value) = std::env::var(&name) else { return default };
    value.parse().unwrap_or_else(|_| panic!("{name} is not a number: {value}"))
}
