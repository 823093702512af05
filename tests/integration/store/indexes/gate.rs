//! Full-text indexes with new options that replace the old ones only if the condition on their answers holds.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;

use datus_store::evaluate::{Question, RunReport};
use datus_store::{
    Advice, Database, EmbeddingRecord, ErrorKind, IndexAction, IndexEntry, IndexReport, Maintenance, Store,
};

use crate::store::memory;

/// Records of one table whose texts have indexes with different options.
macro_rules! records {
    ($($record:ident($($title:meta)?)($body:meta);)+) => {
        $(
            #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
            #[datus(table = "articles")]
            struct $record {
                #[datus(key)]
                id: i64,
                $(#[datus($title)])?
                title: String,
                #[datus($body)]
                body: String,
            }

            impl From<(i64, &str, &str)> for $record {
                fn from((id, title, body): (i64, &str, &str)) -> Self {
                    Self { id, title: title.to_owned(), body: body.to_owned() }
                }
            }
        )+
    };
}

records! {
    Stemmed()(fts);
    Exact()(fts(stem = false));
    Both(fts)(fts);
    ExactBoth(fts(stem = false))(fts(stem = false));
}

const BODIES: [&str; 4] = ["How to bake bread", "How to brew tea", "How to boil rice", "Nothing else"];

fn rows<R: for<'a> From<(i64, &'a str, &'a str)>>() -> Vec<R> {
    (1..).zip(BODIES).map(|(id, body)| R::from((id, "untitled", body))).collect()
}

/// Returns questions whose answers can be found only with an index that stems words.
fn questions() -> [Question; 3] {
    [Question::new("baking", [1]), Question::new("brewing", [2]), Question::new("boiled", [3])]
}

fn not_worse(old: &RunReport<'_>, new: &RunReport<'_>) -> bool {
    new.recall(10) >= old.recall(10) - 0.01
}

/// Returns a database without background maintenance, in a folder.
async fn in_folder(folder: &Path) -> Database {
    Database::connect(folder).maintenance(Maintenance::off()).without_small_writes().await.unwrap()
}

fn entry<'a>(report: &'a IndexReport, column: &'static str) -> &'a IndexEntry {
    report.of(column).find(|entry| entry.kind == "fts").unwrap()
}

/// Runs a future in a separate thread with its own runtime.
fn elsewhere<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work)
    };
    std::thread::spawn(run).join().unwrap()
}

/// Returns the files of the table.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    let mut folders = vec![folder.join("articles.lance")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => drop(files.insert(path.display().to_string())),
            }
        }
    }
    files
}

