//! Reads of an unchanged table.

use std::path::Path;
use std::time::Duration;

use datus_store::{Database, EmbeddingRecord, Maintenance, Store};

use super::tracing::Capture;
use crate::support::models::Toy;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "unchanged")]
struct Row {
    #[datus(key)]
    id: i64,
    topic: String,
    #[datus(embed(metric = l2), fts)]
    text: String,
}

fn row(id: i64) -> Row {
    Row { id, topic: format!("topic {}", id % 10), text: format!("{} {} 1", id, id % 7) }
}

/// A table with its indexes, and a way to count its reads and listings.
struct Counted {
    store: Store<Row>,
    folder: tempfile::TempDir,
    listings: Capture,
}

impl Counted {
    async fn new() -> Self {
        let listings = Capture::of_this_process();
        let folder = tempfile::tempdir().unwrap();
        // Background maintenance reads too, at unpredictable moments.
        let db = Database::connect(folder.path()).maintenance(Maintenance::off()).await.unwrap();
        let store: Store<Row> = db.store(Toy::new()).await.unwrap();
        store.add((0..2000).map(row)).await.unwrap();
        store.create_indexes().await.unwrap();
        Self { store, folder, listings }
    }

    fn listings(&self) -> usize {
        self.listings.listings(&self.folder.path().canonicalize().unwrap())
    }

    /// Returns the number of reads from the storage so far.
    async fn reads(&self) -> u64 {
        let dataset = self.store.as_lancedb().dataset().unwrap().get().await.unwrap();
        dataset.object_store(None).await.unwrap().io_stats_snapshot().read_iops
    }

    /// Reads until the newest version is known without a listing, which takes a tick of the file system's clock.
    async fn settle(&self) {
        for _ in 0..2000 {
            let before = self.listings();
            self.store.version().await.unwrap();
            if self.listings() == before {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("each read lists the versions");
    }

    /// Asserts that a read lists no versions and makes at most the given number of reads from the storage. The engine
    /// coalesces simultaneous reads, so the number can be lower.
    async fn check(&self, what: &str, most: u64, read: impl AsyncFn(&Store<Row>)) {
        read(&self.store).await;
        self.settle().await;
        let listings = self.listings();
        for _ in 0..5 {
            let reads = self.reads().await;
            read(&self.store).await;
            let reads = self.reads().await - reads;
            assert!(reads <= most, "{what} reads {reads} times from storage");
        }
        assert_eq!(self.listings() - listings, 0, "{what} lists versions");
    }
}

#[tokio::test]
async fn a_read_of_an_unchanged_table_lists_no_versions_and_reads_only_rows() {
    let table = Counted::new().await;
    assert!(table.listings() > 0, "listings are counted");
    table.check("version", 0, async |store| assert!(store.version().await.unwrap() > 1)).await;
    table.check("schema", 0, async |store| assert!(!store.schema().await.unwrap().fields().is_empty())).await;
    table.check("count", 0, async |store| assert_eq!(store.count().await.unwrap(), 2000)).await;
    table.check("get", 2, async |store| assert_eq!(store.get(7).await.unwrap(), Some(row(7)))).await;
    let all = async |store: &Store<Row>| {
        let found = store.search_all().filter(|t| t.topic.eq("topic 3")).limit(1).await.unwrap();
        assert_eq!(found.len(), 1);
    };
    table.check("search_all", 2, all).await;
    let search = async |store: &Store<Row>| assert_eq!(store.search("7 7 7").await.unwrap().len(), 10);
    table.check("search", 2, search).await;
    let full_text =
        async |store: &Store<Row>| assert!(!store.search("7").full_text().await.unwrap().is_empty());
    table.check("full text search", 1, full_text).await;
}

#[tokio::test]
async fn a_write_of_this_process_is_seen_by_other_connections_without_a_listing() {
    let table = Counted::new().await;
    let other = Database::connect(table.folder.path()).await.unwrap();
    let other: Store<Row> = other.store(Toy::new()).await.unwrap();
    table.settle().await;
    // After a slow commit on a busy machine, the next read lists the versions.
    let mut without = 0;
    for id in 3000..3010 {
        let listings = table.listings();
        table.store.add([row(id)]).await.unwrap();
        assert_eq!(other.get(id).await.unwrap(), Some(row(id)));
        assert_eq!(table.store.version().await.unwrap(), newest(table.folder.path()));
        without += usize::from(table.listings() == listings);
    }
    assert!(without > 0);
}

/// Returns the newest version by the names of the files.
fn newest(folder: &Path) -> u64 {
    let names = std::fs::read_dir(folder.join("unchanged.lance/_versions")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let versions = names.filter_map(|name| name.strip_suffix(".manifest")?.parse::<u64>().ok());
    versions.map(|version| u64::MAX - version).max().unwrap()
}
