//! A full-text index that is built and searched before it replaces the old index.
//!
//! Lance builds the files of an index without a commit. To make the index searchable, the files are committed in a detached
//! version. A detached version is a manifest outside the table's history, so no reader or writer sees it. It contains the
//! rows and the other indexes of the version that the index was built on. To put the index into use, one commit in the
//! history replaces the old index. Otherwise the files are removed, and the history never contains the index.
//!
//! If the process is killed in between, it leaves files that no version in the history refers to. `optimize` removes the index
//! files after seven days. The detached manifest, which takes a few kilobytes, remains.

use std::sync::Arc;

use lance::Dataset;
use lance::dataset::CommitBuilder;
use lance::dataset::transaction::{Operation, Transaction, TransactionBuilder};
use lance::index::{CreateIndexBuilder, DatasetIndexExt};
use lance_table::io::commit::ManifestNamingScheme;
use object_store::path::Path;

use super::super::error::convert;
use super::super::{Table, TableLock};
use super::TextOptions;
use crate::error::{Error, ErrorKind, Result};

/// A full-text index that is built but is not part of any version in the table's history.
pub(crate) struct StagedIndex {
    table: Table,
    /// The version that the index was built on.
    built_on: Arc<Dataset>,
    /// The commit that replaces the old index.
    commit: Transaction,
    /// The detached version, which contains the new index instead of the old one.
    detached: Dataset,
    /// The folder of the new index.
    folder: Path,
}

impl Table {
    /// Builds a full-text index on a column over all rows, without a commit. `name` is the index that it may replace.
    ///
    /// # Errors
    /// `Unsupported` on LanceDB's service, which builds indexes in place, and for a table with V1 manifest names; `Engine` when
    /// the storage fails.
    pub(crate) async fn stage_text_index(
        &self,
        _lock: &TableLock,
        name: &str,
        column: &str,
        options: &TextOptions,
    ) -> Result<StagedIndex> {
        let Some(handle) = self.raw().dataset() else {
            let message = "LanceDB's service replaces an index while it builds the new one, so the two cannot be compared";
            return Err(Error::new(ErrorKind::Unsupported, message)
                .with_help("leave out `.only_if(…)`, and compare the indexes on a copy of the table"));
        };
        self.convert_result(self.raw().checkout_latest().await).await?;
        let built_on = self.convert_result(handle.get().await).await?;
        if built_on.manifest_location().naming_scheme == ManifestNamingScheme::V1 {
            let message =
                "the table uses the V1 manifest naming scheme, which does not support detached versions";
            return Err(Error::new(ErrorKind::Unsupported, message).with_help(
                "rename the manifests with LanceDB's `migrate_manifest_paths_v2`, or leave out `.only_if(…)`",
            ));
        }
        let parameters = options.to_builder()?;
        // A flattened column may have dots in its name.
        let column = format!("`{column}`");
        let mut dataset = Dataset::clone(&built_on);
        // `lance` does not export the type of this argument, so the type cannot be named here.
        let inverted = "INVERTED".try_into().map_err(failed)?;
        let new = CreateIndexBuilder::new(&mut dataset, &[column.as_str()], inverted, &parameters)
            .name(name.to_owned())
            .replace(true)
            .execute_uncommitted()
            .await
            .map_err(failed)?;
        let folder = built_on.indices_dir().join(new.uuid.to_string());
        let stored = built_on.load_indices().await.map_err(failed)?;
        let removed_indices = stored.iter().filter(|index| index.name == name).cloned().collect();
        let operation = Operation::CreateIndex { new_indices: vec![new], removed_indices };
        let commit = TransactionBuilder::new(built_on.manifest().version, operation).build();
        let detached = CommitBuilder::new(Arc::clone(&built_on)).with_detached(true).execute(commit.clone());
        let detached = match detached.await {
            Ok(detached) => detached,
            Err(error) => {
                remove_folder(&built_on, folder).await;
                return Err(failed(error));
            }
        };
        Ok(StagedIndex { table: self.clone(), built_on, commit, detached, folder })
    }
}

impl StagedIndex {
    /// Returns the table at the version that the index was built on, with the old index.
    pub(crate) async fn before(&self) -> Result<Table> {
        self.table.pinned(self.built_on.manifest().version).await
    }

    /// Returns the table with the same rows and the new index.
    pub(crate) async fn after(&self) -> Result<Table> {
        self.table.pinned(self.detached.manifest().version).await
    }

    /// Replaces the old index in one commit.
    ///
    /// # Errors
    /// `Conflict` if another program replaced the files of rows that the index covers; `Engine` when the storage fails.
    pub(crate) async fn commit(self, _lock: &TableLock) -> Result<()> {
        let committed = CommitBuilder::new(Arc::clone(&self.built_on)).execute(self.commit.clone()).await;
        self.remove_detached().await;
        let committed = committed.map_err(failed)?;
        if let Some(current) = self.table.raw().dataset() {
            current.update(committed);
        }
        Ok(())
    }

    /// Removes the files of the new index.
    pub(crate) async fn discard(self) {
        self.remove_detached().await;
        remove_folder(&self.built_on, self.folder).await;
    }

    /// Removes the manifest of the detached version and its transaction file.
    async fn remove_detached(&self) {
        let Ok(store) = self.built_on.object_store(None).await else { return };
        let transaction = self.detached.manifest().transaction_file.as_ref();
        let transaction = transaction.map(|file| self.built_on.transactions_dir().join(file.as_str()));
        for path in [Some(self.detached.manifest_location().path.clone()), transaction].into_iter().flatten()
        {
            if let Err(error) = store.delete(&path).await {
                tracing::debug!(target: "datus_store", %path, %error, "an unused file was not removed");
            }
        }
    }
}

async fn remove_folder(dataset: &Dataset, folder: Path) {
    let Ok(store) = dataset.object_store(None).await else { return };
    if let Err(error) = store.remove_dir_all(folder.clone()).await {
        tracing::debug!(target: "datus_store", path = %folder, %error, "unused files were not removed");
    }
}

fn failed(error: lance::Error) -> Error {
    convert(error.into())
}