#[tokio::test]
async fn an_index_that_meets_the_condition_replaces_the_old_one_in_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let db = in_folder(folder.path()).await;
    let exact: Store<Exact> = db.store(()).await.unwrap();
    exact.add(rows::<Exact>()).await.unwrap();
    exact.create_indexes().await.unwrap();
    let version = exact.version().await.unwrap();

    let store: Store<Stemmed> = db.store(()).await.unwrap();
    let mut seen = Vec::new();
    let accept = |old: &RunReport<'_>, new: &RunReport<'_>| {
        seen.push((old.recall(10), new.recall(10), new.mrr(1)));
        not_worse(old, new)
    };
    let report = store.create_indexes().only_if(questions(), |t| t.id, accept).await.unwrap();
    assert_eq!(seen, [(0.0, 1.0, 1.0)]);
    let body = entry(&report, "body");
    assert_eq!(body.action, IndexAction::Rebuilt, "{report}");
    assert!(
        body.why.contains("stem=false") && body.why.contains("recall@10 is 1.000 instead of 0.000"),
        "{report}"
    );
    assert!(!report.is_unchanged() && !body.elapsed.is_zero(), "{report}");
    assert_eq!(store.version().await.unwrap(), version + 1);
    let found = store.search_text(|t| t.body.matches("baking")).first().await.unwrap().unwrap();
    assert_eq!(found.record.id, 1);
    assert!(store.create_indexes().await.unwrap().is_unchanged());
    assert!(
        !files(folder.path()).iter().any(|file| file.contains("_versions/d")),
        "{:?}",
        files(folder.path())
    );

    // The table can still be written, and another program can open it.
    store.add([Stemmed::from((9, "", "baked beans"))]).await.unwrap();
    let other: Store<Stemmed> = in_folder(folder.path()).await.store(()).await.unwrap();
    assert_eq!(other.search_text(|t| t.body.matches("bake")).await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_index_that_fails_the_condition_leaves_the_table_and_its_files_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let db = in_folder(folder.path()).await;
    let stemmed: Store<Stemmed> = db.store(()).await.unwrap();
    stemmed.add(rows::<Stemmed>()).await.unwrap();
    stemmed.create_indexes().await.unwrap();
    let (version, before) = (stemmed.version().await.unwrap(), files(folder.path()));

    let store: Store<Exact> = db.store(()).await.unwrap();
    let report = store.create_indexes().only_if(questions(), |t| t.id, not_worse).await.unwrap();
    let body = entry(&report, "body");
    assert_eq!((body.action, body.name.as_deref()), (IndexAction::Refused, Some("body_fts")), "{report}");
    assert!(body.why.contains("recall@10 is 0.000 instead of 1.000"), "{report}");
    assert!(body.why.contains("the struct declares"), "{report}");
    assert!(report.is_unchanged() && report.to_string().contains("body (fts): refused: "), "{report}");
    assert_eq!((store.version().await.unwrap(), files(folder.path())), (version, before));
    assert_eq!(store.search_text(|t| t.body.matches("baking")).await.unwrap().len(), 1);
    let health = store.health().await.unwrap();
    assert_eq!(health.advice, [Advice::CreateIndexes { columns: vec!["body".into()] }], "{health}");

    // The refusal is not permanent.
    store.add([Exact::from((9, "", "baking soda"))]).await.unwrap();
    let report = store.create_indexes().await.unwrap();
    assert_eq!(entry(&report, "body").action, IndexAction::Rebuilt, "{report}");
    assert_eq!(store.search_text(|t| t.body.matches("baking")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_accepted_index_is_built_again_if_its_files_were_compacted_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let without_locks = || async {
        let connect = Database::connect(folder.path()).without_locks().without_small_writes();
        connect.maintenance(Maintenance::off()).await.unwrap()
    };
    let exact: Store<Exact> = without_locks().await.store(()).await.unwrap();
    for row in rows::<Exact>() {
        exact.add([row]).await.unwrap();
    }
    exact.create_indexes().await.unwrap();
    let store: Store<Stemmed> = without_locks().await.store(()).await.unwrap();
    let mut compacted = 0;
    let accept = |_: &RunReport<'_>, new: &RunReport<'_>| {
        let other = exact.clone();
        compacted = elsewhere(async move {
            other.optimize().await.unwrap();
            other.health().await.unwrap().fragments
        });
        new.recall(1) == 1.0
    };
    let report = store.create_indexes().only_if(questions(), |t| t.id, accept).await.unwrap();
    assert_eq!((entry(&report, "body").action, compacted), (IndexAction::Rebuilt, 1), "{report}");
    let index = &store.health().thorough().await.unwrap().indexes[0];
    assert_eq!((index.indexed_rows, index.unindexed_rows, &index.damage), (4, 0, &None));
    assert_eq!(store.search_text(|t| t.body.matches("baking")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn indexes_of_several_columns_are_decided_one_after_the_other() {
    let db = memory().await;
    let both: Store<Both> = db.store(()).await.unwrap();
    let named = |id, title, body| Both::from((id, title, body));
    both.add([named(1, "Baked goods", "flour"), named(2, "Drinks", "brew tea"), named(3, "x", "y")])
        .await
        .unwrap();
    both.create_indexes().await.unwrap();

    let store: Store<ExactBoth> = db.store(()).await.unwrap();
    let questions = [Question::new("bake", [1]), Question::new("brewing", [2])];
    let mut seen = Vec::new();
    let accept = |old: &RunReport<'_>, new: &RunReport<'_>| {
        seen.push((old.recall(10), new.recall(10)));
        seen.len() == 1
    };
    let report = store.create_indexes().only_if(questions, |t| t.id, accept).await.unwrap();
    // The questions search all columns. The second change is compared with the table after the first change.
    assert_eq!(seen, [(1.0, 0.5), (0.5, 0.0)], "{report}");
    assert_eq!(entry(&report, "title").action, IndexAction::Rebuilt, "{report}");
    assert_eq!(entry(&report, "body").action, IndexAction::Refused, "{report}");
    let found = store.search_text(|t| t.all().matches("brewing")).select(|t| t.id).await.unwrap();
    assert_eq!(found.iter().map(|hit| hit.record).collect::<Vec<_>>(), [2]);
    assert!(store.search_text(|t| t.all().matches("bake")).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_index_without_an_old_one_to_compare_is_built_without_questions() {
    let folder = tempfile::tempdir().unwrap();
    let db = in_folder(folder.path()).await;
    let never = |_: &RunReport<'_>, _: &RunReport<'_>| -> bool { panic!("there is nothing to compare") };
    let store: Store<Exact> = db.store(()).await.unwrap();
    store.add(rows::<Exact>()).await.unwrap();
    let report = store.create_indexes().only_if(questions(), |t| t.id, never).await.unwrap();
    assert_eq!(entry(&report, "body").action, IndexAction::Built, "{report}");
    let report = store.create_indexes().rebuild().only_if(questions(), |t| t.id, never).await.unwrap();
    assert_eq!(entry(&report, "body").action, IndexAction::Rebuilt, "{report}");
    let report = store.create_indexes().only_if(questions(), |t| t.id, never).await.unwrap();
    assert_eq!(entry(&report, "body").action, IndexAction::Kept, "{report}");

    // A damaged index is rebuilt without a comparison, even if its options have changed too.
    let damaged = files(folder.path()).into_iter().filter(|file| file.contains("_indices/"));
    damaged.for_each(|file| std::fs::write(file, "").unwrap());
    let store: Store<Stemmed> = in_folder(folder.path()).await.store(()).await.unwrap();
    let report = store.create_indexes().only_if(questions(), |t| t.id, never).await.unwrap();
    assert_eq!(entry(&report, "body").action, IndexAction::Rebuilt, "{report}");
    assert_eq!(store.search_text(|t| t.body.matches("baking")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn questions_are_checked_before_an_index_is_built() {
    let db = memory().await;
    let exact: Store<Exact> = db.store(()).await.unwrap();
    exact.add(rows::<Exact>()).await.unwrap();
    exact.create_indexes().await.unwrap();
    let store: Store<Stemmed> = db.store(()).await.unwrap();
    let error = store.create_indexes().only_if([], |t| t.id, not_worse).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::InvalidInput, "there are no questions"));

    // A question that consists of stop words finds nothing. The other questions still count.
    let with_stop_words = [Question::new("the", [1]), Question::new("bread", [1])];
    let mut seen = Vec::new();
    let accept = |old: &RunReport<'_>, new: &RunReport<'_>| {
        seen.push((old.recall(10), new.recall(10)));
        false
    };
    let report = store.create_indexes().only_if(with_stop_words, |t| t.id, accept).await.unwrap();
    assert_eq!((seen, entry(&report, "body").action), (vec![(0.5, 0.5)], IndexAction::Refused), "{report}");

    // A condition that panics is an error, and the old index stays.
    let panics = |_: &RunReport<'_>, _: &RunReport<'_>| -> bool { panic!("a mistake") };
    let error = store.create_indexes().only_if(questions(), |t| t.id, panics).await.unwrap_err();
    assert_eq!(error.operation(), Some("create_indexes"), "{error}");
    assert_eq!(store.search_text(|t| t.body.matches("bake")).await.unwrap().len(), 1);
    assert!(store.search_text(|t| t.body.matches("baking")).await.unwrap().is_empty());
}

mod scoped {
    use super::*;

    macro_rules! pages {
        ($($record:ident($text:meta);)+) => {
            $(
                #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
                #[datus(table = "pages")]
                struct $record {
                    #[datus(scope)]
                    tenant: String,
                    #[datus(key)]
                    path: String,
                    #[datus($text)]
                    text: String,
                }
            )+
        };
    }

    pages! {
        Stemmed(fts);
        Exact(fts(stem = false));
    }

    #[tokio::test]
    async fn a_store_of_one_scope_searches_only_its_rows() {
        let db = memory().await;
        let exact: Store<Exact> = db.store(()).await.unwrap();
        let page = |tenant: &str, path: &str, text: &str| Exact {
            tenant: tenant.into(),
            path: path.into(),
            text: text.into(),
        };
        exact.scoped("north").add([page("north", "a", "a bread with much else")]).await.unwrap();
        exact.scoped("south").add([page("south", "b", "bread bread")]).await.unwrap();
        exact.create_indexes().await.unwrap();

        let store: Store<Stemmed> = db.store(()).await.unwrap();
        let mut seen = Vec::new();
        let mut accept = |old: &RunReport<'_>, new: &RunReport<'_>| {
            seen.push((old.mrr(10), new.mrr(10)));
            false
        };
        let questions = || [Question::new("bread", ["a"])];
        store.create_indexes().only_if(questions(), |t| t.path, &mut accept).await.unwrap();
        store.scoped("north").create_indexes().only_if(questions(), |t| t.path, &mut accept).await.unwrap();
        assert_eq!(seen, [(0.5, 0.5), (1.0, 1.0)]);
    }
}
