//! What indexes are built from: rules of size for vectors, and which kinds fit which columns.
//!
//! They are pure functions, used by [`Store::create_indices`](crate::Store::create_indices), and there to be read, tested
//! and disagreed with.

pub(crate) mod scalar;
pub mod sizing;

pub use scalar::fits;
