use arrow_array::{RecordBatch, RecordBatchIterator};
use arrow_schema::SchemaRef;
use datus_store::model::HashingModel;
use datus_store_benches::{TableSchema, append_by_hand, batch_by_hand, schema_by_hand, table};
use lancedb::table::{CompactionOptions, Duration, OptimizeAction};
use tempfile::TempDir;

use crate::settings::DIMENSION;
use crate::write::{Kind, Write};

/// A table that is written with hand-written lancedb code, in its own folder.
pub(crate) struct ByHand {
    table: lancedb::Table,
    schema: SchemaRef,
    model: HashingModel,
    _folder: TempDir,
}

impl ByHand {
    /// Creates a table with this number of rows in one fragment.
    pub(crate) async fn open(rows: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = lancedb::connect(folder.path().to_str().unwrap()).execute().await.unwrap();
        let schema = schema_by_hand(i32::try_from(DIMENSION).ok());
        let raw = db.create_empty_table("schema_metadata", schema.clone()).execute().await.unwrap();
        let by_hand =
            Self { table: raw, schema: schema.clone(), model: HashingModel::new(DIMENSION), _folder: folder };
        let rows: Vec<TableSchema> = (0..rows).map(table).collect();
        let batches: Vec<_> = rows.chunks(4096).map(|rows| Ok(by_hand.batch(rows))).collect();
        append_by_hand(&by_hand.table, schema, futures::stream::iter(batches)).await.unwrap();
        by_hand.compact().await;
        by_hand
    }

    fn batch(&self, rows: &[TableSchema]) -> RecordBatch {
        let vectors = rows.iter().flat_map(|row| self.model.vector(&row.definition)).collect();
        batch_by_hand(&self.schema, rows, Some(vectors)).unwrap()
    }

    /// Builds the batch of one row, including its vector, and adds it in one commit.
    pub(crate) async fn add(&self, row: &TableSchema) {
        self.table.add(self.batch(std::slice::from_ref(row))).execute().await.unwrap();
    }

    /// Writes one row: with `add` for [`Kind::Add`], and with `merge_insert` for the other kinds.
    pub(crate) async fn write(&self, kind: Kind, row: &TableSchema) {
        match kind {
            Kind::Add => self.add(row).await,
            Kind::New | Kind::Stored => self.merge(row).await.unwrap(),
        }
    }

    async fn merge(&self, row: &TableSchema) -> lancedb::Result<()> {
        let mut merge = self.table.merge_insert(&["identifier"]);
        merge.when_matched_update_all(None).when_not_matched_insert_all();
        let batch = self.batch(std::slice::from_ref(row));
        merge.execute(Box::new(RecordBatchIterator::new([Ok(batch)], self.schema.clone()))).await?;
        Ok(())
    }

    /// Compacts all fragments and removes all versions except the last, as if the table had been written in one commit.
    pub(crate) async fn compact(&self) {
        let compact = OptimizeAction::Compact { options: CompactionOptions::default(), remap_options: None };
        self.table.optimize(compact).await.unwrap();
        let prune = OptimizeAction::Prune {
            older_than: Some(Duration::zero()),
            delete_unverified: Some(true),
            error_if_tagged_old_versions: None,
        };
        self.table.optimize(prune).await.unwrap();
    }
}

impl Write for ByHand {
    async fn upsert(&self, row: TableSchema) -> usize {
        let mut refused = 0;
        while self.merge(&row).await.is_err() {
            refused += 1;
            assert!(refused < 1_000, "lancedb refused a merge {refused} times");
        }
        refused
    }
}
