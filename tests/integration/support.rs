//! Helpers that several tests share.

pub(crate) mod cloud;
pub(crate) mod evaluate;
pub(crate) mod log;
pub(crate) mod models;
pub(crate) mod process;
pub(crate) mod s3;

/// Returns the number of random cases of a test: `DATUS_STORE_CASES`, or else the given number.
pub(crate) fn cases(default: u32) -> u32 {
    match std::env::var("DATUS_STORE_CASES") {
        Ok(cases) => cases.parse().unwrap(),
        Err(_) => default,
    }
}
