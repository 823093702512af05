//! Records the roles of the columns, the key and the models of a table that another program created.
//!
//! `check.rs` compares the table with the record, `vectors.rs` compares stored vectors with those of the models, and
//! `commit.rs` checks the rows and writes the metadata, in one commit that follows the version that was checked.

mod check;
mod commit;
mod vectors;

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use futures::future::BoxFuture;

use self::check::AdoptionCheck;
use self::commit::commit;
pub use self::vectors::AdoptedVector;
use self::vectors::{Settings, compare};
use super::probes::with_probes;
use crate::backend::Connection;
use crate::error::{Error, ErrorKind, Result};
use crate::model::EmbeddingModel;
use crate::record::{EmbeddingRecord, keys};
use crate::store::extra_columns::ExtraColumns;
use crate::store::python::PythonModel;
use crate::store::target::{TableRequest, Target};
use crate::store::traced;
use crate::store::vectors::check_cosine;
use crate::store::write::ingest::{TextsOf, texts_of};

/// The default number of rows whose texts are embedded.
const SAMPLE: usize = 100;

/// The default minimum mean cosine similarity. The same weights on a different runtime or with 16-bit floats stay above it.
/// Models of the same family, or the same model with different prefixes, stay below it.
const THRESHOLD: f32 = 0.99;

/// Adopts a table when awaited. Created by [`Database::adopt`](crate::Database::adopt).
#[must_use = "nothing is adopted until it is awaited"]
pub struct Adopt<'a, R> {
    connection: &'a Connection,
    models: Result<Vec<Arc<dyn EmbeddingModel>>>,
    table: Option<String>,
    settings: Settings,
    extra_columns: ExtraColumns,
    record: std::marker::PhantomData<fn() -> R>,
}

/// The result of [`Database::adopt`](crate::Database::adopt).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Adopted {
    /// The number of rows in the table.
    pub rows: usize,
    /// The vectors of the record, in order of declaration. It is empty if the table had already been adopted.
    pub vectors: Vec<AdoptedVector>,
    /// The version with the new metadata, or `None` if the table already had it.
    pub version: Option<u64>,
}

impl<'a, R: EmbeddingRecord> Adopt<'a, R> {
    pub(crate) fn new(connection: &'a Connection, models: Result<Vec<Arc<dyn EmbeddingModel>>>) -> Self {
        let settings = Settings { sample: SAMPLE, threshold: THRESHOLD };
        let extra_columns = ExtraColumns::default();
        Self { connection, models, table: None, settings, extra_columns, record: std::marker::PhantomData }
    }
}

impl<R> Adopt<'_, R> {
    /// Adopts the table with this name. By default, the name is the one that the record declares.
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a name that a table cannot have.
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.table = Some(name.into());
        self
    }

    /// Sets the number of stored vectors that are compared with the model. 100 by default. The rows are chosen at random.
    ///
    /// 0 compares nothing. Use 0 only if you know that the model computed the vectors, and calling the model would cost too
    /// much.
    pub fn sample(mut self, rows: usize) -> Self {
        self.settings.sample = rows;
        self
    }

    /// Sets the minimum mean cosine similarity. 0.99 by default. An 8-bit version of the model that computed the vectors may
    /// need a lower minimum.
    pub fn threshold(mut self, cosine: f32) -> Self {
        self.settings.threshold = cosine;
        self
    }

    /// Sets the behavior for columns of the table that the record lacks, as
    /// [`Open::extra_columns`](crate::Open::extra_columns) does. [`ExtraColumns::Refuse`] by default.
    pub fn extra_columns(mut self, behavior: ExtraColumns) -> Self {
        self.extra_columns = behavior;
        self
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for Adopt<'a, R> {
    type Output = Result<Adopted>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { connection, models, table, settings, extra_columns, record: _ } = self;
        Box::pin(async move {
            let traced = traced!("adopt", table.as_deref().unwrap_or(R::TABLE));
            let adopt = async {
                let models = models?.into_iter().map(Some).collect();
                let request = TableRequest::new::<R>(models, table)?.with_extra_columns(extra_columns);
                Box::pin(adopt(connection, request.resolve(None)?, settings, texts_of::<R>)).await
            };
            traced.run(adopt, |adopted| adopted.rows).await
        })
    }
}

impl<R> fmt::Debug for Adopt<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adopt")
            .field("settings", &self.settings)
            .field("extra_columns", &self.extra_columns)
            .finish_non_exhaustive()
    }
}

async fn adopt(
    connection: &Connection,
    target: Target,
    settings: Settings,
    texts_of: TextsOf,
) -> Result<Adopted> {
    check_cosine(settings.threshold)?;
    let missing = || {
        Error::new(ErrorKind::TableNotFound, "the table does not exist")
            .with_help("`Database::store` creates it when it is opened")
    };
    let table = connection.open_table(&target.record.table).await?.ok_or_else(missing)?;
    let stored = table.schema().await?;
    let python = PythonModel::read(&stored)?;
    let rows = table.rows().await?;
    let check = AdoptionCheck::new(&target, &stored, &python)?;
    if check.is_adopted {
        return Ok(Adopted { rows, vectors: Vec::new(), version: None });
    }
    check.check_rows(&table).await?;
    let vectors = compare(&table, &target, &stored, &python, settings, texts_of).await?;
    let mut schema = with_probes(&target.schema, &target.record, &target.models).await?;
    if !stored.metadata().contains_key(keys::TABLE_ID) {
        schema = super::with_table_id(&schema);
    }
    let version = commit(&table, target, schema).await?;
    Ok(Adopted { rows, vectors, version: Some(version) })
}
