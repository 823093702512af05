use datus_store::lancedb::index::Index;
use datus_store::plan::Step;
use datus_store::{Database, IndexAction, Store};

use super::{memory, upgrade};

mod v1 {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "songs")]
    pub(super) struct Song {
        #[datus(key, index = btree)]
        pub(super) id: i64,
        #[datus(index = bitmap)]
        pub(super) genre: String,
        #[datus(index)]
        pub(super) year: i32,
        #[datus(fts)]
        pub(super) lyrics: String,
    }
}

mod v2 {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "songs")]
    pub(super) struct Song {
        #[datus(key)]
        pub(super) id: i64,
        pub(super) genre: String,
        #[datus(index)]
        pub(super) year: i32,
        #[datus(fts(language = "German"))]
        pub(super) lyrics: String,
    }
}

fn song(id: i64) -> v1::Song {
    let (genre, lyrics) = (if id % 2 == 0 { "folk" } else { "rock" }.to_owned(), "la la".to_owned());
    v1::Song { id, genre, year: 1900, lyrics }
}

async fn index_names(db: &Database) -> Vec<String> {
    let table = db.as_lancedb().open_table("songs").execute().await.unwrap();
    let mut names: Vec<String> =
        table.list_indices().await.unwrap().into_iter().map(|index| index.name).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn only_indexes_that_the_struct_no_longer_declares_are_dropped() {
    let db = memory().await;
    let before: Store<v1::Song> = db.store(()).await.unwrap();
    before.add((0..300).map(song)).await.unwrap();
    let table = before.as_lancedb();
    let indexes = [
        ("id", Index::BTree(Default::default())),
        ("genre", Index::Bitmap(Default::default())),
        ("year", Index::BTree(Default::default())),
        ("lyrics", Index::FTS(Default::default())),
    ];
    for (column, index) in indexes {
        table.create_index(&[column], index).execute().await.unwrap();
    }
    let by_hand = Index::BTree(Default::default());
    table.create_index(&["genre"], by_hand).name("by_hand".to_owned()).execute().await.unwrap();
    assert_eq!(index_names(&db).await.len(), 5);

    let (store, plan) = upgrade::<v2::Song>(&db, ()).await;
    let dropped: Vec<&str> = plan
        .steps()
        .iter()
        .filter_map(|step| match step {
            Step::DropIndex { column, .. } => Some(column.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(dropped, ["genre"], "{plan}");
    assert_eq!(index_names(&db).await, ["by_hand", "id_idx", "lyrics_idx", "year_idx"]);
    assert_eq!(store.search_all().genre("folk").count().await.unwrap(), 150);
}

#[tokio::test]
async fn a_text_index_with_other_options_is_used_until_it_is_rebuilt() {
    let db = memory().await;
    let before: Store<v1::Song> = db.store(()).await.unwrap();
    before.add((0..20).map(song)).await.unwrap();
    before.create_indexes().await.unwrap();

    let (store, _) = upgrade::<v2::Song>(&db, ()).await;
    assert_eq!(store.search_text(|t| t.lyrics.matches("la")).limit(5).await.unwrap().len(), 5);
    let report = store.create_indexes().await.unwrap();
    let actions: Vec<IndexAction> = report.of("lyrics").map(|entry| entry.action).collect();
    assert_eq!(actions, [IndexAction::Rebuilt], "{report}");
    assert_eq!(store.search_text(|t| t.lyrics.matches("la")).limit(5).await.unwrap().len(), 5);
    assert!(store.create_indexes().await.unwrap().is_unchanged());
}
