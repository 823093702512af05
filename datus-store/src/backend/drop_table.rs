use futures::TryStreamExt;
use lancedb::Error as LanceDbError;
use lancedb::Table as LanceTable;

use super::error::convert;
use super::write::to_the_end;
use super::{Connection, trash};
use crate::error::Result;

/// A table as a drop finds it.
enum Found {
    Whole(LanceTable),
    /// It can't be opened, and can be dropped all the same.
    Damaged,
    Missing(LanceDbError),
}

impl Connection {
    /// Drops a table, with its maintenance, its writers and creators locked out. Once it began it comes to its end.
    pub(crate) async fn drop_table(&self, name: &str) -> Result<()> {
        // A name that is not there, or is not one, locks nothing and leaves no lock file.
        if let Found::Missing(error) = self.find(name).await?
            && !self.has_leftovers(name).await?
        {
            return Err(convert(error));
        }
        // Compaction holds the maintenance lock while it waits for the write lock, so this order is that of all. Creation
        // is the last one, since it is that of all tables.
        let turns = self.turns();
        let locks = (turns.upkeep(name).await?, turns.write(name).await?, turns.creation().await?);
        let (connection, name) = (self.clone(), name.to_owned());
        to_the_end(async move {
            let dropped = connection.drop_locked(&name).await;
            drop(locks);
            if let Some(folder) = connection.turns().folder() {
                trash::empty(folder).await;
            }
            dropped
        })
        .await
    }

    async fn drop_locked(&self, name: &str) -> Result<()> {
        let found = self.find(name).await?;
        if let Some(folder) = self.turns().folder() {
            if trash::has_folder(folder, name) {
                // Counted first: whoever opened the table before must not take another table for it.
                self.turns().count_drop(name)?;
                trash::throw_away(folder, name)?;
            }
            return match found {
                Found::Missing(error) => Err(convert(error)),
                Found::Whole(_) | Found::Damaged => Ok(()),
            };
        }
        let missing = match found {
            Found::Missing(error) if !self.has_leftovers(name).await? => return Err(convert(error)),
            Found::Missing(error) => Some(error),
            Found::Damaged => None,
            Found::Whole(table) => {
                delete_versions(&table).await?;
                None
            }
        };
        self.turns().count_drop(name)?;
        self.raw().drop_table(name, &[]).await.map_err(convert)?;
        missing.map_or(Ok(()), |error| Err(convert(error)))
    }

    async fn find(&self, name: &str) -> Result<Found> {
        match self.raw().open_table(name).execute().await {
            Ok(table) => Ok(Found::Whole(table)),
            Err(error @ LanceDbError::TableNotFound { .. }) => Ok(Found::Missing(error)),
            Err(error @ LanceDbError::InvalidTableName { .. }) => Err(convert(error)),
            Err(_) => Ok(Found::Damaged),
        }
    }

    /// `true` if files of a table are there without a version.
    async fn has_leftovers(&self, name: &str) -> Result<bool> {
        match self.turns().folder() {
            Some(folder) => Ok(trash::has_folder(folder, name)),
            None => Ok(self.table_names().await?.iter().any(|table| table == name)),
        }
    }
}

/// Deletes the manifests of a table, the newest one last: until then readers see the whole table, and after that none.
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

/// The version of a manifest by its file's name: the number itself, or with all of 20 digits what it lacks to the largest
/// one, so that the newest is listed first.
fn version_of(file_name: Option<&str>) -> Option<u64> {
    let digits = file_name?.strip_suffix(".manifest")?;
    let number: u64 = digits.parse().ok()?;
    Some(if digits.len() == 20 { u64::MAX - number } else { number })
}

#[cfg(test)]
mod tests {
    use super::version_of;

    #[test]
    fn manifests_of_both_schemes_are_ordered_by_their_version() {
        let newest = format!("{:020}.manifest", u64::MAX - 12);
        assert_eq!(version_of(Some(&newest)), Some(12));
        assert_eq!(version_of(Some("7.manifest")), Some(7));
        assert_eq!(version_of(Some("latest_version_hint.json")), None);
        assert_eq!(version_of(None), None);
    }
}
