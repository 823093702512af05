use std::fmt;
use std::sync::Arc;

use arrow_schema::SchemaRef;

use crate::backend::Table;
use crate::model::EmbeddingModel;
use crate::record::{ColumnPath, RecordDef};

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

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("record", &self.record.record)
            .field("table", &self.record.table)
            .finish()
    }
}
