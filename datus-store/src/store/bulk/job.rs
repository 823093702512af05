use std::fmt;
use std::marker::PhantomData;

use arrow_array::ArrayRef;
use arrow_schema::Schema;
use serde::{Deserialize, Serialize};

use super::models::PinnedModel;
use super::partition::parts_of;
use crate::backend::{BulkVersion, StoredColumn};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Keyed, encode_columns, keys};
use crate::store::core::Core;
use crate::store::restriction::Restriction;

/// The format version of jobs and parts. A job with a different format version is refused.
const FORMAT: u32 = 1;

/// A bulk job. It pins everything that the processes writing its parts must agree on. Returned by
/// [`Bulk::start`](crate::Bulk::start).
///
/// It is a small value without secrets, which serde can serialize for other machines. [`id`](Self::id) identifies it.
/// It pins the table, its columns, the models, each with its vector of the [probe text](crate::model::PROBE_TEXT), the
/// number of parts, and for a [scoped store](crate::Store::scoped) the scope.
///
/// A job that is no longer needed does not have to be stopped, but [`abandon`](Self::abandon) removes its files.
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct BulkJob<R> {
    pub(super) data: JobData,
    #[serde(skip)]
    record: PhantomData<fn() -> R>,
}

/// The data of a job, without its record type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct JobData {
    format: u32,
    pub(super) id: String,
    pub(super) table: String,
    /// The id of the table, or `None` for a table that an older version or another client created.
    table_id: Option<String>,
    /// The version of the table at the start.
    pub(super) version: u64,
    pub(super) parts: u32,
    key: Vec<String>,
    /// The scope of the store that started the job, as text. Empty if the store has no scope.
    scope: String,
    columns: Vec<StoredColumn>,
    pub(super) models: Vec<PinnedModel>,
}

impl<R> BulkJob<R> {
    pub(super) fn new(data: JobData) -> Self {
        Self { data, record: PhantomData }
    }

    /// Returns the random id of the job, 32 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.data.id
    }

    /// Returns the name of the table.
    pub fn table_name(&self) -> &str {
        &self.data.table
    }

    /// Returns the number of parts. Parts are numbered from 0.
    pub fn parts(&self) -> u32 {
        self.data.parts
    }

    /// Returns the version of the table at the start of the job.
    pub fn version(&self) -> u64 {
        self.data.version
    }
}

impl<R: Keyed> BulkJob<R> {
    /// Returns the number of the part that a row belongs to: a hash of its key, scaled to the number of parts.
    ///
    /// The hash is the same on every machine and in every release. For many rows, [`parts_of`](Self::parts_of) is faster.
    ///
    /// # Errors
    /// `InvalidInput` when a value of the row does not fit its column.
    pub fn part_of(&self, row: &R) -> Result<u32> {
        let parts = self.parts_of([row])?;
        parts.first().copied().ok_or_else(|| Error::new(ErrorKind::Engine, "the row was not encoded"))
    }

    /// Returns the numbers of the parts that rows belong to, in the order of the rows.
    ///
    /// # Errors
    /// `InvalidInput` when a value of a row does not fit its column.
    pub fn parts_of<'a>(&self, rows: impl IntoIterator<Item = &'a R>) -> Result<Vec<u32>>
    where
        R: 'a,
    {
        let rows: Vec<&R> = rows.into_iter().collect();
        let columns = encode_columns(&rows)?;
        let key: Vec<ArrayRef> =
            R::definition().key.iter().filter_map(|&position| columns.get(position).cloned()).collect();
        parts_of(self.data.parts, &key)
    }
}

impl JobData {
    pub(super) fn new(
        core: &Core,
        restriction: &Restriction,
        at: &BulkVersion,
        parts: u32,
        models: Vec<PinnedModel>,
    ) -> Self {
        Self {
            format: FORMAT,
            id: format!("{:032x}", fastrand::u128(..)),
            table: core.table_name().to_owned(),
            table_id: table_id(at.schema()),
            version: at.version(),
            parts,
            key: key_columns(core),
            scope: restriction.scope_text(),
            columns: at.columns(),
            models,
        }
    }

    /// Fails if the store's table or scope is not the job's.
    ///
    /// # Errors
    /// `InvalidInput` if either differs; `Unsupported` for a job from another version of this crate.
    pub(super) fn check_store(&self, core: &Core, restriction: &Restriction, at: &BulkVersion) -> Result<()> {
        if self.format != FORMAT {
            let message =
                format!("the job has the format {}, but this program supports {FORMAT}", self.format);
            return Err(Error::new(ErrorKind::Unsupported, message)
                .with_help("use the same version of datus-store in all processes of a job"));
        }
        if self.table != core.table_name() {
            let message = format!("the job is for the table `{}`", self.table);
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_help("open the table of the job: `db.store(model).table(job.table_name())`"));
        }
        if self.table_id != table_id(at.schema()) {
            let message = "the job is for a different table with the same name";
            return Err(Error::new(ErrorKind::InvalidInput, message).with_help(
                "connect to the database of the job; if the table was created again, start a new job",
            ));
        }
        if self.scope != restriction.scope_text() {
            let message = match (self.scope.as_str(), restriction.scope_text()) {
                ("", own) => format!("the job has no scope, but the store writes rows of {own}"),
                (scope, own) if own.is_empty() => {
                    format!("the job writes rows of {scope}, but the store has no scope")
                }
                (scope, own) => format!("the job writes rows of {scope}, but the store writes rows of {own}"),
            };
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_help("use the store of the same scope: `store.scoped(…)`"));
        }
        Ok(())
    }

    /// Fails if the columns of the table have changed since the start of the job.
    ///
    /// # Errors
    /// `SchemaMismatch`, with the column.
    pub(super) fn check_columns(&self, core: &Core, at: &BulkVersion) -> Result<()> {
        let now = at.columns();
        let differs = |one: &[StoredColumn], other: &[StoredColumn]| {
            one.iter().find(|column| !other.contains(column)).map(|column| column.name.clone())
        };
        let column = differs(&self.columns, &now).or_else(|| differs(&now, &self.columns));
        let column = column.or_else(|| (self.key != key_columns(core)).then(|| self.key.join(", ")));
        let Some(column) = column else { return Ok(()) };
        let message = "the column has been added, dropped, changed or re-embedded since the job started";
        Err(Error::new(ErrorKind::SchemaMismatch, message)
            .with_help(
                "abandon the job and start a new one: the files that were written do not fit the table",
            )
            .with_column(column))
    }
}

fn table_id(schema: &Schema) -> Option<String> {
    schema.metadata().get(keys::TABLE_ID).cloned()
}

fn key_columns(core: &Core) -> Vec<String> {
    core.key_columns().into_iter().map(str::to_owned).collect()
}

impl<R> Clone for BulkJob<R> {
    fn clone(&self) -> Self {
        Self::new(self.data.clone())
    }
}

impl<R> PartialEq for BulkJob<R> {
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}

impl<R> fmt::Debug for BulkJob<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkJob")
            .field("id", &self.data.id)
            .field("table", &self.data.table)
            .field("parts", &self.data.parts)
            .finish_non_exhaustive()
    }
}
