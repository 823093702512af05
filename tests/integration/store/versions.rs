//! Older versions of a table: reading them, tags that keep them, and restoring them.

use std::time::Duration;

use datus_store::{
    Database, Embedding, EmbeddingRecord, ErrorKind, Maintenance, OptimizeStep, Store, Tag, VersionName, View,
};

use super::full_text::{Recipe, index, recipe};
use super::{Note, ids, line, note, sorted_ids, unmaintained};
use crate::support::models::Toy;

/// Returns a store whose versions have 1, 2, … notes, and the numbers of these versions.
async fn growing(db: &Database, length: i64) -> (Store<Note>, Vec<u64>) {
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    let mut versions = Vec::new();
    for row in line(length) {
        versions.push(store.add([row]).await.unwrap().version.unwrap());
    }
    (store, versions)
}

fn names(tags: &[Tag]) -> Vec<(&str, u64)> {
    tags.iter().map(|tag| (tag.name.as_str(), tag.version)).collect()
}

#[tokio::test]
async fn every_read_of_an_older_version_returns_its_rows() {
    let db = unmaintained().await;
    let (store, versions) = growing(&db, 6).await;
    let before: View<Note> = store.at(versions[3]).await.unwrap();
    store.update().filter(|t| t.id.eq(1)).set(|t| t.topic, "changed").await.unwrap();
    store.delete().filter(|t| t.id.eq(0)).await.unwrap();

    assert_eq!((before.version().await.unwrap(), before.count().await.unwrap()), (versions[3], 4));
    assert_eq!(sorted_ids(&before.search_all().await.unwrap()), [0, 1, 2, 3]);
    assert_eq!(before.get(1).await.unwrap().unwrap().topic, "odd");
    assert_eq!(before.get(5).await.unwrap(), None);
    assert_eq!(before.search("5 0 1").limit(2).await.unwrap()[0].record.id, 3);
    assert_eq!(before.similar_to(0).limit(1).await.unwrap()[0].record.id, 1);
    let counts = before.search_all().count_by(|t| t.topic).await.unwrap();
    assert_eq!(counts, [("even".to_owned(), 2), ("odd".to_owned(), 2)]);
    assert_eq!(before.search_all().max(|t| t.id).await.unwrap(), Some(3));
    let best = before.search_all().order_by(|t| t.id.desc()).limit_per(|t| t.topic, 1);
    assert_eq!(ids(&best.await.unwrap()), [3, 2]);
    let page = before.search_all().order_by(|t| t.id.desc()).page(3).await.unwrap();
    let rest = before.search_all().order_by(|t| t.id.desc()).page(3).after(page.next.as_ref()).await.unwrap();
    assert_eq!((ids(&page.items), ids(&rest.items)), (vec![3, 2, 1], vec![0]));
    assert_eq!((before.table_name(), format!("{before:?}").as_str()), ("notes", "Store(\"notes\")"));

    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), [1, 2, 3, 4, 5]);
    assert_eq!(before.clone().count().await.unwrap(), 4);
}

#[tokio::test]
async fn full_text_reads_the_indexes_of_the_version() {
    let db = unmaintained().await;
    let store: Store<Recipe> = db.store(Toy::new()).await.unwrap();
    store.add([recipe(1, "Tomato soup", "0 0 1 tomato")]).await.unwrap();
    let without = store.version().await.unwrap();
    index(&store).await;
    store.tag("indexed").await.unwrap();
    store.add([recipe(2, "Tomato salad", "1 0 1 tomato")]).await.unwrap();
    let indexed = store.at("indexed").await.unwrap();
    assert_eq!(indexed.search_text(|t| t.all().matches("tomato")).await.unwrap().len(), 1);
    assert_eq!(store.search_text(|t| t.all().matches("tomato")).await.unwrap().len(), 2);
    let error =
        store.at(without).await.unwrap().search_text(|t| t.title.matches("tomato")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingIndex, "{error}");
}

