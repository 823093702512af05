use std::sync::Arc;

use super::name::{IntoVersion, VersionName};
use crate::backend::Attempts;
use crate::error::{Error, ErrorKind, Result};
use crate::record::EmbeddingRecord;
use crate::store::changed::unwritable_error;
use crate::store::core::Core;
use crate::store::{Store, traced};

impl<R: EmbeddingRecord> Store<R> {
    /// Creates a new version of the table with the rows and indexes of an older one: `store.restore(7)`, or
    /// `store.restore("release")` for a [tag](Self::tag). Returns the number of the new version.
    ///
    /// Restoring is a single commit and copies no rows. The versions in between are kept, and can be restored too. If nothing
    /// has been committed since that version, this does nothing. The columns and the model of the older version have to
    /// be those that this store was opened with.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Event {
    ///     name: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let events: Store<Event> = Database::connect("memory://").await?.store(()).await?;
    /// events.add([Event { name: "start".into() }]).await?;
    /// events.tag("before").await?;
    /// events.delete().all_rows().await?;
    ///
    /// events.restore("before").await?;
    /// assert_eq!(events.count().await?, 1);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` for a tag or a version that the table never had; `Expired` for a version that was removed;
    /// `SchemaMismatch` when the columns or the model of the version do not match the store's; `Conflict` when other writers
    /// changed the table on every attempt; `Unsupported` on LanceDB's own service, `db://`; `Engine` when the storage
    /// fails.
    pub async fn restore(&self, version: impl IntoVersion) -> Result<u64> {
        let (core, version) = (self.core(), version.into_version());
        let traced = traced!("restore", core.table_name()).on(&core.table);
        Arc::clone(self.current()).run_write(traced.run(core.restore(&version), |_| 0)).await
    }
}

impl Core {
    async fn restore(&self, version: &VersionName) -> Result<u64> {
        self.check_writable().await?;
        let version = version.resolve(&self.table).await?;
        let schema = self.table.pinned(version).await?.schema().await?;
        let differs = self.check_models_of(&schema).err().or_else(|| unwritable_error(&self.record, &schema));
        if let Some(difference) = differs {
            let message = format!("version {version} does not match the columns or the model of the store");
            return Err(Error::new(ErrorKind::SchemaMismatch, message)
                .with_help("read it with `store.at(…)`, and write its rows to the table")
                .with_source(difference));
        }
        let lock = Arc::new(self.table.write_lock().await?);
        let mut attempts = Attempts::new(&self.table);
        loop {
            let newest = attempts.next().await?;
            if newest == version {
                return Ok(version);
            }
            self.check_models().await?;
            if let Some(restored) = self.table.restore(&lock, newest, version).await? {
                return Ok(restored);
            }
        }
    }
}
