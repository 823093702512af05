//! Pages that are longer than an item's documentation: one a subject, each with examples that run.

/// Reading rows: filters, some of their columns, page by page.
#[doc = include_str!("guide/reading.md")]
pub mod reading {}

/// How good a search is, measured by questions with known answers.
#[doc = include_str!("guide/evaluating.md")]
pub mod evaluating {}

/// Adding, upserting, syncing, updating and deleting rows.
#[doc = include_str!("guide/writing.md")]
pub mod writing {}

/// Searching by meaning, by words, by both, and by a row; scores, pages and rerankers.
#[doc = include_str!("guide/searching.md")]
pub mod searching {}

/// Indexes: which there are, how vector indexes are measured, and what `health` finds.
#[doc = include_str!("guide/indexes.md")]
pub mod indexes {}

/// Maintenance in the background: merging fragments, folding indexes, removing versions.
#[doc = include_str!("guide/maintenance.md")]
pub mod maintenance {}

/// The model of a table: how it is kept, verified and changed.
#[doc = include_str!("guide/table_model.md")]
pub mod table_model {}

/// Functions, collections and handlers for any record, and tests with and without a database.
#[doc = include_str!("guide/generic_code.md")]
pub mod generic_code {}

/// Errors: the kinds, what a program does about each, and a table that changes under an open store.
#[doc = include_str!("guide/errors.md")]
pub mod errors {}

/// Changing a struct: what that means for its table, and how the table follows.
#[doc = include_str!("guide/changing.md")]
pub mod changing {}

/// Tables from Python: which types both have, adopting a table, and writing it from both.
#[doc = include_str!("guide/tables_from_python.md")]
pub mod tables_from_python {}

/// Remote models, decorators, configuration.
#[doc = include_str!("guide/remote_models.md")]
pub mod remote_models {}

/// Templates, stamps, private texts, adapters and flattened structs.
#[doc = include_str!("guide/records.md")]
pub mod records {}

/// Rerankers: fusion of two legs, diversity, cross-encoders, and your own.
#[doc = include_str!("guide/reranking.md")]
pub mod reranking {}

/// Neural models on this machine: sentence transformers on candle or ONNX Runtime.
#[doc = include_str!("guide/local_models.md")]
pub mod local_models {}
