//! The guide: one page for each subject, with examples that run.
//!
//! The doc comment of each module contains the title and the summary of its page. `tools/guide-pages` writes the same pages
//! to `docs/guide`, for readers of the repository.

/// Records: templates, stamps, private texts, adapters and flattened structs.
#[doc = include_str!("guide/records.md")]
pub mod records {}

/// Writing rows: `add`, `upsert`, `sync`, `update` and `delete`.
#[doc = include_str!("guide/writing.md")]
pub mod writing {}

/// Large tables: bulk jobs, in which many machines embed and write, and one commit adds all rows.
#[doc = include_str!("guide/large_tables.md")]
pub mod large_tables {}

/// Tenants: scopes, views, and reads across all scopes.
#[doc = include_str!("guide/tenants.md")]
pub mod tenants {}

/// Reading rows: filters, single columns, and pages.
#[doc = include_str!("guide/reading.md")]
pub mod reading {}

/// Searching: by meaning, by keyword, by both, and by a stored row; scores, limits and offsets.
#[doc = include_str!("guide/searching.md")]
pub mod searching {}

/// Reranking: fusion of two legs, diversity, cross-encoders, and your own rerankers.
#[doc = include_str!("guide/reranking.md")]
pub mod reranking {}

/// Evaluation: the quality of a search, measured with questions whose answers are known.
#[doc = include_str!("guide/evaluating.md")]
pub mod evaluating {}

/// Indexes: the kinds, the measured recall of vector indexes, and the findings of `health`.
#[doc = include_str!("guide/indexes.md")]
pub mod indexes {}

/// Maintenance: merging fragments, updating indexes and removing versions in the background.
#[doc = include_str!("guide/maintenance.md")]
pub mod maintenance {}

/// Object stores: options and credentials, and what each kind of storage guarantees.
#[doc = include_str!("guide/object_stores.md")]
pub mod object_stores {}

/// Documents and chunks: a key that embeds only what changed, and the chunks around a hit.
#[doc = include_str!("guide/documents.md")]
pub mod documents {}

/// In a web service: status codes, tables that change, and tools for a language model.
#[doc = include_str!("guide/web_service.md")]
pub mod web_service {}

/// Generic code and testing: functions, collections and handlers for any record, and tests with and without a database.
#[doc = include_str!("guide/generic_code.md")]
pub mod generic_code {}

/// Filters and tools: filters as data, columns chosen at run time, and a store as a tool for a language model.
#[doc = include_str!("guide/filters_and_tools.md")]
pub mod filters_and_tools {}

/// Errors: the kinds, how a program handles each, and a table that changes while a store is open.
#[doc = include_str!("guide/errors.md")]
pub mod errors {}

/// Changing a struct: the effect on its table, and how to update the table.
#[doc = include_str!("guide/changing.md")]
pub mod changing {}

/// Tables from Python: the types that both languages support, adopting a table, and writing to it from both.
#[doc = include_str!("guide/tables_from_python.md")]
pub mod tables_from_python {}

/// The model of a table: how it is stored, verified and changed.
#[doc = include_str!("guide/table_model.md")]
pub mod table_model {}

/// Local models: sentence transformers in Rust, with ONNX Runtime, or with candle.
#[doc = include_str!("guide/local_models.md")]
pub mod local_models {}

/// Remote models: endpoints, decorators and configuration.
#[doc = include_str!("guide/remote_models.md")]
pub mod remote_models {}
