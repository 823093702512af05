//! The core of a store, and what it keeps in memory about its table.

mod key_cache;
mod keys;
mod live;
mod queue;
mod shared_calls;
mod table_info;

use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema, SchemaRef};

use self::key_cache::KeyCache;
pub(in crate::store) use self::key_cache::READ_AT_ONCE;
pub(in crate::store) use self::keys::{Fingerprint, Keys};
pub(in crate::store) use self::live::{LiveComparison, LiveSearches};
pub(in crate::store) use self::queue::Queue;
pub(in crate::store) use self::shared_calls::SharedCalls;
pub(in crate::store) use self::table_info::{TableInfo, TableInfoCache};
use super::arrow::column;
use super::extra_columns::ExtraColumns;
use crate::backend::{self, Assignment, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AvailableModels, EmbeddingModel, ModelIdentity};
use crate::record::{ColumnPath, RecordDef, VectorDef, VectorLayout};

/// A store without its record type. The logic uses only this type, so it is compiled once for all records.
pub(crate) struct Core {
    /// The description of the record.
    pub(super) record: RecordDef,
    /// The schema of the rows that are written: the columns of the record and its vectors.
    pub(super) schema: SchemaRef,
    /// The schema that the table had when it was opened.
    pub(super) opened: SchemaRef,
    /// The behavior for columns that the record lacks.
    pub(super) extra_columns: ExtraColumns,
    /// The table.
    pub(super) table: Table,
    /// The models in the record's order, followed by the models of standby vectors.
    pub(super) models: Vec<Arc<dyn EmbeddingModel>>,
    /// The models that the table was opened with, without those that were absent.
    pub(super) given: AvailableModels,
    /// The version that the core reads, or `None` if it reads the newest one.
    pub(super) version: Option<u64>,
    /// The number of each vector of `record` in the record's Rust type. Standby vectors come last, with the numbers
    /// of the vectors that they replace later.
    pub(super) vector_numbers: Vec<usize>,
    /// The columns of the record that the table has, in order of declaration.
    pub(super) columns: Vec<ColumnPath>,
    /// The columns of the record that the table lacks; all have a default.
    pub(super) missing: Vec<&'static str>,
    /// The vector columns, in order of declaration.
    pub(super) vector_columns: Vec<&'static str>,
    /// The ids of the models of `vector_columns`.
    pub(super) vector_models: Vec<Arc<str>>,
    /// Information about the newest version of the table that was searched.
    pub(super) info_cache: TableInfoCache,
    /// The keys of the table's fragments.
    pub(super) keys_in_memory: KeyCache,
    /// The calls that small writes share, one queue for each model.
    pub(super) shared_calls: Vec<Arc<SharedCalls>>,
    /// The searches that were repeated exactly.
    pub(super) live_searches: Arc<LiveSearches>,
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
            vector_numbers: (0..record.vectors.len()).collect(),
            info_cache: TableInfoCache::default(),
            keys_in_memory: KeyCache::default(),
            shared_calls: models.iter().map(SharedCalls::new).collect(),
            live_searches: Arc::default(),
            schema: record.arrow_schema(&identities),
            given: models.iter().cloned().map(Some).collect(),
            version: None,
            opened,
            extra_columns: ExtraColumns::default(),
            record,
            table,
            models,
        }
    }

    /// Returns the core, with the models that the table was opened with.
    pub(super) fn with_given(self, given: AvailableModels) -> Self {
        Self { given, ..self }
    }

    /// Returns the core of a table that is pinned to a version.
    pub(super) fn at_version(self, version: u64) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Sets the behavior for columns that the record lacks.
    pub(super) fn with_extra_columns(self, extra_columns: ExtraColumns) -> Self {
        Self { extra_columns, ..self }
    }

    /// Returns a core that reads as before, and also writes standby columns as if they were additional vectors of the
    /// record. Each standby column has the number of the vector that it replaces later. `models` are the models of all
    /// vectors of the record. `opened` is the schema of the table with the standby columns.
    pub(super) fn with_standby(
        &self,
        standby: &[(usize, &'static str, Field)],
        models: &[Arc<dyn EmbeddingModel>],
        opened: SchemaRef,
    ) -> Result<Self> {
        let mut record = self.record.clone();
        let mut vector_numbers = self.vector_numbers.clone();
        let mut fields: Vec<Field> = self.schema.fields().iter().map(|field| Field::clone(field)).collect();
        for (number, name, field) in standby {
            let definition = self.vector(*number)?.clone();
            let model = definition.model + self.models.len();
            record.vectors.push(VectorDef { name, model, ..definition });
            vector_numbers.push(*number);
            fields.push(field.clone());
        }
        let models: Vec<Arc<dyn EmbeddingModel>> = self.models.iter().chain(models).cloned().collect();
        Ok(Self {
            record,
            vector_numbers,
            schema: Arc::new(Schema::new_with_metadata(fields, self.schema.metadata().clone())),
            opened,
            extra_columns: self.extra_columns,
            table: self.table.clone(),
            keys_in_memory: KeyCache::default(),
            shared_calls: models.iter().map(SharedCalls::new).collect(),
            given: self.given.clone(),
            version: self.version,
            models,
            columns: self.columns.clone(),
            missing: self.missing.clone(),
            vector_columns: self.vector_columns.clone(),
            vector_models: self.vector_models.clone(),
            info_cache: TableInfoCache::default(),
            live_searches: Arc::clone(&self.live_searches),
        })
    }

    /// Returns the name of the table.
    pub(super) fn table_name(&self) -> &str {
        &self.record.table
    }

    /// Returns the definition of a vector.
    ///
    /// # Errors
    /// `Engine` if the record does not have a vector with this number.
    pub(super) fn vector(&self, number: usize) -> Result<&VectorDef> {
        let missing = || Error::new(ErrorKind::Engine, format!("the record has no vector number {number}"));
        self.record.vectors.get(number).ok_or_else(missing)
    }

    /// Returns the model of a vector.
    ///
    /// # Errors
    /// `Engine` if the store has fewer models than its record names.
    pub(super) fn model(&self, vector: &VectorDef) -> Result<&Arc<dyn EmbeddingModel>> {
        self.models.get(vector.model).ok_or_else(|| {
            Error::new(ErrorKind::Engine, "the store has no model for the vector column")
                .with_column(vector.name)
        })
    }

    /// Returns the number of values of a vector of the column.
    pub(super) fn dimension(&self, vector: &VectorDef) -> usize {
        self.models.get(vector.model).map_or(0, |model| model.identity().dimension)
    }

    /// Returns the layout of a vector column.
    pub(super) fn layout(&self, vector: &VectorDef) -> VectorLayout {
        vector.layout(self.dimension(vector))
    }

    /// Returns the names of the key's columns, in the key's order. It is empty for a record without a key.
    pub(super) fn key_columns(&self) -> Vec<&'static str> {
        self.record.key_fields().map(|field| field.name).collect()
    }

    /// Returns the names of the key's columns that are indexed for lookups by key: those that are not part of the scope, which
    /// has indexes of its own.
    pub(super) fn own_key_columns(&self) -> Vec<&'static str> {
        self.record.own_key_fields().map(|field| field.name).collect()
    }

    /// Applies assignments to stored rows, and returns the columns of the record.
    pub(super) fn apply_assignments(
        &self,
        rows: &RecordBatch,
        assignments: &[Assignment],
    ) -> Result<RecordBatch> {
        let names: Vec<&str> = self.record.fields.iter().map(|field| field.name).collect();
        backend::apply_assignments(rows, assignments, &self.schema, &names)
    }

    /// Returns the keys of rows that were read.
    pub(super) fn keys_of(&self, batch: &RecordBatch) -> Result<Keys> {
        let columns = self.key_columns().into_iter().map(|name| Ok((name, column(batch, name)?)));
        Keys::new(columns.collect::<Result<_>>()?)
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("record", &self.record.record)
            .field("table", &self.table_name())
            .finish()
    }
}
