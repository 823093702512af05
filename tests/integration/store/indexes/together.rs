//! Index builds that run at the same time as other operations.

use datus_store::{Database, EmbeddingRecord, IndexAction, Store};

use super::{ivf_flat, points};

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "words")]
struct Word {
    #[datus(key)]
    id: i64,
    #[datus(index = bitmap)]
    topic: String,
    #[datus(fts)]
    text: String,
}

fn word(id: i64) -> Word {
    Word { id, topic: format!("topic {}", id % 3), text: format!("word number {id}") }
}

#[tokio::test]
async fn one_of_several_simultaneous_builds_does_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let mut stores = Vec::new();
    for number in 0..4 {
        let db = Database::connect(folder.path()).await.unwrap();
        let store: Store<Word> = db.store(()).await.unwrap();
        if number == 0 {
            store.add((0..100).map(word)).await.unwrap();
        }
        stores.push(store);
    }
    let [first, second, third, fourth] = &stores[..] else { unreachable!() };
    let (first, second, third, fourth) = tokio::join!(
        async { first.create_indexes().await.unwrap() },
        async { second.create_indexes().await.unwrap() },
        async { third.create_indexes().await.unwrap() },
        async { fourth.create_indexes().await.unwrap() },
    );
    let built = [&first, &second, &third, &fourth]
        .map(|report| report.iter().filter(|entry| entry.action == IndexAction::Built).count());
    assert_eq!(built.iter().sum::<usize>(), 2, "{built:?}");
    assert_eq!(stores[0].as_lancedb().list_indices().await.unwrap().len(), 2);
}

#[tokio::test]
async fn indexes_are_built_while_rows_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let store: Store<Word> = db.store(()).await.unwrap();
    store.add((0..50).map(word)).await.unwrap();
    let writer = store.clone();
    let (report, ()) = tokio::join!(async { store.create_indexes().await.unwrap() }, async {
        for id in 50..60 {
            writer.upsert([word(id), word(id - 50)]).await.unwrap();
        }
    });
    assert!(report.iter().filter(|entry| entry.action == IndexAction::Built).count() == 2, "{report}");
    assert_eq!(store.count().await.unwrap(), 60);
    assert_eq!(store.search_all().topic("topic 1").count().await.unwrap(), 20);
    assert!(store.create_indexes().await.unwrap().is_unchanged());
}

#[tokio::test]
async fn indexes_of_a_table_without_locks_are_built() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("file-object-store://{}", folder.path().display());
    let db = Database::connect(address).await.unwrap();
    let store: Store<ivf_flat::Point> = points(&db, 0..300).await;
    let report = store.create_indexes().samples(20).await.unwrap();
    assert_eq!(report.indexes[0].action, IndexAction::Built, "{report}");
    assert_eq!(store.search("point 5").await.unwrap()[0].record.number, 5);
}
