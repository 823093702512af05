//! Typed records, embeddings and queries checked by the compiler, on [LanceDB](https://lancedb.com): one annotated
//! struct defines a table.
//!
//! `#[derive(EmbeddingRecord)]` generates the Arrow schema of the table, a vector column for each embedded text, the
//! code that writes and reads rows, typed columns for filters, and a query builder with a method for each column. A
//! [`Store`] writes the rows, embeds their text, and runs queries. Filtering on a column that does not exist,
//! comparing it with a value of the wrong type, or searching a record without a vector is a compile error that explains
//! how to fix it.
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
//!     /// The searchable text. Its vector is stored in the column `vector`.
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
//!     let store: Store<Note> = db.store(HashingModel::default()).await?; // creates the table or checks its schema
//!     store
//!         .add([
//!             note(1, "garden", "Tomato plants want water every morning."),
//!             note(2, "kitchen", "Tomato soup: roast the tomatoes, add basil, blend."),
//!             note(3, "kitchen", "Bread dough rises overnight in the fridge."),
//!         ])
//!         .await?;
//!
//!     // Query by value: every row that matches the filter.
//!     let kitchen: Vec<Note> = store.search_all().topic("kitchen").order_by(|t| t.id.asc()).await?;
//!     assert_eq!(kitchen.len(), 2);
//!
//!     // Search by text: the nearest rows, with their distances.
//!     let hits = store.search("a soup of tomatoes").filter(|t| t.id.ge(2)).limit(1).await?;
//!     assert_eq!(hits[0].record.id, 2);
//!
//!     // Select only some columns.
//!     let pairs: Vec<(i64, String)> = store.search_all().select(|t| (t.id, t.topic)).await?;
//!     assert_eq!(pairs.len(), 3);
//!
//!     assert_eq!(store.delete().filter(|t| t.topic.eq("garden")).await?, 1);
//!     Ok(())
//! }
//! ```
//!
//! # Where to look
//!
//! - The keys of `#[datus(…)]`: [`macro@EmbeddingRecord`], [`macro@ColumnEnum`], [`macro@ColumnStruct`],
//!   [`macro@Projection`].
//! - Column operators, such as `eq`, `is_in` or `starts_with`: [`Col`](record::Col). Filters: [`Filter`].
//! - Query methods: [`SearchAll`](query::SearchAll) and [`Search`](query::Search). For a struct `Note`, the derive
//!   generates `NoteQuery`, which gives these queries a method for each column; `NoteColumns`, the type of `t` in
//!   `.filter(|t| …)`; `NoteFilter`, a filter that serde can read and write; `NoteVectors`, the type of `v` in
//!   `.vector(|v| …)`; and `NoteTexts`, the type of `t` in `.search_text(|t| …)`.
//! - Models: implement [`EmbeddingModel`](model::EmbeddingModel) for your own. [`HashingModel`](model::HashingModel) is
//!   built in and matches shared words, not meaning. [`EmbeddingModelExt`](model::EmbeddingModelExt) adds caching,
//!   prefixes and other wrappers to any model, and [`ModelConfig`](model::ModelConfig) builds a model from
//!   configuration.
//! - Searching several stores with one question: [`search_all_of`]. Getting the same hits later: [`Receipt`].
//! - Reordering hits: [`rerank`]. Measuring search quality: [`evaluate`].
//! - Errors: [`ErrorKind`], and [how to handle each kind](guide::errors).
//! - Filters as data: [the guide](guide::filters_and_tools), [`Condition`].
//! - The [`guide`]: longer pages on reading, writing, searching, indexes, reranking, evaluation, records, models, how a
//!   table records its model, and changing a struct.
//!
//! # Rust types and Arrow types
//!
//! | Rust | Arrow | notes |
//! |---|---|---|
//! | `String`, `Box<str>`, `Arc<str>` | `Utf8`; `Dictionary(Int32, Utf8)` with `dictionary` | supports `embed` and `fts` |
//! | `bool` | `Boolean` | |
//! | `i8` to `i64`, `u8` to `u64` | `Int8` to `Int64`, `UInt8` to `UInt64` | |
//! | `f32`, `f64` | `Float32`, `Float64` | |
//! | `half::f16` | `Float16` | feature `half` |
//! | `Vec<u8>` | `Binary` | |
//! | `bytes::Bytes` | `Binary` | feature `bytes` |
//! | `[u8; N]` | `FixedSizeBinary(N)` | |
//! | `[f32; N]`, `[f64; N]` | `FixedSizeList` of `N` `Float32` or `Float64` | vectors without a model; `[half::f16; N]` with the feature `half`; cannot be compared in a filter |
//! | `uuid::Uuid` | `FixedSizeBinary(16)` | feature `uuid` |
//! | `std::time::Duration` | `Duration(ns)` | 292 years at most |
//! | `chrono::DateTime<Utc>` | `Timestamp(us, "UTC")`, unless set by `timestamp(unit, "zone")` | feature `chrono`; rounded down to the unit |
//! | `chrono::NaiveDateTime` | `Timestamp(us)`, unless set by `timestamp(unit)` | feature `chrono`; rounded down to the unit |
//! | `chrono::NaiveDate` | `Date32` | feature `chrono` |
//! | `chrono::NaiveTime` | `Time64(ns)` | feature `chrono` |
//! | `rust_decimal::Decimal` | `Decimal128(p, s)` | feature `rust_decimal`; needs `decimal(p, s)`; never rounded |
//! | an enum without data, with `#[derive(ColumnEnum)]` | `Utf8` | stores the variant name |
//! | a struct with `#[derive(ColumnStruct)]` | `Struct` | filters can use nested fields: `t.place.city.eq("Oslo")` |
//! | a tuple struct of one field, with `#[derive(ColumnStruct)]` | the type of the field | a newtype |
//! | `Option<T>` | the type of `T`, nullable | cannot be nested: no `Option<Option<T>>` |
//! | `Vec<T>` | `List` | of any column type; `Vec<u8>` is `Binary` |
//! | `HashMap<String, T>`, `BTreeMap<String, T>` | `Map` | cannot be compared in a filter |
//! | any serde type with `json` | `Utf8`, nullable | feature `serde_json`; JSON `null` is stored as null; cannot be compared in a filter |
//! | the vector of an `embed` field | `FixedSizeList(Float32, dimension)`, nullable; `Float16` with `embed(element = f16)`; a `List` of these with `embed(multi)` | null if the text is `None` or blank |
//!
//! The trait [`Column`](record::Column) determines which types can be columns. The way in which a type is written does not
//! matter, so type aliases work.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `store` | yes | [`Database`] and [`Store`], built on LanceDB and tokio |
//! | `derive` | yes | the derive macros |
//! | `chrono`, `uuid`, `rust_decimal`, `half`, `bytes` | no | column types from the crate of the same name |
//! | `serde_json` | no | `#[datus(json)]`, and `.json()` to end a query with rows as JSON |
//! | `schemars` | no | schemars 1's `JsonSchema` for the generated `…Filter`, [`Page`], [`Cursor`] and [`Hit`] |
//! | `tool` | no | `Store::tool`, a store as a search tool for a language model; includes `store`, `schemars` and `serde_json` |
//! | `native` | no | `SentenceTransformer` for BERT-family models on the CPU, in pure Rust and with few dependencies |
//! | `candle` | no | `SentenceTransformer` and `CrossEncoder` in pure Rust; `candle-cuda` and `candle-metal` run them on a GPU |
//! | `onnx` | no | `SentenceTransformer` on ONNX Runtime, loaded as a shared library at run time |
//! | `onnx-download` | no | the same, but the build downloads ONNX Runtime and links it |
//! | `hub` | no | `SentenceTransformer::from_hub`, with `native`, `candle` or `onnx`; `CrossEncoder::from_hub`, with `candle` |
//! | `aws`, `gcs`, `azure` | no | databases at `s3://`, `gs://`, `az://`; see the [guide](guide::object_stores) |
//! | `dynamodb` | no | databases at `s3+ddb://`, whose commits go through a DynamoDB table; includes `aws` |
//! | `remote` | no | LanceDB's hosted service at `db://`, and `rest` namespaces, which a server provides |
//! | `lancedb` | no | `Store::as_lancedb`, `Database::as_lancedb`, `LanceModel` and the crate `lancedb` itself |
//! | `openai` | no | [`OpenAiModel`](model::OpenAiModel), for any OpenAI-compatible endpoint, and [`RemoteReranker`](rerank::RemoteReranker), for `/rerank` endpoints, on reqwest and tokio |
//!
//! Without `store`, the crate consists of the schema, codec, filters and models, depends on Arrow but not on LanceDB or
//! tokio, and builds in seconds. This suits crates that only share record types.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(feature = "lancedb", feature = "openai")),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "the documentation is written for a build with `Store`, `as_lancedb` and `OpenAiModel`"
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
mod statistics;
#[cfg(feature = "store")]
mod store;
#[cfg(feature = "tool")]
mod tool;

