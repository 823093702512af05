//! Fault 22: the indexes of a table after `reembed`.

use datus_store::{Database, EmbeddingRecord, Store};

use super::super::memory;
use super::other;
use crate::support::models::Toy;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "recipes")]
struct Recipe {
    #[datus(key, index)]
    id: i64,
    #[datus(index = bitmap)]
    kind: String,
    #[datus(index = label_list)]
    tags: Vec<String>,
    #[datus(fts)]
    title: String,
    #[datus(embed(metric = l2), fts)]
    body: String,
}

fn recipe(id: i64) -> Recipe {
    Recipe {
        id,
        kind: format!("kind {}", id % 3),
        tags: vec![format!("tag {}", id % 5)],
        title: if id == 42 { "Saffron rice".to_owned() } else { format!("Recipe {id}") },
        body: format!("{id} 0 1 tomato soup"),
    }
}

async fn filled(db: &Database, rows: i64) -> Store<Recipe> {
    let store: Store<Recipe> = db.store(Toy::new()).await.unwrap();
    store.add((0..rows).map(recipe)).await.unwrap();
    store.create_indexes().await.unwrap();
    store
}

async fn unindexed_rows(store: &Store<Recipe>) -> Vec<(String, usize)> {
    let health = store.health().await.unwrap();
    health.indexes.into_iter().map(|index| (index.name, index.unindexed_rows)).collect()
}

#[tokio::test]
async fn scalar_and_text_indexes_cover_the_rows_after_reembed() {
    let store = filled(&memory().await, 100).await;
    assert!(unindexed_rows(&store).await.iter().all(|(_, rows)| *rows == 0));
    store.reembed(other()).batch_size(30).await.unwrap();
    let indexes = unindexed_rows(&store).await;
    assert_eq!(indexes.len(), 5);
    assert!(indexes.iter().all(|(_, rows)| *rows == 0), "{indexes:?}");
    let spelled = store.search_text(|t| t.title.fuzzy("safron", 1)).await.unwrap();
    assert_eq!(spelled.iter().map(|hit| hit.record.id).collect::<Vec<_>>(), [42]);
    assert_eq!(store.search_all().kind("kind 1").count().await.unwrap(), 33);
    assert_eq!(store.search_all().filter(|t| t.tags.contains("tag 2")).count().await.unwrap(), 20);
    assert_eq!(store.search("tomato").full_text().limit(100).count().await.unwrap(), 100);
}

#[tokio::test]
async fn full_text_finds_each_row_once_after_every_step_of_reembed() {
    let db = memory().await;
    let store = filled(&db, 60).await;
    let reader: Store<Recipe> = db.store(Toy::new()).await.unwrap();
    let mut told = tokio::sync::mpsc::unbounded_channel();
    let run = async {
        store
            .reembed(other())
            .batch_size(10)
            .progress(|_| {
                let _ = told.0.send(());
            })
            .await
            .unwrap();
    };
    let read = async {
        for _ in 0..6 {
            told.1.recv().await.unwrap();
            let hits = reader.search_text(|t| t.body.matches("tomato")).limit(100).await.unwrap();
            let mut ids: Vec<_> = hits.iter().map(|hit| hit.record.id).collect();
            ids.sort_unstable();
            assert_eq!(ids, (0..60).collect::<Vec<_>>());
        }
    };
    tokio::join!(run, read);
}

#[tokio::test]
async fn a_damaged_index_does_not_prevent_the_change_of_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&Database::connect(folder.path()).await.unwrap(), 40).await;
    let indexes = store.as_lancedb().list_indices().await.unwrap();
    let title = indexes.iter().find(|index| index.name == "title_fts").unwrap();
    let files = folder.path().join("recipes.lance/_indices").join(title.index_uuid.as_ref().unwrap());
    std::fs::remove_dir_all(files).unwrap();
    let store: Store<Recipe> =
        Database::connect(folder.path()).await.unwrap().store(Toy::new()).await.unwrap();
    assert_eq!(store.reembed(other()).batch_size(15).await.unwrap().rows, 40);
    assert_eq!(store.search("7 0 1").first().await.unwrap().unwrap().record.id, 7);
    let behind: Vec<_> = unindexed_rows(&store).await.into_iter().filter(|(_, rows)| *rows > 0).collect();
    assert_eq!(behind, [("title_fts".to_owned(), 40)]);
    store.create_indexes().await.unwrap();
    assert_eq!(store.search_text(|t| t.title.matches("recipe")).limit(50).count().await.unwrap(), 40);
}
