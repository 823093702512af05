#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

pub(super) mod faulty;

use std::path::Path;

use arrow_array::{Int64Array, RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::*;
use crate::backend::{Assignment, Batches, ConnectOptions, Connection, Merge, TableLock};
use crate::query::{Expression, Predicate, Value};
use crate::record::ColumnPath;

/// Rows with two columns that both contain these values.
struct Rows(SchemaRef, Vec<i64>);

impl Rows {
    fn batch(&self) -> RecordBatch {
        let column = || Arc::new(Int64Array::from(self.1.clone())) as _;
        RecordBatch::try_new(Arc::clone(&self.0), vec![column(), column()]).unwrap()
    }
}

impl Batches for Rows {
    fn open(&self) -> Result<Box<dyn RecordBatchReader + Send>> {
        Ok(Box::new(RecordBatchIterator::new([Ok(self.batch())], Arc::clone(&self.0))))
    }
}

fn schema() -> SchemaRef {
    let field = |name| Field::new(name, DataType::Int64, false);
    Arc::new(Schema::new(vec![field("id"), field("value")]))
}

/// Runs each kind of write after a version, and returns the versions that the writes created.
async fn writes(table: &Table, lock: &Arc<TableLock>, version: u64) -> Result<Vec<Option<u64>>> {
    let mut made = Vec::new();
    let mut next = version;
    for write in 0..4 {
        let done = match write {
            0 => {
                let append = table.append(schema());
                assert!(append.send(Rows(schema(), vec![7]).batch()).await);
                append.finish(table).await?.commit(lock, Some(next)).await?
            }
            1 => {
                let rows = Arc::new(Rows(schema(), vec![1, 8]));
                let merge = Merge { on: vec!["id"], rows, delete: None };
                table.merge(lock, next, merge).await?.map(|done| done.version)
            }
            2 => {
                let value = Expression::Value(Value::Int64(5));
                let set = [Assignment { column: ColumnPath::column("value"), value }];
                table
                    .update(lock, next, &Predicate::Constant(true), &set, &[])
                    .await?
                    .map(|(_, version)| version)
            }
            _ => {
                let null = Predicate::IsNull { column: ColumnPath::column("id") };
                table.delete(lock, next, &Predicate::Not(Box::new(null))).await?.map(|done| done.version)
            }
        };
        next = done.unwrap_or(next);
        made.push(done);
    }
    Ok(made)
}

#[test]
fn a_commit_follows_the_version_that_was_read_or_is_not_made() {
    crate::block_on(async {
        let connection = Connection::open(Path::new("memory://"), ConnectOptions::default()).await?;
        let table = connection.open_or_create("rows", schema()).await?;
        let append = table.append(schema());
        assert!(append.send(Rows(schema(), vec![1, 2]).batch()).await);
        let lock = Arc::new(table.write_lock().await?);
        let first = append.finish(&table).await?.commit(&lock, None).await?;
        assert_eq!(first, Some(2));

        assert_eq!(writes(&table, &lock, 1).await?, [None; 4], "version 2 follows version 1");
        assert_eq!((table.version().await?, table.rows().await?), (2, 2));

        assert_eq!(writes(&table, &lock, 2).await?, [Some(3), Some(4), Some(5), Some(6)]);
        assert_eq!((table.version().await?, table.rows().await?), (6, 0));
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn rows_are_changed_by_writes_and_not_by_settings() {
    crate::block_on(async {
        let connection = Connection::open(Path::new("memory://"), ConnectOptions::default()).await?;
        let table = connection.open_or_create("rows", schema()).await?;
        assert!(!table.rows_changed_since(1).await?);
        table.set_metadata(vec![("note".to_owned(), Some("a".to_owned()))]).await?;
        assert!(table.version().await? > 1);
        assert!(!table.rows_changed_since(1).await?);
        let append = table.append(schema());
        assert!(append.send(Rows(schema(), vec![1]).batch()).await);
        let lock = Arc::new(table.write_lock().await?);
        append.finish(&table).await?.commit(&lock, None).await?;
        assert!(table.rows_changed_since(1).await?);
        Ok::<(), Error>(())
    })
    .unwrap();
}
