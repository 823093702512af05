//! Tables without rows: every change is safe (fault 30).

use datus_store::model::HashingModel;
use datus_store::plan::{Effect, Step};
use datus_store::{Database, Drift, EmbeddingRecord, ErrorKind, Store};

use super::super::memory;
use super::upgrade;
use crate::support::models::Toy;

mod v1 {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "files", metadata("team" = "search"))]
    pub(super) struct File {
        #[datus(key)]
        pub(super) path: String,
        #[datus(index)]
        pub(super) size: i32,
        pub(super) owner: Option<String>,
        #[datus(embed(metric = l2))]
        pub(super) text: String,
    }
}

macro_rules! version {
    ($module:ident { $($body:tt)* }) => {
        mod $module {
            #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
            #[datus(table = "files")]
            pub(super) struct File { $($body)* }
        }
    };
}

version!(retyped { #[datus(key)] pub(super) path: String, pub(super) size: i64, pub(super) owner: Option<String>, #[datus(embed(metric = l2))] pub(super) text: String, });
version!(rekeyed { pub(super) path: String, #[datus(key)] pub(super) size: i32, pub(super) owner: Option<String>, #[datus(embed(metric = l2))] pub(super) text: String, });
version!(fewer { #[datus(key)] pub(super) path: String, pub(super) size: i32, #[datus(embed(metric = l2))] pub(super) text: String, });
version!(unkeyed { pub(super) path: String, pub(super) size: i32, pub(super) owner: String, #[datus(embed(metric = l2))] pub(super) text: String, });
version!(plain { #[datus(key)] pub(super) path: String, pub(super) added: f64, });
version!(other_source { #[datus(key, embed)] pub(super) path: String, pub(super) size: i32, pub(super) owner: Option<String>, pub(super) text: String, });

/// Creates a table with an index, and deletes all of its rows.
async fn emptied() -> (Database, Store<v1::File>) {
    let db = memory().await;
    let store: Store<v1::File> = db.store(Toy::new()).await.unwrap();
    store.add([v1::File { path: "/a".into(), size: 1, owner: None, text: "1 2 3".into() }]).await.unwrap();
    store.create_indexes().await.unwrap();
    store.delete().all_rows().await.unwrap();
    (db, store)
}

#[tokio::test]
async fn types_keys_nulls_columns_and_models_change_in_an_empty_table() {
    macro_rules! changes {
        ($record:ty, $model:expr, $step:pat, $row:expr) => {
            // Boxed, since six of these futures together exceed the stack of a test.
            Box::pin(async {
                let (db, old) = emptied().await;
                let id = old.schema().await.unwrap().metadata()["datus:table_id"].clone();
                // Without `drift`, opening fails with the remedy.
                let error = db.store::<$record>($model).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
                assert!(error.help().unwrap().contains("has no rows"), "{error}");
                let (store, plan) = upgrade::<$record>(&db, $model).await;
                assert!(plan.steps().iter().any(|step| matches!(step, $step)), "{plan}");
                assert!(plan.steps().iter().all(|step| step.effect() == Effect::Safe), "{plan}");
                let row = $row;
                store.add([row.clone()]).await.unwrap();
                assert_eq!(store.search_all().await.unwrap(), [row]);
                let schema = store.schema().await.unwrap();
                assert_eq!(schema.metadata()["datus:table_id"], id, "it is the same table");
                assert_eq!(schema.metadata().get("team").map(String::as_str), Some("search"));
                let error = old.count().await.err().map(|error| error.kind());
                assert!(matches!(error, Some(ErrorKind::TableChanged) | None), "{error:?}");
            })
            .await
        };
    }
    let (path, text) = (|| "/b".to_owned(), || "4 5 6".to_owned());
    let row = retyped::File { path: path(), size: i64::MAX, owner: None, text: text() };
    changes!(retyped::File, Toy::new(), Step::ChangeType { rows: 0, .. }, row.clone());
    let row = rekeyed::File { path: path(), size: 7, owner: None, text: text() };
    changes!(rekeyed::File, Toy::new(), Step::ChangeKey { rows: 0, .. }, row.clone());
    let row = fewer::File { path: path(), size: 7, text: text() };
    changes!(fewer::File, Toy::new(), Step::DropColumn { rows: 0, .. }, row.clone());
    let row = unkeyed::File { path: path(), size: 7, owner: "me".into(), text: text() };
    changes!(unkeyed::File, Toy::new(), Step::ForbidNulls { nulls: 0, .. }, row.clone());
    let row = plain::File { path: path(), added: 1.5 };
    changes!(plain::File, (), Step::DropColumn { rows: 0, .. }, row.clone());
    let row = other_source::File { path: path(), size: 7, owner: None, text: text() };
    changes!(other_source::File, HashingModel::new(8), Step::Reembed { rows: 0, .. }, row.clone());
}

/// The new key is kept unique, and searches use the new model.
#[tokio::test]
async fn a_table_that_was_replaced_works_like_a_new_one() {
    let (db, _old) = emptied().await;
    let store: Store<rekeyed::File> = db.store(HashingModel::new(8)).drift(Drift::ApplySafe).await.unwrap();
    let file = |size, text: &str| rekeyed::File { path: "/a".into(), size, owner: None, text: text.into() };
    store.add([file(1, "apples"), file(2, "oranges")]).await.unwrap();
    let error = store.add([file(1, "pears")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    store.upsert([file(1, "pears")]).await.unwrap();
    assert_eq!(store.search("pears").limit(1).await.unwrap()[0].record.size, 1);
    store.verify_model().await.unwrap();
    store.create_indexes().await.unwrap();
}

/// If several programs open the table at the same time, only one of them changes it. A row that is added in the meantime is
/// never lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_row_that_is_added_before_the_change_is_kept_and_the_change_refused() {
    for _ in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let (uri, other) = (folder.path().to_owned(), folder.path().to_owned());
        let db = Database::connect(&uri).await.unwrap();
        let old: Store<v1::File> = db.store(Toy::new()).await.unwrap();
        let writer = tokio::spawn(async move {
            let row = v1::File { path: "/a".into(), size: 1, owner: None, text: "1 2 3".into() };
            old.add([row]).await.map_err(|error| error.kind())
        });
        let changer = tokio::spawn(async move {
            let db = Database::connect(&other).await.unwrap();
            let opened = db.store::<retyped::File>(Toy::new()).drift(Drift::ApplySafe).await;
            opened.map(|_| ()).map_err(|error| error.kind())
        });
        let (written, changed) = (writer.await.unwrap(), changer.await.unwrap());
        let raw = db.as_lancedb().open_table("files").execute().await.unwrap();
        let rows = raw.count_rows(None).await.unwrap();
        match (written, changed) {
            (Ok(_), Err(kind)) => assert_eq!((rows, kind), (1, ErrorKind::SchemaMismatch)),
            (Err(kind), Ok(())) => assert_eq!((rows, kind), (0, ErrorKind::TableChanged)),
            other => panic!("{other:?} with {rows} rows"),
        }
    }
}

/// Without a write lock, a row can be committed between the check and the replacement.
#[tokio::test]
async fn a_replacement_never_drops_a_concurrent_row() {
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    #[datus(table = "rows")]
    struct Before {
        id: i32,
    }
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    #[datus(table = "rows")]
    struct After {
        id: i64,
    }
    for _ in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::connect(folder.path()).await.unwrap();
        let old: Store<Before> = db.store(()).await.unwrap();
        // A record without a key takes no write lock.
        let (written, changed) = tokio::join!(async { old.add([Before { id: 1 }]).await }, async {
            db.store::<After>(()).drift(Drift::ApplySafe).await
        });
        let raw = db.as_lancedb().open_table("rows").execute().await.unwrap();
        let rows = raw.count_rows(None).await.unwrap();
        assert_eq!(rows, usize::from(written.is_ok()), "{written:?} {:?}", changed.map(|_| ()));
    }
}
