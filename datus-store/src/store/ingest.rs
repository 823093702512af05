//! The pipeline that reads, encodes, embeds and writes rows, concurrently and in bounded memory.

mod chunk;
mod embed;
mod key_set;
mod keys;
mod pipeline;
mod progress;
mod source;
mod stamp;
mod texts;
mod vector_column;

pub(super) use chunk::{Chunk, ChunkRows, chunks};
pub(super) use embed::Embedder;
pub(super) use key_set::{KeySet, LastRows};
pub(super) use keys::{Fingerprint, Keys};
pub(super) use pipeline::{embedded, finish};
pub(super) use progress::Meter;
pub use progress::Progress;
pub(super) use source::{RowSource, came_so_far, came_to_a_step, fallible, infallible};
pub(super) use stamp::{Now, stamp};
pub(super) use texts::{MadeVectors, TextsOf, texts_of};
pub(super) use vector_column::{Slot, VectorColumn};
