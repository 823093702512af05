/// Returns the number of random cases of a test: `DATUS_STORE_CASES`, or the given number if the variable is not set.
pub(crate) fn cases(default: u32) -> u32 {
    match std::env::var("DATUS_STORE_CASES") {
        Ok(cases) => cases.parse().unwrap(),
        Err(_) => default,
    }
}
