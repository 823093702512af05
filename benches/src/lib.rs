//! What the benchmarks share: the rows, the hand-written programs, and how a ratio is measured.

mod by_hand;
mod measure;
mod rows;

pub use by_hand::{append_by_hand, batch_by_hand, schema_by_hand};
pub use measure::{Ratio, compare, peak_memory, reset_peak_memory, seconds};
pub use rows::{TableSchema, tables};
