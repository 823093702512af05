//! Fault 11: index files that are missing, empty, truncated, or corrupt.

use std::path::{Path, PathBuf};

use datus_store::model::HashingModel;
use datus_store::{Advice, Database, EmbeddingRecord, Error, ErrorKind, IndexAction, Result, Store};

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "books")]
struct Book {
    #[datus(key, index)]
    id: u64,
    #[datus(index = bitmap)]
    shelf: String,
    #[datus(index = label_list)]
    tags: Vec<String>,
    #[datus(embed(index = ivf_flat), fts)]
    text: String,
    #[datus(embed(index = hnsw_sq, column = "more_vector"))]
    more: String,
}

fn book(id: u64) -> Book {
    Book {
        id,
        shelf: format!("shelf {}", id % 3),
        tags: vec![format!("tag {}", id % 5)],
        text: format!("once there was a book {id} of {}", id % 7),
        more: format!("and more {id} of {}", id % 11),
    }
}

async fn open(folder: &Path) -> Store<Book> {
    Database::connect(folder).await.unwrap().store(HashingModel::new(64)).await.unwrap()
}

async fn built(folder: &Path) -> Store<Book> {
    let store = open(folder).await;
    store.add((0..300).map(book)).await.unwrap();
    store.create_indexes().recall(0.2).samples(5).await.unwrap();
    store
}

/// Runs a search that uses the index of a column. Returns the number of results.
async fn search(store: &Store<Book>, column: &str) -> Result<usize> {
    match column {
        "id" => store.search_all().filter(|t| t.id.eq(7)).count().await,
        "shelf" => store.search_all().shelf("shelf 1").await.map(|rows| rows.len()),
        "tags" => store.search_all().filter(|t| t.tags.contains("tag 1")).count().await,
        "text" => store.search_text(|t| t.text.matches("book")).limit(300).await.map(|hits| hits.len()),
        "vector" => store.vector(|v| v.text).search("a book 7").limit(20).await.map(|hits| hits.len()),
        "more_vector" => store.vector(|v| v.more).search("more 7").limit(20).await.map(|hits| hits.len()),
        other => panic!("no index of {other}"),
    }
}

/// The number of results that [`search`] returns for each column.
const FOUND: [(&str, usize); 6] =
    [("id", 1), ("shelf", 100), ("tags", 60), ("text", 300), ("vector", 20), ("more_vector", 20)];

/// Returns the name and the files of a column's index.
async fn files(store: &Store<Book>, folder: &Path, column: &str) -> (String, Vec<PathBuf>) {
    let indexes = store.as_lancedb().list_indices().await.unwrap();
    let index = indexes.into_iter().find(|index| index.columns == [column]).unwrap();
    let folder = folder.join("books.lance/_indices").join(index.index_uuid.unwrap());
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    (index.name, files.collect())
}

/// Damages the file the way a crash, a full disk, or a bad sector would.
fn damage(file: &Path, bytes: &[u8], how: &str) {
    match how {
        "missing" => std::fs::remove_file(file).unwrap(),
        "empty" => std::fs::write(file, b"").unwrap(),
        "cut" => std::fs::write(file, &bytes[..bytes.len() - 1]).unwrap(),
        _ => {
            let mut garbled = bytes.to_vec();
            garbled.iter_mut().rev().skip(4).take(16).for_each(|byte| *byte ^= 0xff);
            std::fs::write(file, garbled).unwrap();
        }
    }
}

fn assert_names(error: &Error, index: &str, column: &str) {
    assert_eq!((error.kind(), error.column()), (ErrorKind::Engine, Some(column)), "{error:?}");
    assert!(error.message().contains(&format!("the index `{index}`")), "{error}");
    assert!(error.help().is_some_and(|help| help.contains("create_indexes().rebuild()")), "{error:?}");
}

