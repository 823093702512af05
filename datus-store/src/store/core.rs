use std::fmt;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;

use super::group::SharedCalls;
use super::ingest::Keys;
use super::key_cache::KeyCache;
use super::now::LastKnown;
use crate::backend::{self, Assignment, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EmbeddingModel, ModelIdentity};
use crate::record::{ColumnPath, RecordDef, VectorDef};

/// A store without its record type. The logic uses only this type, so it is compiled once for all records.
pub(crate) struct Core {
    /// The description of the record.
    pub(super) record: RecordDef,
    /// The schema of the rows that are written: the columns of the record and its vectors.
    pub(super) schema: SchemaRef,
    /// The schema that the table had when it was opened.
    pub(super) opened: SchemaRef,
    /// The table.
    pub(super) table: Table,
    /// The models in the record's order, followed by the models of standby vectors.
    pub(super) models: Vec<Arc<dyn EmbeddingModel>>,
    /// The number of each vector of `record` in the record's Rust type. Standby vectors come last, with the numbers
    /// of the vectors that they replace later.
    pub(super) numbers: Vec<usize>,
    /// The columns of the record that the table has, in order of declaration.
    pub(super) columns: Vec<ColumnPath>,
    /// The columns of the record that the table lacks; all have a default.
    pub(super) missing: Vec<&'static str>,
    /// The vector columns, in order of declaration.
    pub(super) vector_columns: Vec<&'static str>,
    /// The ids of the models of `vector_columns`.
    pub(super) vector_models: Vec<Arc<str>>,
    /// Information about the newest version of the table that was searched.
    pub(super) known: LastKnown,
    /// The keys of the table's fragments.
    pub(super) keys_in_memory: KeyCache,
    /// The calls that small writes share, one queue for each model.
    pub(super) shared_calls: Vec<Arc<SharedCalls>>,
}

impl Core {
    /// Creates the core for a table that matches the record, with its models.
    pub(super) fn new(
        record: RecordDef,
        table: Table,
        models: Vec<Arc<dyn EmbeddingModel>>,
        opened: SchemaRef,
    ) -> Self {
        let identities: Vec<ModelIdentity> = models.iter().map(|model| model.identity().clone()).collect();
        let (present, missing): (Vec<&'static str>, Vec<&'static str>) = record
            .fields
            .iter()
            .map(|field| field.name)
            .partition(|name| opened.field_with_name(name).is_ok());
        let vector_models = record.vectors.iter().filter_map(|vector| identities.get(vector.model));
        Self {
            columns: present.into_iter().map(ColumnPath::column).collect(),
            missing,
            vector_columns: record.vectors.iter().map(|vector| vector.name).collect(),
            vector_models: vector_models.map(|identity| identity.id.as_str().into()).collect(),
            numbers: (0..record.vectors.len()).collect(),
            known: LastKnown::default(),
            keys_in_memory: KeyCache::default(),
            shared_calls: models.iter().map(SharedCalls::new).collect(),
            schema: record.arrow_schema(&identities),
            opened,
            record,
            table,
            models,
        }
    }

    /// Returns the number of values of a vector of the column.
    pub(super) fn dimension(&self, vector: &VectorDef) -> usize {
        self.models.get(vector.model).map_or(0, |model| model.identity().dimension)
    }

    /// Returns the names of the key's columns, in the key's order. It is empty for a record without a key.
    pub(super) fn key_columns(&self) -> Vec<&'static str> {
        let fields = self.record.key.iter().filter_map(|&position| self.record.fields.get(position));
        fields.map(|field| field.name).collect()
    }

    /// Applies assignments to stored rows, and returns the columns of the record.
    pub(super) fn assigned(&self, rows: &RecordBatch, assignments: &[Assignment]) -> Result<RecordBatch> {
        let names: Vec<&str> = self.record.fields.iter().map(|field| field.name).collect();
        backend::assigned(rows, assignments, &self.schema, &names)
    }

    /// Returns the keys of rows that were read.
    pub(super) fn keys_of(&self, batch: &RecordBatch) -> Result<Keys> {
        let columns = self.key_columns().into_iter().map(|name| Ok((name, column(batch, name)?)));
        Keys::new(columns.collect::<Result<_>>()?)
    }
}

/// Returns a column of an answer.
pub(super) fn column(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    batch
        .column_by_name(name)
        .cloned()
        .ok_or_else(|| Error::new(ErrorKind::Engine, "LanceDB's answer lacks the column").with_column(name))
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("record", &self.record.record)
            .field("table", &self.record.table)
            .finish()
    }
}
