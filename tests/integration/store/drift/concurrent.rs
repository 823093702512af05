use datus_store::{Database, Drift, Store};
use futures::future::join_all;

mod v1 {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "shared")]
    pub(super) struct Row {
        pub(super) id: i64,
    }
}

mod v2 {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "shared")]
    pub(super) struct Row {
        /// The number.
        pub(super) id: i64,
        pub(super) note: Option<String>,
        #[datus(default = "nobody")]
        pub(super) owner: String,
    }
}

async fn opened(uri: &str) -> Store<v2::Row> {
    Database::connect(uri).await.unwrap().store(()).drift(Drift::ApplySafe).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_several_simultaneous_openings_changes_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let uri = folder.path().to_str().unwrap().to_owned();
    let before: Store<v1::Row> = Database::connect(&uri).await.unwrap().store(()).await.unwrap();
    before.add((0..100).map(|id| v1::Row { id })).await.unwrap();
    let version = before.version().await.unwrap();

    let tasks = (0..6).map(|_| {
        let uri = uri.clone();
        tokio::spawn(async move { opened(&uri).await.applied().len() })
    });
    let applied: Vec<usize> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(applied.iter().filter(|&&steps| steps > 0).count(), 1, "{applied:?}");
    let store = opened(&uri).await;
    // The steps change the nullability, the values, and the metadata of a column.
    assert_eq!(store.version().await.unwrap(), version + 3);
    assert_eq!(store.search_all().owner("nobody").count().await.unwrap(), 100);
}

/// A record without a key takes no write lock, so rows may be added while the table is changed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rows_that_are_added_during_a_change_are_kept_or_refused() {
    for _ in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let uri = folder.path().to_str().unwrap().to_owned();
        let before: Store<v1::Row> = Database::connect(&uri).await.unwrap().store(()).await.unwrap();
        before.add([v1::Row { id: -1 }]).await.unwrap();
        let writer = tokio::spawn(async move {
            let mut added = vec![-1];
            for id in 0..12 {
                if before.add([v1::Row { id }]).await.is_ok() {
                    added.push(id);
                }
            }
            added
        });
        let store = opened(&uri).await;
        let added = writer.await.unwrap();
        let rows: Vec<v2::Row> = store.search_all().order_by(|t| t.id.asc()).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), added);
    }
}
