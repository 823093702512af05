use datus_store::model::HashingModel;
use datus_store::{Connect, Database, Store};
use datus_store_benches::{TableSchema, table};
use tempfile::TempDir;

use crate::settings::DIMENSION;
use crate::today::in_its_own_commit;
use crate::write::{Kind, Write};

/// A table that is written with this library, in its own folder.
pub(crate) struct Ours {
    pub(crate) store: Store<TableSchema>,
    /// `true` if each upsert has its own commit.
    own_commits: bool,
    _folder: TempDir,
}

impl Ours {
    /// Creates a table with this number of rows in one fragment, and the indexes that the record declares.
    pub(crate) async fn open(rows: usize) -> Self {
        Self::with(rows, Some).await.unwrap()
    }

    /// Creates the same table with other connection settings. Returns `None` if `settings` does.
    pub(crate) async fn with(rows: usize, settings: impl FnOnce(Connect) -> Option<Connect>) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let db = settings(Database::connect(folder.path()))?.await.unwrap();
        let store: Store<TableSchema> = db.store(HashingModel::new(DIMENSION)).await.unwrap();
        store.add((0..rows).map(table)).await.unwrap();
        store.create_indexes().await.unwrap();
        Some(Self { store, own_commits: false, _folder: folder })
    }

    /// Gives each upsert its own commit. Returns `None` if the library cannot do that.
    pub(crate) fn in_own_commits(mut self) -> Option<Self> {
        let _ = in_its_own_commit(self.store.upsert([table(0)]))?;
        self.own_commits = true;
        Some(self)
    }

    /// Writes one row.
    pub(crate) async fn write(&self, kind: Kind, row: TableSchema) {
        match kind {
            Kind::Add => drop(self.store.add([row]).await.unwrap()),
            Kind::New | Kind::Stored => self.upsert_one(row).await,
        }
    }

    async fn upsert_one(&self, row: TableSchema) {
        let upsert = self.store.upsert([row]);
        let upsert = if self.own_commits { in_its_own_commit(upsert).unwrap() } else { upsert };
        let upserted = upsert.await.unwrap();
        assert_eq!(upserted.inserted + upserted.updated, 1);
    }
}

impl Write for Ours {
    async fn upsert(&self, row: TableSchema) -> usize {
        self.upsert_one(row).await;
        0
    }
}
