use std::str::FromStr;

/// Returns the value of the environment variable `DATUS_BENCH_NAME`, which makes a run shorter or longer, or the default if
/// it is not set.
///
/// If a value is not a number, the process exits with code 2, so that no run silently uses a different size.
#[allow(clippy::print_stderr, reason = "a benchmark says why it stops")]
pub fn setting<T: FromStr>(name: &str, default: T) -> T {
    let variable = format!("DATUS_BENCH_{name}");
    let Ok(value) = std::env::var(&variable) else { return default };
    value.parse().unwrap_or_else(|_| {
        eprintln!("{variable}={value} is not a number");
        std::process::exit(2)
    })
}