#[tokio::test]
async fn tags_name_versions_and_are_listed_in_order() {
    let db = unmaintained().await;
    let (store, versions) = growing(&db, 4).await;
    assert!(store.tags().await.unwrap().is_empty());
    assert_eq!(store.tag("newest").await.unwrap(), versions[3]);
    assert_eq!(store.tag("b.1").version(versions[1]).await.unwrap(), versions[1]);
    assert_eq!(store.tag("a").version("b.1").await.unwrap(), versions[1]);
    let tags = store.tags().await.unwrap();
    assert_eq!(names(&tags), [("a", versions[1]), ("b.1", versions[1]), ("newest", versions[3])]);
    assert_eq!(store.at("a").await.unwrap().count().await.unwrap(), 2);
    assert_eq!(
        store.at(VersionName::Tag("a".to_owned())).await.unwrap().version().await.unwrap(),
        versions[1]
    );
    store.delete_tag("a").await.unwrap();
    assert_eq!(names(&store.tags().await.unwrap()), [("b.1", versions[1]), ("newest", versions[3])]);
}

#[tokio::test]
async fn a_tag_or_version_that_does_not_exist_is_an_error_that_names_it() {
    let db = unmaintained().await;
    let (store, versions) = growing(&db, 2).await;
    store.tag("taken").await.unwrap();
    let errors = [
        (store.at("missing").await.unwrap_err(), "`missing`"),
        (store.at(99).await.unwrap_err(), "99"),
        (store.at(0).await.unwrap_err(), "0"),
        (store.restore("missing").await.unwrap_err(), "`missing`"),
        (store.restore(99).await.unwrap_err(), "99"),
        (store.delete_tag("missing").await.unwrap_err(), "`missing`"),
        (store.tag("taken").version(versions[0]).await.unwrap_err(), "`taken`"),
        (store.tag("new").version(99).await.unwrap_err(), "99"),
        (store.tag("").await.unwrap_err(), "``"),
        (store.tag("a/b").await.unwrap_err(), "`a/b`"),
        (store.tag("a..b").await.unwrap_err(), "`a..b`"),
    ];
    for (error, named) in errors {
        assert_eq!((error.kind(), error.table()), (ErrorKind::InvalidInput, Some("notes")), "{error}");
        assert!(error.message().contains(named) && error.help().is_some(), "{error}");
    }
    assert_eq!(names(&store.tags().await.unwrap()), [("taken", versions[1])]);
}

#[tokio::test]
async fn optimize_removes_old_versions_and_keeps_tagged_ones() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path())
        .maintenance(Maintenance::off())
        .without_small_writes()
        .await
        .unwrap();
    let (store, versions) = growing(&db, 6).await;
    store.tag("kept").version(versions[2]).await.unwrap();
    let view = store.at("kept").await.unwrap();
    store.delete().all_rows().await.unwrap();
    store.optimize().only([OptimizeStep::RemoveVersions]).keep_versions(Duration::ZERO).await.unwrap();

    let again = Database::connect(folder.path()).await.unwrap();
    let again: Store<Note> = again.store(Toy::new()).await.unwrap();
    for view in [view, again.at("kept").await.unwrap(), again.at(versions[2]).await.unwrap()] {
        assert_eq!(sorted_ids(&view.search_all().await.unwrap()), [0, 1, 2]);
        assert_eq!(view.search("2 0 1").limit(1).await.unwrap()[0].record.id, 2);
    }
    let error = again.at(versions[1]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired, "{error}");
    assert_eq!(again.restore(versions[1]).await.unwrap_err().kind(), ErrorKind::Expired);

    again.delete_tag("kept").await.unwrap();
    again.optimize().only([OptimizeStep::RemoveVersions]).keep_versions(Duration::ZERO).await.unwrap();
    assert_eq!(again.at(versions[2]).await.unwrap_err().kind(), ErrorKind::Expired);
}

