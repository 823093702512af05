//! Reads the changed rows in full.

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};

use super::change::Change;
use super::compare::{AddressedChange, Comparison};
use crate::backend::DifferingRows;
use crate::error::{Error, ErrorKind, Result};
use crate::query::Predicate;
use crate::record::{self, EmbeddingRecord};
use crate::store::core::Core;

/// The number of changes whose rows are read together.
const BATCH: usize = 1024;

/// The changed rows between two versions.
pub(super) struct ChangedRows {
    changes: Comparison,
    old: Version,
    new: Version,
}

/// One of the two versions.
struct Version {
    core: Core,
    number: u64,
    rows: DifferingRows,
}

/// Compares two versions.
pub(super) async fn changed_rows(old: Core, new: Core, filter: &Predicate) -> Result<ChangedRows> {
    let common: Vec<&str> = columns(&old).filter(|name| columns(&new).any(|other| other == *name)).collect();
    let (of_old, of_new) = old.table.differing_rows(&new.table, &common).await?;
    tracing::debug!(
        target: "datus_store",
        table = new.table_name(),
        old = of_old.count(),
        new = of_new.count(),
        "rows that can differ between two versions are compared"
    );
    let filter = Some(filter).filter(|filter| !matches!(filter, Predicate::Constant(true)));
    let changes = Comparison::new(&new, &of_old, &of_new, &common, filter).await?;
    let (old, new) = (Version::new(old, of_old).await?, Version::new(new, of_new).await?);
    Ok(ChangedRows { changes, old, new })
}

fn columns(core: &Core) -> impl Iterator<Item = &'static str> + '_ {
    core.columns.iter().map(|column| column.root())
}

impl Version {
    async fn new(core: Core, rows: DifferingRows) -> Result<Self> {
        let number = core.table.version().await?;
        Ok(Self { core, number, rows })
    }

    /// Reads rows by their addresses, in the order of the addresses.
    async fn take<R: EmbeddingRecord>(&self, addresses: &[u64]) -> Result<Vec<R>> {
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let columns: Vec<&str> = columns(&self.core).collect();
        record::decode(&self.rows.take(addresses, &columns).await?)
    }
}

impl ChangedRows {
    pub(super) fn since(&self) -> u64 {
        self.old.number
    }

    pub(super) fn until(&self) -> u64 {
        self.new.number
    }

    pub(super) fn into_stream<R: EmbeddingRecord>(self) -> BoxStream<'static, Result<Change<R>>> {
        let batches = stream::try_unfold(self, |mut rows| async move {
            let next = rows.next_batch().await;
            let table = rows.new.core.table_name().to_owned();
            let batch = next.map_err(|error| error.with_operation("changes").with_table(&table))?;
            Ok::<_, Error>((!batch.is_empty()).then_some((stream::iter(batch.into_iter().map(Ok)), rows)))
        });
        batches.try_flatten().boxed()
    }

    /// Returns the next changes, or an empty list at the end.
    async fn next_batch<R: EmbeddingRecord>(&mut self) -> Result<Vec<Change<R>>> {
        let mut changes = Vec::new();
        while changes.len() < BATCH
            && let Some(change) = self.changes.next()?
        {
            changes.push(change);
        }
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for change in &changes {
            match *change {
                AddressedChange::Inserted(after) => new.push(after),
                AddressedChange::Updated { before, after } => {
                    old.push(before);
                    new.push(after);
                }
                AddressedChange::Deleted(before) => old.push(before),
            }
        }
        let mut old = self.old.take::<R>(&old).await?.into_iter();
        let mut new = self.new.take::<R>(&new).await?.into_iter();
        let next = |rows: &mut std::vec::IntoIter<R>| {
            rows.next().ok_or_else(|| Error::new(ErrorKind::Engine, "a changed row was not read"))
        };
        let mut read = Vec::with_capacity(changes.len());
        for change in changes {
            read.push(match change {
                AddressedChange::Inserted(_) => Change::Inserted(next(&mut new)?),
                AddressedChange::Updated { .. } => {
                    Change::Updated { before: next(&mut old)?, after: next(&mut new)? }
                }
                AddressedChange::Deleted(_) => Change::Deleted(next(&mut old)?),
            });
        }
        Ok(read)
    }
}
