//! A place for the tests: `../integration` is the one test binary, and the code of the README is tested from here.

/// The README, whose code blocks are doctests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct ReadmeDoctests;
