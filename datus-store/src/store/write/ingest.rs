//! The pipeline that reads, encodes, embeds and writes rows, concurrently and in bounded memory.

mod chunk;
mod embed;
mod key_set;
mod pipeline;
mod progress;
mod source;
mod texts;
mod timestamps;
mod vector_column;

pub(in crate::store) use chunk::{Chunk, ChunkSize, chunks};
pub(in crate::store) use embed::Embedder;
pub(in crate::store) use key_set::{KeySet, LastRows};
pub(in crate::store) use pipeline::{embed_chunks, finish};
pub(in crate::store) use progress::Meter;
pub use progress::Progress;
pub(in crate::store) use source::{
    OpenRows, RowSource, fallible, infallible, with_step_progress, with_write_progress,
};
pub(in crate::store) use texts::{TextsOf, VectorCache, texts_by_vector, texts_of};
pub(in crate::store) use timestamps::{WriteTime, set_timestamps};
pub(in crate::store) use vector_column::{Slot, VectorColumn};
