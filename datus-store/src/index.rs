//! The rules for indexes: the size of a vector index, and the scalar index kinds that each column type supports.
//!
//! [`Store::create_indexes`](crate::Store::create_indexes) uses these pure functions. They are public so that you can
//! read and test them.

pub(crate) mod scalar;
pub mod sizing;

pub use scalar::supports_index;
