//! What several tests need.

pub(crate) mod cloud;
pub(crate) mod evaluate;
pub(crate) mod models;
pub(crate) mod process;

/// The number of random cases of a test: `DATUS_STORE_CASES`, and without it so many.
pub(crate) fn cases(default: u32) -> u32 {
    match std::env::var("DATUS_STORE_CASES") {
        Ok(cases) => cases.parse().unwrap(),
        Err(_) => default,
    }
}
