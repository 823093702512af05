//! Checks whether a storage system supports safe concurrent commits.

use std::fmt;

use super::Database;
use crate::error::Result;
use crate::store::traced;

/// The result of [`Database::check_storage`]. `Display` formats it as a sentence for a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StorageCheck {
    /// `true` if the storage refuses to create an object that already exists, even if several writers create it
    /// concurrently. Amazon S3, Google Cloud Storage, Azure Blob Storage and local disks do this.
    ///
    /// If it is `false`, only one program may write to the database at a time. If two programs commit concurrently, one
    /// commit overwrites the other. Acknowledged writes are then lost, a key can end up with several rows, and creating a
    /// table can remove the rows of an existing table with the same name.
    pub put_if_absent: bool,
}

impl fmt::Display for StorageCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.put_if_absent {
            true => "the storage honors put-if-absent: any number of programs may write",
            false => {
                "the storage does not honor put-if-absent: only one program may write at a time, because commits of \
                 several programs can overwrite each other"
            }
        })
    }
}

impl Database {
    /// Checks that the storage keeps concurrent writers from overwriting each other's commits.
    ///
    /// Each commit creates an object that must not exist yet. On an object store, nothing else protects the commits of
    /// concurrent writers. This check tries to create one object nine times, the first eight concurrently, checks that only
    /// one attempt succeeds, and removes the object. The object is in the database's folder, and its name is `.datus-probe-`
    /// followed by a random number. Run the check once for a new kind of storage, such as a server that implements the S3
    /// API. The guide has a page on [object stores](crate::guide::object_stores).
    ///
    /// ```
    /// # datus_store::block_on(async {
    /// let db = datus_store::Database::connect("memory://").await?;
    /// let check = db.check_storage().await?;
    /// assert!(check.put_if_absent, "{check}");
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// `Unsupported` for `db://` and `s3+ddb://`, whose commits do not depend on the storage, and for a `rest` namespace, whose
    /// server chooses the storage of each table; `Engine` when the storage fails, or refuses access.
    pub async fn check_storage(&self) -> Result<StorageCheck> {
        let check = traced!("check_storage", "").run(Box::pin(self.connection.honors_put_if_absent()), |_| 0);
        Ok(StorageCheck { put_if_absent: check.await? })
    }
}
