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

pub(super) use chunk::{Chunk, ChunkSize, chunks};
pub(super) use embed::Embedder;
pub(super) use key_set::{KeySet, LastRows};
pub(super) use keys::{Fingerprint, Keys};
pub(super) use pipeline::{embed_chunks, finish};
pub(super) use progress::Meter;
pub use progress::Progress;
pub(super) use source::{RowSource, fallible, infallible, with_step_progress, with_write_progress};
pub(super) use stamp::{WriteTime, stamp};
pub(super) use texts::{TextsOf, VectorCache, texts_of};
pub(super) use vector_column::{Slot, VectorColumn};
