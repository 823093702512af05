//! Checks the one guarantee that commits need from an object store: put-if-absent.

use std::sync::Arc;

use futures::future::join_all;
use lance_io::object_store::ObjectStore;
use object_store::path::Path;
use object_store::{Error as StorageError, ObjectStoreExt, PutMode, PutOptions, PutPayload};

use super::Connection;
use super::error::convert;
use crate::error::{Error, ErrorKind, Result};

/// The prefix of the names of the objects that a check creates. It cannot collide with tables, whose names end with `.lance`.
const PREFIX: &str = ".datus-probe-";

/// The number of writers that create the same object concurrently.
const WRITERS: usize = 8;

/// The result of one conditional creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Creation {
    Created,
    Exists,
    /// The storage does not support conditional creation.
    Unsupported,
}

impl Connection {
    /// Returns `true` if the storage refuses to create an object that exists, even if several writers create it concurrently.
    ///
    /// # Errors
    /// `Unsupported` if commits do not go through the storage, or if a server chooses the storage; `Engine` if the storage fails.
    pub(crate) async fn honors_put_if_absent(&self) -> Result<bool> {
        let location = self.location();
        if location.is_server() {
            let message = "the server of the namespace chooses the storage of each table, so there is no single storage to check";
            let help = "check an object store with `Database::connect(uri)` and `check_storage`";
            return Err(Error::new(ErrorKind::Unsupported, message).with_help(help));
        }
        if location.is_service() || location.commits_elsewhere() {
            let message =
                "commits of this database do not depend on its storage, so there is nothing to check";
            let help = "LanceDB's service makes its own commits, and `s3+ddb://` commits through DynamoDB";
            return Err(Error::new(ErrorKind::Unsupported, message).with_help(help));
        }
        let opened = ObjectStore::from_uri_and_params(Arc::default(), location.uri(), self.storage()).await;
        let (storage, base) = opened.map_err(|error| convert(error.into()))?;
        let probe = base.join(format!("{PREFIX}{:016x}", fastrand::u64(..)));
        let honored = is_honored(&storage, &probe).await;
        let removed = match storage.inner.delete(&probe).await {
            Err(StorageError::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(convert(error.into())),
        };
        let honored = honored?;
        removed?;
        Ok(honored)
    }
}

/// Creates one object several times: first by several writers concurrently, then by one more.
async fn is_honored(storage: &ObjectStore, probe: &Path) -> Result<bool> {
    let writers = (0..WRITERS).map(|writer| create(storage, probe, writer));
    let creations: Vec<Creation> = join_all(writers).await.into_iter().collect::<Result<_>>()?;
    // If the first response to a writer is lost, its retry finds its own object. So the number of winners can be zero.
    if creations.contains(&Creation::Unsupported) {
        return Ok(false);
    }
    let winners: Vec<usize> = (0..WRITERS).filter(|&writer| creations[writer] == Creation::Created).collect();
    let before = content(storage, probe).await?;
    let is_of_winner = winners.iter().all(|writer| payload(*writer) == before);
    let again = create(storage, probe, WRITERS).await?;
    let is_unchanged = content(storage, probe).await? == before;
    Ok(winners.len() <= 1 && is_of_winner && again == Creation::Exists && is_unchanged)
}

async fn create(storage: &ObjectStore, probe: &Path, writer: usize) -> Result<Creation> {
    let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    match storage.inner.put_opts(probe, PutPayload::from(payload(writer)), options).await {
        Ok(_) => Ok(Creation::Created),
        Err(StorageError::AlreadyExists { .. } | StorageError::Precondition { .. }) => Ok(Creation::Exists),
        Err(StorageError::NotImplemented { .. } | StorageError::NotSupported { .. }) => {
            Ok(Creation::Unsupported)
        }
        Err(error) => Err(convert(error.into())),
    }
}

async fn content(storage: &ObjectStore, probe: &Path) -> Result<Vec<u8>> {
    let read = async { storage.inner.get(probe).await?.bytes().await };
    Ok(read.await.map_err(|error: StorageError| convert(error.into()))?.to_vec())
}

fn payload(writer: usize) -> Vec<u8> {
    format!("{{\"writer\":{writer}}}").into_bytes()
}

#[cfg(test)]
mod tests;
