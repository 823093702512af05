use std::sync::Arc;

use futures::TryStreamExt;
use lance_io::object_store::ObjectStore;
use lancedb::Error as LanceDbError;
use lancedb::Table as LanceTable;
use object_store::path::Path;

use super::error::{CREATE, convert};
use super::namespace::{DescribedTable, Namespace};
use super::table_site::TableSite;
use super::write::spawn_uncancellable;
use super::{Connection, trash};
use crate::error::{Error, ErrorKind, Result};

/// The state of a table before a drop.
enum TableState {
    Whole(LanceTable),
    /// The table cannot be opened, but it can be dropped.
    Damaged,
    Missing(LanceDbError),
}

impl Connection {
    /// Drops a table. Locks exclude maintenance, writers and creators. Once started, a drop runs to completion.
    pub(crate) async fn drop_table(&self, name: &str) -> Result<()> {
        if let Some(namespace) = self.namespace() {
            return self.drop_in_namespace(namespace, name).await;
        }
        // No locks are taken for a missing table or an invalid name, so no lock files are left behind.
        if let TableState::Missing(error) = self.find(name).await?
            && !self.has_leftovers(name).await?
        {
            return Err(convert(error));
        }
        // Compaction holds the maintenance lock while it waits for the write lock, so all code must take the locks in this
        // order. The creation lock is last because all tables share it.
        let locks = self.locks();
        let held = (locks.maintenance(name).await?, locks.write(name).await?, locks.creation().await?);
        let (connection, name) = (self.clone(), name.to_owned());
        spawn_uncancellable(async move {
            let dropped = connection.drop_locked(&name).await;
            drop(held);
            if let Some(folder) = connection.locks().folder() {
                trash::empty_trash(folder).await;
            }
            dropped
        })
        .await
    }

    async fn drop_locked(&self, name: &str) -> Result<()> {
        let found = self.find(name).await?;
        if let Some(folder) = self.locks().folder() {
            if trash::has_folder(folder, name) {
                // The drop is counted first, so that connections that have the table open do not mistake a new table for the
                // dropped one.
                self.locks().count_drop(name)?;
                trash::move_to_trash(folder, name)?;
            }
            return match found {
                TableState::Missing(error) => Err(convert(error)),
                TableState::Whole(_) | TableState::Damaged => Ok(()),
            };
        }
        let missing = match found {
            TableState::Missing(error) if !self.has_leftovers(name).await? => return Err(convert(error)),
            TableState::Missing(error) => Some(error),
            TableState::Damaged => None,
            TableState::Whole(table) => {
                delete_versions(&table).await?;
                None
            }
        };
        self.locks().count_drop(name)?;
        self.raw().drop_table(name, &[]).await.map_err(convert)?;
        missing.map_or(Ok(()), |error| Err(convert(error)))
    }

    /// Drops a table in a namespace.
    async fn drop_in_namespace(&self, namespace: &Arc<Namespace>, name: &str) -> Result<()> {
        let Some(described) = namespace.describe(name).await? else { return Err(no_table(name)) };
        let site = namespace.site(name, &described)?;
        let held = (site.maintenance_lock().await?, site.write_lock().await?, site.locks().creation().await?);
        let (connection, namespace, name) = (self.clone(), Arc::clone(namespace), name.to_owned());
        spawn_uncancellable(async move {
            let dropped = connection.drop_described(&namespace, &name, &described, &site).await;
            drop(held);
            dropped
        })
        .await
    }

