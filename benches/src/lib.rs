//! The parts that the benchmarks share: the rows, the hand-written programs, the measurement of a ratio, and the
//! description of the machine.

mod by_hand;
mod latency;
mod machine;
mod measure;
mod rows;
mod setting;

pub use by_hand::{append_by_hand, batch_by_hand, schema_by_hand};
pub use latency::{Latency, timed};
pub use machine::machine;
pub use measure::{Ratio, compare, cpu_seconds, peak_memory, reset_peak_memory, seconds};
pub use rows::{TableSchema, table, tables};
pub use setting::setting;
