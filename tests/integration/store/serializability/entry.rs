//! The record that workers write, its model, and the connection to its database.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use datus_store::model::{EmbeddingModel, ModelIdentity, Role, async_trait};
use datus_store::{BoxError, Database, EmbeddingRecord, ErrorKind, Result, Store};
use serde::{Deserialize, Serialize};

use super::operation::{Row, Stored};
use crate::support::s3::Port;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "entries")]
pub(super) struct Entry {
    #[datus(key)]
    pub(super) id: String,
    #[datus(index = bitmap)]
    pub(super) group: String,
    pub(super) counter: i64,
    pub(super) label: Option<String>,
    #[datus(embed(metric = l2), fts)]
    pub(super) text: Option<String>,
    #[datus(created_at)]
    created: DateTime<Utc>,
    #[datus(updated_at)]
    updated: DateTime<Utc>,
}

impl From<&Row> for Entry {
    fn from(row: &Row) -> Self {
        let Row { id, group, counter, label, text } = row.clone();
        Self { id, group, counter, label, text, created: DateTime::UNIX_EPOCH, updated: DateTime::UNIX_EPOCH }
    }
}

impl Entry {
    pub(super) fn stored(self, vector: Option<Vec<f32>>) -> Stored {
        let Self { id, group, counter, label, text, created, updated } = self;
        let row = Row { id, group, counter, label, text };
        Stored { row, vector, created: created.timestamp_micros(), updated: updated.timestamp_micros() }
    }
}

/// The location of the table, which determines the locks of its writers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Storage {
    /// A folder whose writers take lock files.
    Locks,
    /// A folder whose writers take no lock files, as on an object store.
    NoLocks,
    /// A database in memory. Tasks of one process share one store.
    Memory,
    /// A database in the memory of the process. Each task has its own connection, and there are no locks.
    SharedMemory,
    /// A bucket on a test server.
    S3 { port: Port, port_of_workers: Port },
}

impl Storage {
    /// Returns the storage as workers reach it.
    pub(super) fn of_workers(self) -> Self {
        match self {
            Self::S3 { port_of_workers, .. } => Self::S3 { port: port_of_workers, port_of_workers },
            other => other,
        }
    }

    /// Returns `true` if requests of workers can fail although the workers are correct.
    pub(super) fn fails(self) -> bool {
        matches!(self, Self::S3 { .. })
    }

    /// Connects to the database in a folder, given by its absolute path. This is the only function that implements
    /// writers without locks: Lance treats the folder as an object store.
    pub(super) async fn connect(self, folder: &Path) -> Database {
        let connect = match self {
            Self::Locks => Database::connect(folder.join("data")),
            Self::NoLocks => Database::connect(folder.join("data")).without_locks(),
            Self::Memory => Database::connect("memory://"),
            Self::SharedMemory => {
                let name = folder.file_name().expect("a name").to_string_lossy();
                Database::connect(format!("shared-memory://{}", name.trim_start_matches('.').to_lowercase()))
            }
            Self::S3 { port, .. } => port.connect("checked"),
        };
        // A few rows are enough for an index on the key, so that writes use it to look up keys.
        connect.key_index_from(6).await.expect("a connection")
    }
}

/// Opens the store; a call to its model takes up to `slowest`.
pub(super) async fn open(db: &Database, slowest: Duration) -> Store<Entry> {
    try_open(db, slowest).await.expect("a store")
}

/// Opens the store through requests that can fail, and tries again until it succeeds.
pub(super) async fn open_at_last(db: &Database, slowest: Duration) -> Store<Entry> {
    loop {
        match try_open(db, slowest).await {
            Ok(store) => return store,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Engine, "{error:?}"),
        }
    }
}

async fn try_open(db: &Database, slowest: Duration) -> Result<Store<Entry>> {
    db.store(Slow { identity: ModelIdentity::new("slow", SIZE), slowest }).await
}

/// The dimension of a vector.
const SIZE: usize = 4;

/// Returns the vector of a text; `None` for a blank one.
pub(super) fn vector(text: &str) -> Option<Vec<f32>> {
    (!text.trim().is_empty()).then(|| embedded(text))
}

fn embedded(text: &str) -> Vec<f32> {
    let hash = text.bytes().fold(7_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
    (0..SIZE).map(|place| f32::from(hash.rotate_left(8 * place as u32) as u8) + 1.0).collect()
}

/// A model with a delay, like a real one.
struct Slow {
    identity: ModelIdentity,
    slowest: Duration,
}

#[async_trait]
impl EmbeddingModel for Slow {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[&str], _role: Role) -> std::result::Result<Vec<Vec<f32>>, BoxError> {
        tokio::time::sleep(self.slowest.mul_f64(fastrand::f64())).await;
        Ok(texts.iter().map(|text| embedded(text)).collect())
    }
}