#[cfg(feature = "lancedb")]
pub use backend::{LanceConnection, LanceModel, LanceTable, lancedb};
#[cfg(feature = "store")]
pub use database::{Connect, Database, StorageCheck};
#[cfg(feature = "derive")]
pub use datus_store_derive::{ColumnEnum, ColumnStruct, EmbeddingRecord, Projection};
pub use error::{BoxError, Error, ErrorKind, Result};
#[cfg(feature = "store")]
pub use query::Receipt;
pub use query::{
    Condition, Cursor, Filter, Hit, Of2, Of3, Of4, Of5, Of6, Page, Projection, Score, TextQuery,
    search_all_of,
};
pub use record::{ColumnName, Embedded, Embedding, EmbeddingRecord, Keyed, Metric, Scoped, Unscoped};
#[cfg(feature = "store")]
pub use runtime::block_on;
#[cfg(feature = "store")]
pub use store::access;
#[cfg(feature = "store")]
pub use store::plan;
#[cfg(feature = "store")]
pub use store::{
    AcrossScopes, Add, Added, Adopt, Adopted, AdoptedVector, Advice, Bulk, BulkCommit, BulkJob, BulkPart,
    BulkWorker, BulkWrite, Change, ChangeSet, Changes, ChangesBuilder, CheckHealth, CreateIndexes, CreateTag,
    Delete, DeleteBuilder, Description, Drift, ExtraColumns, FilteredRecall, Health, IndexAction, IndexEntry,
    IndexHealth, IndexReport, IntoVersion, LiveRecall, Maintenance, MaintenanceState, MaintenanceStatus,
    MakePlan, Open, Optimize, OptimizeProgress, OptimizeStep, Optimized, PreparedReembed, Progress,
    QueryKind, Recall, Reembed, ReembedIfNeeded, Reembedded, Repair, RepairPlan, RepairStep, Repaired,
    Replay, ScopedStore, ShadowOverlap, Store, SyncBuilder, SyncRows, Synced, Tag, Update, UpdateBuilder,
    Updated, Upsert, Upserted, VectorSearch, VerifiedModel, VerifiedVectors, VerifyModel, VerifyVectors,
    VersionName, View,
};
#[cfg(feature = "tool")]
pub use tool::{Tool, ToolError};
