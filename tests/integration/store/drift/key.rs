//! Declaring or changing a key is safe if no two rows share a key (fault 41).

use datus_store::plan::{Effect, Step};
use datus_store::{Drift, ErrorKind, Store};

use super::super::memory;
use super::upgrade;

macro_rules! version {
    ($module:ident { $($body:tt)* }) => {
        mod $module {
            #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
            #[datus(table = "files")]
            pub(super) struct File { $($body)* }
        }
    };
}

version!(unkeyed { pub(super) path: String, pub(super) size: i64 });
version!(by_path { #[datus(key)] pub(super) path: String, pub(super) size: i64 });
version!(by_size { pub(super) path: String, #[datus(key)] pub(super) size: i64 });

fn file(path: &str, size: i64) -> unkeyed::File {
    unkeyed::File { path: path.to_owned(), size }
}

#[tokio::test]
async fn a_key_is_declared_if_no_two_rows_share_it() {
    let db = memory().await;
    let old: Store<unkeyed::File> = db.store(()).await.unwrap();
    old.add([file("/a", 1), file("/b", 1)]).await.unwrap();

    let (files, plan) = upgrade::<by_path::File>(&db, ()).await;
    assert!(matches!(plan.steps(), [Step::ChangeKey { rows: 0, .. }]), "{plan}");
    assert!(plan.to_string().contains("from () to (path); no two rows share it"), "{plan}");
    let written = files.upsert([by_path::File { path: "/a".to_owned(), size: 9 }]).await.unwrap();
    assert_eq!((written.updated, files.count().await.unwrap()), (1, 2));

    // Opening the table with the old struct again removes the key.
    let (files, plan) = upgrade::<unkeyed::File>(&db, ()).await;
    assert!(matches!(plan.steps(), [Step::ChangeKey { rows: 0, to, .. }] if to.is_empty()), "{plan}");
    files.add([file("/a", 1)]).await.unwrap();
}

#[tokio::test]
async fn a_key_that_rows_share_is_refused_with_their_number() {
    let db = memory().await;
    let old: Store<unkeyed::File> = db.store(()).await.unwrap();
    old.add([file("/a", 1), file("/b", 1), file("/c", 1), file("/d", 2)]).await.unwrap();
    let plan = db.plan::<by_size::File>(()).await.unwrap();
    let [step @ Step::ChangeKey { rows: 2, .. }] = plan.steps() else { panic!("{plan}") };
    assert_eq!(step.effect(), Effect::DestroysData);
    assert!(plan.to_string().contains("2 rows have no key of their own"), "{plan}");
    let version = old.version().await.unwrap();
    let error = db.store::<by_size::File>(()).drift(Drift::ApplySafe).await.unwrap_err();
    assert_eq!((error.kind(), old.version().await.unwrap()), (ErrorKind::SchemaMismatch, version));

    let (_, plan) = upgrade::<by_path::File>(&db, ()).await;
    assert!(plan.is_safe(), "{plan}");
}

#[tokio::test]
async fn a_key_is_moved_to_a_different_column() {
    let db = memory().await;
    let files: Store<by_path::File> = db.store(()).await.unwrap();
    let row = |path: &str, size| by_path::File { path: path.to_owned(), size };
    files.upsert([row("/a", 1), row("/b", 2)]).await.unwrap();
    let (files, plan) = upgrade::<by_size::File>(&db, ()).await;
    assert!(plan.to_string().contains("from (path) to (size)"), "{plan}");
    let written = files.upsert([by_size::File { path: "/a".to_owned(), size: 2 }]).await.unwrap();
    assert_eq!((written.updated, written.inserted), (1, 0));
    assert_eq!(files.search_all().path("/a").count().await.unwrap(), 2);
}
