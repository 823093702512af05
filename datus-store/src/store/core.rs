use std::fmt;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;

use super::ingest::Keys;
use crate::backend::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::model::EmbeddingModel;
use crate::record::{ColumnPath, RecordDef, VectorDef};

/// A store without its record type: everything that logic needs, so that it is compiled once.
pub(crate) struct Core {
    /// The description of the record.
    pub(super) record: RecordDef,
    /// The schema that the record wants, with the vectors.
    pub(super) schema: SchemaRef,
    /// The table.
    pub(super) table: Table,
    /// The models, in the record's order.
    pub(super) models: Vec<Arc<dyn EmbeddingModel>>,
    /// The columns of the record that the table has, in order of declaration.
    pub(super) columns: Vec<ColumnPath>,
    /// The columns of the record that the table lacks; all have a default.
    pub(super) missing: Vec<&'static str>,
    /// The vector columns, in order of declaration, and the ids of their models.
    pub(super) vector_columns: Vec<&'static str>,
    pub(super) vector_models: Vec<Arc<str>>,
}

impl Core {
    /// How many values a vector of the column has.
    pub(super) fn dimension(&self, vector: &VectorDef) -> usize {
        self.models.get(vector.model).map_or(0, |model| model.identity().dimension)
    }

    /// The names of the key's columns, in the key's order; empty without a key.
    pub(super) fn key_columns(&self) -> Vec<&'static str> {
        let fields = self.record.key.iter().filter_map(|&position| self.record.fields.get(position));
        fields.map(|field| field.name).collect()
    }

    /// The keys of rows that were read.
    pub(super) fn keys_of(&self, batch: &RecordBatch) -> Result<Keys> {
        let columns = self.key_columns().into_iter().map(|name| Ok((name, column(batch, name)?)));
        Keys::new(columns.collect::<Result<_>>()?)
    }
}

/// A column of an answer.
pub(super) fn column(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    batch.column_by_name(name).cloned().ok_or_else(|| {
        Error::new(ErrorKind::Engine, "the engine's answer lacks the column").with_column(name)
    })
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("record", &self.record.record)
            .field("table", &self.record.table)
            .finish()
    }
}
