//! The integration tests that need no engine, in a binary of their own, which is built in seconds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]

mod codec;
mod derive;
mod filter_data;

mod support {
    #[path = "cases.rs"]
    mod cases;

    pub(crate) use cases::cases;
}
