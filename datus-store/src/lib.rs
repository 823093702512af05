//! Typed records, embeddings and checked queries on [LanceDB](https://lancedb.com): one annotated struct is a table.
//!
//! `#[derive(EmbeddingRecord)]` makes of a struct the Arrow schema of its table, a vector column for each text that is
//! embedded, the code that writes and reads rows, typed columns for filters, and a query builder with a method for each
//! column. A [`Store`] keeps the rows, embeds their texts, and answers. A filter on a column that is not there, a value
//! of another type or a search of a record without a vector does not compile, and the message says what to do.
//!
#![cfg_attr(feature = "store", doc = "```")]
#![cfg_attr(not(feature = "store"), doc = "```text")]
//! use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
//!
//! /// A note in a notebook.
//! #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
//! #[datus(table = "notes")]
//! struct Note {
//!     #[datus(key)]
//!     id: i64,
//!     topic: String,
//!     /// What is searched. Its vector is the column `vector`.
//!     #[datus(embed)]
//!     text: String,
//! }
//!
//! fn main() -> datus_store::Result<()> {
//!     datus_store::block_on(tour())
//! }
//!
//! async fn tour() -> datus_store::Result<()> {
//!     let note = |id, topic: &str, text: &str| Note { id, topic: topic.into(), text: text.into() };
//!
//!     let db = Database::connect("memory://").await?;
//!     let store: Store<Note> = db.store(HashingModel::default()).await?; // creates the table, or checks it
//!     store
//!         .add([
//!             note(1, "garden", "Tomato plants want water every morning."),
//!             note(2, "kitchen", "Tomato soup: roast the tomatoes, add basil, blend."),
//!             note(3, "kitchen", "Bread dough rises overnight in the fridge."),
//!         ])
//!         .await?;
//!
//!     // By value: every row that passes.
//!     let kitchen: Vec<Note> = store.search_all().topic("kitchen").order_by(|t| t.id.asc()).await?;
//!     assert_eq!(kitchen.len(), 2);
//!
//!     // By text: the nearest rows, with their distance.
//!     let hits = store.search("a soup of tomatoes").filter(|t| t.id.ge(2)).limit(1).await?;
//!     assert_eq!(hits[0].record.id, 2);
//!
//!     // Some columns only.
//!     let pairs: Vec<(i64, String)> = store.search_all().select(|t| (t.id, t.topic)).await?;
//!     assert_eq!(pairs.len(), 3);
//!
//!     assert_eq!(store.delete(|t| t.topic.eq("garden")).await?, 1);
//!     Ok(())
//! }
//! ```
//!
//! # Where to look
//!
//! - The keys of `#[datus(…)]`: [`macro@EmbeddingRecord`], [`macro@ColumnEnum`], [`macro@ColumnStruct`],
//!   [`macro@Projection`].
//! - Operators of a column, such as `eq`, `is_in` or `starts_with`: [`Col`](record::Col). Filters: [`Filter`].
//! - What a query can do: [`SearchAll`](query::SearchAll), [`Search`](query::Search). Derive on a struct `Note` makes
//!   `NoteQuery`, which has their methods and one for each column; `NoteColumns`, what `t` is in `.filter(|t| …)`;
//!   `NoteFilter`, a filter as data, for serde; `NoteVectors`, what `v` is in `.on(|v| …)`;
//!   and `NoteTexts`, what `t` is in `.search_text(|t| …)`.
//! - Models: [`EmbeddingModel`](model::EmbeddingModel) to bring your own, [`HashingModel`](model::HashingModel) for one
//!   that is always there and finds shared words, not meaning.
//!   What can be put around any of them: [`EmbeddingModelExt`](model::EmbeddingModelExt). A model from configuration:
//!   [`ModelConfig`](model::ModelConfig).
//! - What puts hits into their order: [`rerank`]. How good a search is: [`evaluate`].
//! - What goes wrong: [`ErrorKind`], and [what to do about it](guide::errors).
//! - Longer pages: [`guide`], on reading, writing, searching, indexes, reranking, evaluating, records, models, a table and its
//!   model, and changing a struct.
//!
//! # Rust types and Arrow types
//!
//! | Rust | Arrow | notes |
//! |---|---|---|
//! | `String`, `Box<str>`, `Arc<str>` | `Utf8`; `Dictionary(Int32, Utf8)` with `dictionary` | can have `embed` and `fts` |
//! | `bool` | `Boolean` | |
//! | `i8` to `i64`, `u8` to `u64` | `Int8` to `Int64`, `UInt8` to `UInt64` | |
//! | `f32`, `f64` | `Float32`, `Float64` | |
//! | `half::f16` | `Float16` | feature `half` |
//! | `Vec<u8>` | `Binary` | |
//! | `bytes::Bytes` | `Binary` | feature `bytes` |
//! | `[u8; N]` | `FixedSizeBinary(N)` | |
//! | `uuid::Uuid` | `FixedSizeBinary(16)` | feature `uuid` |
//! | `std::time::Duration` | `Duration(ns)` | 292 years at most |
//! | `chrono::DateTime<Utc>` | `Timestamp(us, "UTC")`, or as `timestamp(unit, "zone")` says | feature `chrono`; rounded down to the unit |
//! | `chrono::NaiveDateTime` | `Timestamp(us)`, or as `timestamp(unit)` says | feature `chrono`; rounded down to the unit |
//! | `chrono::NaiveDate` | `Date32` | feature `chrono` |
//! | `chrono::NaiveTime` | `Time64(ns)` | feature `chrono` |
//! | `rust_decimal::Decimal` | `Decimal128(p, s)` | feature `rust_decimal`; needs `decimal(p, s)`; nothing is rounded |
//! | an enum without data, with `#[derive(ColumnEnum)]` | `Utf8` | the names of the variants |
//! | a struct with `#[derive(ColumnStruct)]` | `Struct` | filters reach in: `t.place.city.eq("Oslo")` |
//! | a struct of one unnamed field with `#[derive(ColumnStruct)]` | that of the field | a newtype |
//! | `Option<T>` | that of `T`, nullable | no `Option` of an `Option` |
//! | `Vec<T>` | `List` | of any column type; `Vec<u8>` is bytes |
//! | `HashMap<String, T>`, `BTreeMap<String, T>` | `Map` | cannot be compared in a filter |
//! | any serde type with `json` | `Utf8`, nullable | feature `serde_json`; JSON's `null` is null; cannot be compared in a filter |
//! | the vector of an `embed` field | `FixedSizeList(Float32, dimension)`, nullable | null where the text is `None` or blank |
//!
//! Whether a type is a column is decided by the trait [`Column`](record::Column) and not by how it is spelled, so
//! aliases work.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `store` | yes | [`Database`] and [`Store`], with LanceDB and tokio below them |
//! | `derive` | yes | the derives |
//! | `chrono`, `uuid`, `rust_decimal`, `half`, `bytes` | no | column types of the crate of that name |
//! | `serde_json` | no | `#[datus(json)]` |
//! | `candle` | no | `SentenceTransformer` and `CrossEncoder` in pure Rust; `candle-cuda`, `candle-metal` for cards |
//! | `onnx` | no | `SentenceTransformer` on ONNX Runtime, whose shared library is loaded at run time |
//! | `onnx-download` | no | the same, with the library downloaded when the crate is built and linked in |
//! | `hub` | no | `SentenceTransformer::from_hub`, with `candle` or `onnx`; `CrossEncoder::from_hub`, with `candle` |
//! | `aws`, `gcs`, `azure` | no | databases at `s3://`, `gs://`, `az://` |
//! | `remote` | no | LanceDB's own service at `db://` |
//! | `openai` | no | [`OpenAiModel`](model::OpenAiModel): any OpenAI-compatible endpoint, with reqwest and tokio |
//!
//! Without `store` the crate is schema, codec, filters and models on Arrow alone: no LanceDB, no tokio, and a build of
//! seconds. It is for crates that only share records.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(feature = "store", feature = "openai")),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "the documentation is written for a build with `Store` and `OpenAiModel`"
    )
)]

