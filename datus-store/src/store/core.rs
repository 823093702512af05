//! The core of a store, and its caches of information about the table.

mod key_cache;
mod keys;
mod live;
mod queue;
mod shadow;
mod shared_calls;
mod table_info;
mod vector;

use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Field, FieldRef, Fields, Schema, SchemaRef};

use self::key_cache::KeyCache;
pub(in crate::store) use self::key_cache::READ_AT_ONCE;
pub(in crate::store) use self::keys::{Fingerprint, Keys};
pub(in crate::store) use self::live::{LiveComparison, LiveSearches};
pub(in crate::store) use self::queue::Queue;
pub(in crate::store) use self::shadow::Shadow;
pub use self::shadow::ShadowOverlap;
pub(in crate::store) use self::shared_calls::SharedCalls;
pub(in crate::store) use self::table_info::{TableInfo, TableInfoCache};
pub(in crate::store) use self::vector::StoreVector;
use super::arrow::column;
use super::extra_columns::ExtraColumns;
use crate::backend::{self, Assignment, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AvailableModels, EmbeddingModel, ModelIdentity};
use crate::record::{ColumnPath, RecordDef};

/// A store without its record type. The logic uses only this type, so it is compiled once for all records.
pub(crate) struct Core {
    /// The description of the record, without standby columns.
    pub(super) record: RecordDef,
    /// The schema of the rows that are written: the columns of the record, and `vectors`.
    pub(super) schema: SchemaRef,
    /// The schema that the table had when it was opened.
    pub(super) opened: SchemaRef,
    /// The behavior for columns that the record lacks.
    pub(super) extra_columns: ExtraColumns,
    /// The table.
    pub(super) table: Table,
    /// The vector columns of the record, in order of declaration, and after them the standby columns that are also written.
    pub(super) vectors: Vec<StoreVector>,
    /// The models that the table was opened with; an absent model is `None`.
    pub(super) given: AvailableModels,
    /// The version that the core reads, or `None` if it reads the newest one.
    pub(super) version: Option<u64>,
    /// The columns of the record that the table has, in order of declaration.
    pub(super) columns: Vec<ColumnPath>,
    /// The columns of the record that the table lacks; all have a default.
    pub(super) missing: Vec<&'static str>,
    /// Information about the newest version of the table that was searched.
    pub(super) info_cache: TableInfoCache,
    /// The keys of the table's fragments.
    pub(super) keys_in_memory: KeyCache,
    /// The searches that were repeated as exact searches.
    pub(super) live_searches: Arc<LiveSearches>,
    /// The sample of searches that are repeated in standby columns; `None` if no searches are repeated.
    pub(super) shadow: Option<Arc<Shadow>>,
}

impl Core {
    /// Creates the core for a table that matches the record, with its models.
    ///
    /// # Errors
    /// `Engine` if there are fewer models than the record names.
    pub(super) fn new(
        record: RecordDef,
        table: Table,
        models: &[Arc<dyn EmbeddingModel>],
        opened: SchemaRef,
    ) -> Result<Self> {
        let identities: Vec<ModelIdentity> = models.iter().map(|model| model.identity().clone()).collect();
        let vectors = StoreVector::of_record(&record, models)?;
        let schema = record.arrow_schema(&identities);
        let given = models.iter().cloned().map(Some).collect();
        Ok(Self::of_vectors(record, vectors, schema, table, opened).with_given(given))
    }

    /// Creates a core without models and with empty caches.
    fn of_vectors(
        record: RecordDef,
        vectors: Vec<StoreVector>,
        schema: SchemaRef,
        table: Table,
        opened: SchemaRef,
    ) -> Self {
        let (present, missing): (Vec<&'static str>, Vec<&'static str>) = record
            .fields
            .iter()
            .map(|field| field.name)
            .partition(|name| opened.field_with_name(name).is_ok());
        Self {
            columns: present.into_iter().map(ColumnPath::column).collect(),
            missing,
            vectors,
            info_cache: TableInfoCache::default(),
            keys_in_memory: KeyCache::default(),
            live_searches: Arc::default(),
            shadow: None,
            schema,
            given: AvailableModels::default(),
            version: None,
            opened,
            extra_columns: ExtraColumns::default(),
            record,
            table,
        }
    }

    /// Sets the models that the table was opened with.
    pub(super) fn with_given(self, given: AvailableModels) -> Self {
        Self { given, ..self }
    }

    /// Sets the behavior for columns that the record lacks.
    pub(super) fn with_extra_columns(self, extra_columns: ExtraColumns) -> Self {
        Self { extra_columns, ..self }
    }