#[tokio::test]
async fn a_restored_version_is_the_newest_and_can_be_written_to() {
    let db = Database::connect("memory://").maintenance(Maintenance::off()).await.unwrap();
    let (store, versions) = growing(&db, 4).await;
    store.tag("two").version(versions[1]).await.unwrap();
    store.update().filter(|t| t.id.eq(1)).set(|t| t.text, "77 0 1").await.unwrap();
    store.upsert([note(9, "9 9 9")]).await.unwrap();
    let last = store.version().await.unwrap();

    let restored = store.restore("two").await.unwrap();
    assert!(restored > last, "{restored} {last}");
    assert_eq!(store.version().await.unwrap(), restored);
    assert_eq!(store.search_all().order_by(|t| t.id.asc()).await.unwrap(), line(2));
    assert_eq!(store.search("77 0 1").limit(1).await.unwrap()[0].score.value(), 76.0 * 76.0);
    assert_eq!(store.get(9).await.unwrap(), None);
    assert_eq!(store.restore(restored).await.unwrap(), restored, "the newest version is already there");

    // The keys of rows that are gone can be used again, and the keys of restored rows are in use again.
    store.add([note(9, "1 1 1"), note(3, "3 3 3")]).await.unwrap();
    assert_eq!(store.add([note(1, "1 1 1")]).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(store.upsert([note(1, "5 5 5")]).await.unwrap().updated, 1);
    assert_eq!(store.get(1).await.unwrap().unwrap().text.as_deref(), Some("5 5 5"));
    assert_eq!(store.health().await.unwrap().rows, 4);

    store.restore(last).await.unwrap();
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), [0, 1, 2, 3, 9]);
    assert_eq!(store.get(1).await.unwrap().unwrap().text.as_deref(), Some("77 0 1"));
}

#[tokio::test]
async fn other_stores_see_a_restored_version() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let (store, versions) = growing(&db, 3).await;
    let other = Database::connect(folder.path()).await.unwrap();
    let other: Store<Note> = other.store(Toy::new()).await.unwrap();
    assert_eq!(other.get(2).await.unwrap().unwrap().id, 2);
    store.restore(versions[0]).await.unwrap();
    assert_eq!((other.count().await.unwrap(), other.get(2).await.unwrap()), (1, None));
    other.add([note(2, "8 8 8")]).await.unwrap();
    assert_eq!(store.get(2).await.unwrap().unwrap().text.as_deref(), Some("8 8 8"));
}

#[tokio::test]
async fn a_version_with_vectors_of_a_different_model_can_be_read_and_not_searched() {
    let db = unmaintained().await;
    let store = db.store::<Note>(Toy::new()).await.unwrap();
    store.add(line(3)).await.unwrap();
    let version = store.version().await.unwrap();
    store.reembed(Toy::named("other", 10.0)).await.unwrap();
    let old = store.at(version).await.unwrap();
    assert_eq!(sorted_ids(&old.search_all().await.unwrap()), [0, 1, 2]);
    for error in [
        old.search("1 0 1").await.unwrap_err(),
        old.search_all().with_vectors().await.unwrap_err(),
        store.restore(version).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
        assert!(error.message().contains(&format!("version {version}")), "{error}");
    }
    let vector = Embedding::of("other", [10.0, 0.0, 10.0]);
    assert_eq!(store.search(vector).limit(1).await.unwrap()[0].record.id, 1);
}

mod changed {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "notes")]
    pub(super) struct Note {
        #[datus(key)]
        pub(super) id: i64,
        pub(super) topic: String,
        pub(super) rank: Option<i32>,
        #[datus(embed(metric = l2))]
        pub(super) text: Option<String>,
        #[datus(default = "nobody")]
        pub(super) author: String,
        pub(super) size: Option<i64>,
    }
}