#[doc(hidden)]
pub mod __private;
#[cfg(feature = "store")]
mod backend;
#[cfg(feature = "store")]
mod database;
mod error;
pub mod evaluate;
#[cfg(all(any(doc, doctest), feature = "store", feature = "derive"))]
pub mod guide;
pub mod index;
pub mod model;
pub mod query;
pub mod record;
pub mod rerank;
#[cfg(any(feature = "store", feature = "openai", test))]
mod retry;
#[cfg(feature = "store")]
mod runtime;
#[cfg(feature = "store")]
mod store;

#[cfg(feature = "store")]
pub use backend::{LanceConnection, LanceTable, lancedb};
#[cfg(feature = "store")]
pub use database::{Connect, Database};
#[cfg(feature = "derive")]
pub use datus_store_derive::{ColumnEnum, ColumnStruct, EmbeddingRecord, Projection};
pub use error::{BoxError, Error, ErrorKind, Result};
pub use query::{Cursor, Filter, Hit, Page, Projection, Score, TextQuery};
pub use record::{ColumnName, Embedded, Embedding, EmbeddingRecord, Keyed, Metric};
#[cfg(feature = "store")]
pub use runtime::block_on;
#[cfg(feature = "store")]
pub use store::plan::{self, Plan};
#[cfg(feature = "store")]
pub use store::{
    Add, Added, Advice, CheckHealth, CreateIndices, Delete, Drift, Health, IndexAction, IndexEntry,
    IndexHealth, IndexReport, Maintenance, MaintenanceState, MaintenanceStatus, On, Open, Optimize,
    OptimizeProgress, OptimizeStep, Optimized, Progress, Recall, Reembed, ReembedIfNeeded, Reembedded,
    ScopedSync, Store, Synced, UnscopedSync, UnscopedUpdate, Update, Updated, Upsert, Upserted,
    VerifiedModel, VerifyModel,
};
