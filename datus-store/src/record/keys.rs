//! The metadata keys that this crate writes into the schema of a table. This crate never writes
//! `lancedb::column_definitions`, because lancedb would then re-embed the texts on every `add`.

/// On the schema and on fields: the doc comment.
pub(crate) const DESCRIPTION: &str = "description";
/// On the schema: the Rust name of the record.
pub(crate) const RECORD: &str = "datus:record";
/// On the schema: a random id, assigned when the table is created, which distinguishes it from a later table with the same
/// name.
#[cfg(feature = "store")]
pub(crate) const TABLE_ID: &str = "datus:table_id";
/// On the schema: the version of the record's schema, if it has one.
pub(crate) const SCHEMA_VERSION: &str = "datus:schema_version";
/// On a key column: its position in the key, from 0.
pub(crate) const KEY: &str = "datus:key";
/// On a text column: the vector columns computed from it, separated by commas.
pub(crate) const SOURCE_OF: &str = "datus:source_of";
/// On a vector column: its source columns, separated by commas.
pub(crate) const VECTOR_OF: &str = "datus:vector_of";
/// On a vector column with several source columns: the template that combines them.
pub(crate) const TEMPLATE: &str = "datus:template";
/// On a vector column and on the result column `_distance`: the distance metric.
pub(crate) const METRIC: &str = "datus:metric";
/// On the result column `_relevance_score`: the reranker that combined the ranks and scores of two legs.
pub(crate) const FUSED_BY: &str = "datus:fused_by";
/// On the result column `_relevance_score`: the reranker that ordered the rows.
pub(crate) const RERANKED_BY: &str = "datus:reranked_by";
/// On a column with a scalar index: its kind.
pub(crate) const INDEX: &str = "datus:index";
/// On a column with full-text search: the options.
pub(crate) const FTS: &str = "datus:fts";
/// On a vector column: the measured recall and the search parameters of its index.
#[cfg(feature = "store")]
pub(crate) const TUNED: &str = "datus:vector_index";
/// On a vector column: the model's identity, one key per property.
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
/// On a vector column: the vector that the model computed for [`PROBE_TEXT`](crate::model::PROBE_TEXT) when the column was
/// created.
#[cfg(feature = "store")]
pub(crate) const PROBE: &str = "datus:model.probe";
/// The suffix of the name of a standby vector column. A record's field names must not end with it.
#[cfg(any(feature = "store", test))]
pub(crate) const STANDBY: &str = "__standby";
/// The keys of a model's identity.
#[cfg(feature = "store")]
pub(crate) const MODEL: [&str; 6] =
    [MODEL_ID, MODEL_REVISION, MODEL_DIMENSION, MODEL_NORMALIZED, MODEL_DOCUMENT_PREFIX, MODEL_QUERY_PREFIX];