    /// Drops a table that the namespace described before its locks were taken.
    async fn drop_described(
        &self,
        namespace: &Namespace,
        name: &str,
        described: &DescribedTable,
        site: &TableSite,
    ) -> Result<()> {
        match namespace.describe(name).await? {
            None => return Err(no_table(name)),
            Some(now) if !now.is_at_place_of(described) => {
                let message =
                    format!("the table `{name}` was dropped and created again after this call looked it up");
                return Err(Error::new(ErrorKind::Conflict, message).with_help("drop it again"));
            }
            Some(_) => {}
        }
        let table = match self.open_described(namespace, name, described).await {
            Ok(table) => Ok(table),
            // A table that cannot be read can still be dropped.
            Err(error) if error.kind() == ErrorKind::Engine => Err(()),
            Err(error) => return Err(error),
        };
        let files = match &table {
            Ok(Some(table)) => files_of(table).await?,
            Ok(None) | Err(()) => None,
        };
        // The namespace itself removes the versions that it manages.
        if let Ok(Some(table)) = &table
            && !described.is_managed()
        {
            delete_versions(table).await?;
        }
        site.count_drop()?;
        let had_entry = namespace.drop_table(name).await?;
        // The catalog of a `dir` namespace contains no entry for a table that was created outside the catalog.
        if let Some((storage, folder)) = files.filter(|_| !had_entry) {
            storage.remove_dir_all(folder).await.map_err(|error| convert(error.into()))?;
        }
        if let Ok(None) = table { Err(no_table(name)) } else { Ok(()) }
    }

    async fn find(&self, name: &str) -> Result<TableState> {
        match self.raw().open_table(name).execute().await {
            Ok(table) => Ok(TableState::Whole(table)),
            Err(error @ LanceDbError::TableNotFound { .. }) => Ok(TableState::Missing(error)),
            Err(error @ LanceDbError::InvalidTableName { .. }) => Err(convert(error)),
            Err(_) => Ok(TableState::Damaged),
        }
    }

    /// Returns `true` if the table has files but no version.
    async fn has_leftovers(&self, name: &str) -> Result<bool> {
        match self.locks().folder() {
            Some(folder) => Ok(trash::has_folder(folder, name)),
            None => Ok(self.table_names().await?.iter().any(|table| table == name)),
        }
    }
}

/// Deletes the manifests of a table, the newest one last. Readers see the whole table until then and no table afterwards.
async fn delete_versions(table: &LanceTable) -> Result<()> {
    let Some(dataset) = table.dataset() else { return Ok(()) };
    let dataset = dataset.get().await.map_err(convert)?;
    let storage = dataset.object_store(None).await.map_err(|error| convert(error.into()))?;
    let files = storage.list(Some(dataset.versions_dir()));
    let mut manifests: Vec<_> = files
        .try_filter_map(|file| async move {
            Ok(version_of(file.location.filename()).map(|version| (version, file)))
        })
        .try_collect()
        .await
        .map_err(|error| convert(error.into()))?;
    manifests.sort_unstable_by_key(|(version, _)| *version);
    for (_, file) in manifests {
        storage.delete(&file.location).await.map_err(|error| convert(error.into()))?;
    }
    Ok(())
}

/// Returns the storage of a table, and the table's folder in it.
async fn files_of(table: &LanceTable) -> Result<Option<(Arc<ObjectStore>, Path)>> {
    let Some(dataset) = table.dataset() else { return Ok(None) };
    let dataset = dataset.get().await.map_err(convert)?;
    let storage = dataset.object_store(None).await.map_err(|error| convert(error.into()))?;
    Ok(Some((storage, dataset.branch_location().path)))
}

fn no_table(name: &str) -> Error {
    Error::new(ErrorKind::TableNotFound, format!("there is no table `{name}`")).with_help(CREATE)
}

/// Returns the version of a manifest from its file name.
///
/// A 20-digit number is `u64::MAX` minus the version, so that the newest version is listed first. Any other number is the
/// version itself.
fn version_of(file_name: Option<&str>) -> Option<u64> {
    let digits = file_name?.strip_suffix(".manifest")?;
    let number: u64 = digits.parse().ok()?;
    Some(if digits.len() == 20 { u64::MAX - number } else { number })
}

#[cfg(test)]
mod tests {
    use super::version_of;

    #[test]
    fn the_version_of_a_manifest_is_read_in_both_naming_schemes() {
        let newest = format!("{:020}.manifest", u64::MAX - 12);
        assert_eq!(version_of(Some(&newest)), Some(12));
        assert_eq!(version_of(Some("7.manifest")), Some(7));
        assert_eq!(version_of(Some("latest_version_hint.json")), None);
        assert_eq!(version_of(None), None);
    }
}
