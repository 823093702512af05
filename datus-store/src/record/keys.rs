//! The metadata keys that this crate writes into the schema of a table. `lancedb::column_definitions` is never among
//! them: lancedb would embed again on every `add`.

/// On the schema and on fields: the doc comment.
pub(crate) const DESCRIPTION: &str = "description";
/// On the schema: the Rust name of the record.
pub(crate) const RECORD: &str = "datus:record";
/// On the schema: a random id that the table got when it was created, so that another table of its name is recognized.
#[cfg(feature = "store")]
pub(crate) const TABLE_ID: &str = "datus:table_id";
/// On the schema: the version of the record's schema, where it says one.
pub(crate) const SCHEMA_VERSION: &str = "datus:schema_version";
/// On a key column: its position in the key, from 0.
pub(crate) const KEY: &str = "datus:key";
/// On a text column: the vector column made from it; several with commas.
pub(crate) const SOURCE_OF: &str = "datus:source_of";
/// On a vector column: the text column it is made from; several with commas.
pub(crate) const VECTOR_OF: &str = "datus:vector_of";
/// On a vector column made of several: the text with their names in it.
pub(crate) const TEMPLATE: &str = "datus:template";
/// On a vector column, and on the column `_distance` of an answer: the distance.
pub(crate) const METRIC: &str = "datus:metric";
/// On the column `_relevance_score` of an answer: the reranker that put two legs together by their ranks and scores.
pub(crate) const FUSED_BY: &str = "datus:fused_by";
/// On the column `_relevance_score` of an answer: the reranker that ordered the rows.
pub(crate) const RERANKED_BY: &str = "datus:reranked_by";
/// On a column with a scalar index: its kind.
pub(crate) const INDEX: &str = "datus:index";
/// On a column with full-text search: the options.
pub(crate) const FTS: &str = "datus:fts";
/// On a vector column: what was measured of its index, and how it is searched.
#[cfg(feature = "store")]
pub(crate) const TUNED: &str = "datus:vector_index";
/// On a vector column: the model's identity, one key a property.
pub(crate) const MODEL_ID: &str = "datus:model.id";
/// See [`MODEL_ID`].
pub(crate) const MODEL_REVISION: &str = "datus:model.revision";
/// See [`MODEL_ID`].
pub(crate) const MODEL_DIMENSION: &str = "datus:model.dimension";
/// See [`MODEL_ID`].
pub(crate) const MODEL_NORMALIZED: &str = "datus:model.normalized";
/// See [`MODEL_ID`].
pub(crate) const MODEL_DOCUMENT_PREFIX: &str = "datus:model.document_prefix";
/// See [`MODEL_ID`].
pub(crate) const MODEL_QUERY_PREFIX: &str = "datus:model.query_prefix";
/// On a vector column: what its model made of [`PROBE_TEXT`](crate::model::PROBE_TEXT) when the column was made.
#[cfg(feature = "store")]
pub(crate) const PROBE: &str = "datus:model.probe";
/// The end of the name of a column that stands by for a vector column. No field of a record ends so.
#[cfg(feature = "store")]
pub(crate) const STANDBY: &str = "__standby";
