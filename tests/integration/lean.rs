//! The integration tests that do not need the engine, in a separate binary that builds in seconds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod codec;
mod derive;
mod filter_data;

mod support {
    #[path = "cases.rs"]
    mod cases;

    pub(crate) use cases::cases;
}