#[tokio::test]
async fn searches_and_health_name_a_damaged_index_and_create_indexes_rebuilds_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = built(folder.path()).await;
    for (column, found) in FOUND {
        assert_eq!(search(&store, column).await.unwrap(), found, "{column}");
    }
    for (column, found) in FOUND {
        let (name, files) = files(&store, folder.path(), column).await;
        for file in &files {
            let bytes = std::fs::read(file).unwrap();
            for how in ["missing", "empty", "cut", "garbled"] {
                damage(file, &bytes, how);
                // The open store uses its cached index. A different store reads the files.
                let store = open(folder.path()).await;
                let error = search(&store, column).await.unwrap_err();
                assert_names(&error, &name, column);
                let health = store.health().await.unwrap();
                let damaged: Vec<_> = health
                    .indexes
                    .iter()
                    .filter(|index| index.damage.is_some())
                    .map(|index| index.name.as_str())
                    .collect();
                assert_eq!(damaged, [name.as_str()], "{how} {}: {health}", file.display());
                assert!(
                    matches!(&health.advice[..], [Advice::RebuildIndex { index, .. }, ..] if *index == name),
                    "{health}"
                );
                std::fs::write(file, &bytes).unwrap();
            }
        }
        damage(&files[0], &std::fs::read(&files[0]).unwrap(), "cut");
        let store = open(folder.path()).await;
        assert_names(&store.optimize().await.unwrap_err(), &name, column);
        let report = store.create_indexes().recall(0.2).samples(5).await.unwrap();
        for entry in &report {
            let expected =
                if entry.name.as_ref() == Some(&name) { IndexAction::Rebuilt } else { IndexAction::Kept };
            assert_eq!(entry.action, expected, "{report}");
        }
        assert_eq!(search(&store, column).await.unwrap(), found, "{column}");
        let health = store.health().thorough().await.unwrap();
        assert!(health.indexes.iter().all(|index| index.damage.is_none()), "{health}");
        store.optimize().await.unwrap();
    }
}

/// Fault 11: large writes look up their keys in the key's index. Small writes find theirs in memory.
#[tokio::test]
async fn a_write_that_uses_a_damaged_index_names_it_and_works_after_the_rebuild() {
    let folder = tempfile::tempdir().unwrap();
    let store = built(folder.path()).await;
    let (name, files) = files(&store, folder.path(), "id").await;
    for file in &files {
        damage(file, &std::fs::read(file).unwrap(), "cut");
    }
    let changed = Book { shelf: "shelf 9".to_owned(), ..book(7) };
    let db = Database::connect(folder.path()).without_small_writes().await.unwrap();
    let store: Store<Book> = db.store(HashingModel::new(64)).await.unwrap();
    for error in [
        store.upsert([&changed]).await.unwrap_err(),
        store.add([&book(900)]).await.unwrap_err(),
        store.get(7).await.unwrap_err(),
        store.delete().filter(|t| t.id.eq(7)).await.unwrap_err(),
        store.update().filter(|t| t.id.eq(7)).set(|t| t.shelf, "shelf 8").await.unwrap_err(),
    ] {
        assert_names(&error, &name, "id");
    }
    let small = open(folder.path()).await;
    let moved = small.update().filter(|t| t.id.eq(7)).set(|t| t.shelf, "shelf 8").await.unwrap();
    assert_eq!(moved.rows, 1);
    store.create_indexes().rebuild_column("id").await.unwrap();
    assert_eq!(store.upsert([&changed]).await.unwrap().updated, 1);
    assert_eq!(store.get(7).await.unwrap(), Some(changed));
}

#[tokio::test]
async fn rebuild_rebuilds_all_declared_indexes_and_rebuild_column_those_of_a_column() {
    let folder = tempfile::tempdir().unwrap();
    let store = built(folder.path()).await;
    let uuids = || async {
        let indexes = store.as_lancedb().list_indices().await.unwrap();
        indexes.into_iter().map(|index| (index.name, index.index_uuid.unwrap())).collect::<Vec<_>>()
    };
    let before = uuids().await;
    let report = store.create_indexes().recall(0.2).samples(5).rebuild().await.unwrap();
    assert_eq!(report.iter().count(), 6, "{report}");
    assert!(report.iter().all(|index| index.action == IndexAction::Rebuilt), "{report}");
    let after = uuids().await;
    assert_eq!(after.len(), before.len());
    assert!(before.iter().all(|index| !after.contains(index)), "{before:?} {after:?}");
    assert!(before.iter().all(|(name, _)| after.iter().any(|(other, _)| other == name)));

    let one = store.create_indexes().recall(0.2).rebuild_column("tags").await.unwrap();
    let rebuilt: Vec<_> = one.iter().filter(|index| index.action == IndexAction::Rebuilt).collect();
    assert_eq!(rebuilt.iter().map(|index| index.column.as_str()).collect::<Vec<_>>(), ["tags"], "{one}");
    let error = store.create_indexes().rebuild_column("more").await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("more")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn searches_find_the_same_while_indexes_are_rebuilt() {
    let folder = tempfile::tempdir().unwrap();
    let store = built(folder.path()).await;
    let reader = open(folder.path()).await;
    let rebuild = async {
        store.create_indexes().recall(0.2).samples(5).rebuild().await.unwrap();
    };
    tokio::pin!(rebuild);
    let mut searches = 0;
    loop {
        tokio::select! {
            () = &mut rebuild => break,
            () = async {
                for (column, found) in FOUND {
                    assert_eq!(search(&reader, column).await.unwrap(), found, "{column}");
                }
            } => searches += 1,
        }
    }
    assert!(searches > 0);
}