    /// Returns a core that reads one version of the table, without standby columns. `opened` is the schema of that
    /// version.
    pub(super) fn pinned(&self, table: Table, version: u64, opened: SchemaRef) -> Self {
        let own = self.record.fields.len() + self.record.vectors.len();
        let fields: Fields = self.schema.fields().iter().take(own).cloned().collect();
        let schema = Arc::new(Schema::new_with_metadata(fields, self.schema.metadata().clone()));
        let vectors = self.own_vectors().cloned().collect();
        Self {
            given: self.given.clone(),
            extra_columns: self.extra_columns,
            version: Some(version),
            ..Self::of_vectors(self.record.clone(), vectors, schema, table, opened)
        }
    }

    /// Returns a core that reads as before, and also writes standby columns as if they were additional vectors of the
    /// record. `models` are the new models of all vectors of the record. `opened` is the schema of the table with the
    /// standby columns.
    pub(super) fn with_standby(
        &self,
        standby: Vec<StandbyVector>,
        models: &[Arc<dyn EmbeddingModel>],
        opened: SchemaRef,
    ) -> Result<Self> {
        let replacing = StoreVector::of_record(&self.record, models)?;
        let mut vectors = self.vectors.clone();
        let mut fields: Vec<FieldRef> = self.schema.fields().iter().cloned().collect();
        for StandbyVector { vector, name, field } in standby {
            vectors.push(replacing.get(vector).ok_or_else(|| no_vector(vector))?.to_standby(name));
            fields.push(Arc::new(field));
        }
        let schema = Arc::new(Schema::new_with_metadata(fields, self.schema.metadata().clone()));
        Ok(Self {
            extra_columns: self.extra_columns,
            given: self.given.clone(),
            version: self.version,
            columns: self.columns.clone(),
            missing: self.missing.clone(),
            live_searches: Arc::clone(&self.live_searches),
            ..Self::of_vectors(self.record.clone(), vectors, schema, self.table.clone(), opened)
        })
    }

    /// Sets the sample of searches that are repeated in standby columns.
    pub(super) fn with_shadow(self, shadow: Option<Arc<Shadow>>) -> Self {
        Self { shadow, ..self }
    }

    /// Returns the overlap of each vector column with its standby column, if searches were repeated.
    pub(super) fn shadow_overlaps(&self) -> Vec<ShadowOverlap> {
        let Some(shadow) = &self.shadow else { return Vec::new() };
        let standby = self.vectors.iter().skip(self.record.vectors.len());
        let overlap = |standby: &StoreVector| {
            shadow.overlap(self.vectors.get(standby.number)?.name(), &standby.model_id)
        };
        standby.filter_map(overlap).collect()
    }

    /// Returns the name of the table.
    pub(super) fn table_name(&self) -> &str {
        &self.record.table
    }

    /// Returns the vector at this position among all vectors. The record's own vectors come first, so their positions equal
    /// their numbers.
    ///
    /// # Errors
    /// `Engine` if the store has fewer vectors.
    pub(super) fn vector(&self, position: usize) -> Result<&StoreVector> {
        self.vectors.get(position).ok_or_else(|| no_vector(position))
    }

    /// Returns a vector by the name of its column.
    ///
    /// # Errors
    /// `Engine` if the store does not have the column.
    pub(super) fn vector_column(&self, name: &str) -> Result<&StoreVector> {
        let missing = || Error::new(ErrorKind::Engine, "the store has no such vector").with_column(name);
        self.vectors.iter().find(|vector| vector.name() == name).ok_or_else(missing)
    }

    /// Returns the vectors of the record, without standby columns.
    pub(super) fn own_vectors(&self) -> impl Iterator<Item = &StoreVector> {
        self.vectors.iter().take(self.record.vectors.len())
    }

    /// Returns the names of the vector columns that are written, including standby columns.
    pub(super) fn vector_names(&self) -> impl Iterator<Item = &'static str> {
        self.vectors.iter().map(StoreVector::name)
    }

    /// Returns the names of the key's columns, in the key's order. It is empty for a record without a key.
    pub(super) fn key_columns(&self) -> Vec<&'static str> {
        self.record.key_fields().map(|field| field.name).collect()
    }

    /// Returns the names of the key's columns that are indexed for lookups by key: those that are not part of the scope,
    /// whose columns have their own indexes.
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

/// A standby column to write.
pub(super) struct StandbyVector {
    /// The position of the vector that the column will replace.
    pub(super) vector: usize,
    pub(super) name: &'static str,
    pub(super) field: Field,
}

fn no_vector(number: usize) -> Error {
    Error::new(ErrorKind::Engine, format!("the record has no vector number {number}"))
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("record", &self.record.record)
            .field("table", &self.table_name())
            .finish()
    }
}
