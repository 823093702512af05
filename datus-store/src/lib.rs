//! stub docs
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
pub mod __private;
#[cfg(feature = "store")]
mod backend;
#[cfg(feature = "store")]
mod database;
mod error;
pub mod model;
pub mod query;
pub mod record;
#[cfg(feature = "store")]
mod store;

pub use error::{BoxError, Error, ErrorKind, Result};
#[cfg(feature = "store")]
pub use backend::{LanceConnection, LanceTable, lancedb};
#[cfg(feature = "store")]
pub use database::{Connect, Database};
#[cfg(feature = "derive")]
pub use datus_store_derive::{ColumnEnum, ColumnStruct, EmbeddingRecord};
pub use query::{Filter, Hit};
pub use record::{ColumnName, Embedded, Embedding, EmbeddingRecord, Metric};
#[cfg(feature = "store")]
pub use store::{Added, Store};
