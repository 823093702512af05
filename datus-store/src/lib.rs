//! stub docs
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
pub mod __private;
mod error;
pub mod model;
pub mod query;
pub mod record;

pub use error::{BoxError, Error, ErrorKind, Result};
#[cfg(feature = "derive")]
pub use datus_store_derive::{ColumnEnum, ColumnStruct, EmbeddingRecord};
pub use query::{Filter, Hit};
pub use record::{ColumnName, Embedded, Embedding, EmbeddingRecord, Metric};
