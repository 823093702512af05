use std::sync::{Arc, Mutex};

use datus_store::model::HashingModel;
use datus_store_benches::{TableSchema, table};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::settings::DIMENSION;
use crate::write::{Kind, Write};

const CREATE: &str = "CREATE TABLE schema_metadata (
    identifier TEXT PRIMARY KEY, catalog_name TEXT NOT NULL, database_name TEXT NOT NULL, schema_name TEXT NOT NULL,
    table_name TEXT NOT NULL, table_type TEXT NOT NULL, definition TEXT NOT NULL, vector BLOB NOT NULL)";

const INSERT: &str = "INSERT INTO schema_metadata VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

const UPSERT: &str = "INSERT INTO schema_metadata VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (identifier) DO UPDATE SET catalog_name = excluded.catalog_name, database_name = excluded.database_name,
    schema_name = excluded.schema_name, table_name = excluded.table_name, table_type = excluded.table_type,
    definition = excluded.definition, vector = excluded.vector";

/// A SQLite table with the same rows, vectors as blobs, and a transaction for each write.
///
/// It uses a write-ahead log (`journal_mode = WAL`) with `synchronous = NORMAL`. As with Lance on a local disk, a commit
/// survives a crash of the process, but not a power failure. Tasks share one connection, since SQLite has one writer at a
/// time.
#[derive(Clone)]
pub(crate) struct Sqlite {
    connection: Arc<Mutex<Connection>>,
    model: HashingModel,
    _folder: Arc<TempDir>,
}

impl Sqlite {
    pub(crate) fn open(rows: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = Connection::open(folder.path().join("rows.sqlite")).unwrap();
        let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        connection.execute_batch("PRAGMA synchronous = NORMAL").unwrap();
        connection.execute_batch(CREATE).unwrap();
        let model = HashingModel::new(DIMENSION);
        let transaction = connection.transaction().unwrap();
        for number in 0..rows {
            execute(&transaction, INSERT, &model, &table(number));
        }
        transaction.commit().unwrap();
        Self { connection: Arc::new(Mutex::new(connection)), model, _folder: Arc::new(folder) }
    }

    /// Computes the vector of a row, and writes the row in its own transaction.
    pub(crate) fn write(&self, kind: Kind, row: &TableSchema) {
        let sql = if kind == Kind::Add { INSERT } else { UPSERT };
        execute(&self.connection.lock().unwrap(), sql, &self.model, row);
    }
}

impl Write for Sqlite {
    async fn upsert(&self, row: TableSchema) -> usize {
        let sqlite = self.clone();
        tokio::task::spawn_blocking(move || sqlite.write(Kind::New, &row)).await.unwrap();
        0
    }
}

fn execute(connection: &Connection, sql: &str, model: &HashingModel, row: &TableSchema) {
    let vector: Vec<u8> = model.vector(&row.definition).into_iter().flat_map(f32::to_le_bytes).collect();
    let values = rusqlite::params![
        row.identifier,
        row.catalog_name,
        row.database_name,
        row.schema_name,
        row.table_name,
        row.table_type,
        row.definition,
        vector
    ];
    assert_eq!(connection.prepare_cached(sql).unwrap().execute(values).unwrap(), 1);
}