#[tokio::test]
async fn a_version_before_a_new_column_fills_in_its_default_or_is_refused() {
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    #[datus(table = "notes")]
    struct Defaulted {
        #[datus(key)]
        id: i64,
        topic: String,
        rank: Option<i32>,
        #[datus(embed(metric = l2))]
        text: Option<String>,
        #[datus(default = "nobody")]
        author: String,
    }
    let db = unmaintained().await;
    let store = notes_in(&db).await;
    let version = store.version().await.unwrap();
    let open = db.store::<Defaulted>(Toy::new()).drift(datus_store::Drift::ApplySafe);
    let defaulted: Store<Defaulted> = open.await.unwrap();
    let old = defaulted.at(version).await.unwrap();
    assert!(old.search_all().await.unwrap().iter().all(|row| row.author == "nobody"));
    assert_eq!(defaulted.restore(version).await.unwrap_err().kind(), ErrorKind::SchemaMismatch);

    let open = db.store::<changed::Note>(Toy::new()).drift(datus_store::Drift::ApplySafe);
    let changed: Store<changed::Note> = open.await.unwrap();
    let error = changed.at(version).await.unwrap_err();
    assert_eq!((error.kind(), error.differences().len()), (ErrorKind::SchemaMismatch, 1), "{error}");
    assert!(error.message().contains("`size`"), "{error}");
}

async fn notes_in(db: &Database) -> Store<Note> {
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(3)).await.unwrap();
    store
}

#[tokio::test]
async fn the_versions_of_a_dropped_table_are_gone() {
    let db = unmaintained().await;
    let (store, versions) = growing(&db, 4).await;
    store.tag("old").await.unwrap();
    db.drop_table("notes").await.unwrap();
    assert_eq!(store.at("old").await.unwrap_err().kind(), ErrorKind::TableNotFound);
    let (new, _) = growing(&db, 1).await;
    for error in [new.at(versions[3]).await.unwrap_err(), new.at("old").await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    assert!(new.tags().await.unwrap().is_empty());
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Task {
    #[datus(scope)]
    team: String,
    #[datus(key)]
    id: i64,
    topic: String,
    #[datus(embed(metric = l2))]
    text: String,
}

#[tokio::test]
async fn scopes_and_views_restrict_counts_limits_and_older_versions() {
    let db = unmaintained().await;
    let tasks: Store<Task> = db.store(Toy::new()).await.unwrap();
    let task = |team: &str, id: i64| Task {
        team: team.to_owned(),
        id,
        topic: if id % 2 == 0 { "even" } else { "odd" }.to_owned(),
        text: format!("{id} 0 1"),
    };
    let (red, blue) = (tasks.scoped("red"), tasks.scoped("blue"));
    red.add((0..4).map(|id| task("red", id))).await.unwrap();
    blue.add((2..9).map(|id| task("blue", id))).await.unwrap();
    tasks.tag("before").await.unwrap();
    red.delete().all_rows().await.unwrap();
    red.add([task("red", 7)]).await.unwrap();

    let before = red.at("before").await.unwrap();
    let view = before.view(|t| t.id.lt(3));
    assert_eq!((red.count().await.unwrap(), before.count().await.unwrap()), (1, 4));
    assert_eq!(view.search_all().count_by(|t| t.team).await.unwrap(), [("red".to_owned(), 3)]);
    let topics = view.search_all().count_by(|t| t.topic).await.unwrap();
    assert_eq!(topics, [("even".to_owned(), 2), ("odd".to_owned(), 1)]);
    assert_eq!(view.search_all().max(|t| t.id).await.unwrap(), Some(2));
    assert_eq!(view.search_all().min(|t| t.team).await.unwrap().as_deref(), Some("red"));
    let first = view.search_all().order_by(|t| t.id.desc()).limit_per(|t| t.topic, 1).await.unwrap();
    assert_eq!(first.iter().map(|task| task.id).collect::<Vec<_>>(), [2, 1]);
    let hits = view.search("9 0 1").limit_per(|t| t.topic, 1).await.unwrap();
    assert_eq!(
        hits.iter().map(|hit| (&*hit.record.team, hit.record.id)).collect::<Vec<_>>(),
        [("red", 2), ("red", 1)]
    );
    assert_eq!(before.get(7).await.unwrap(), None);
    let counts =
        tasks.across_scopes().at("before").await.unwrap().search_all().count_by(|t| t.team).await.unwrap();
    assert_eq!(counts, [("blue".to_owned(), 7), ("red".to_owned(), 4)]);
}
