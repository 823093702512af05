//! `Store::changes`: the rows that were inserted, updated or deleted between two versions.

use std::collections::BTreeMap;

use datus_store::lancedb::table::ColumnAlteration;
use datus_store::{
    Change, Database, EmbeddingRecord, ErrorKind, Maintenance, OptimizeStep, Store, model::HashingModel,
};
use fastrand::Rng;
use futures::TryStreamExt;

use super::{Note, line, memory, note, unmaintained};
use crate::support::cases;
use crate::support::models::Toy;

/// Returns the changes since a version, ordered by key.
async fn changes(store: &Store<Note>, since: u64) -> Vec<Change<Note>> {
    let mut changes = store.changes().since(since).await.unwrap().collect().await.unwrap();
    changes.sort_by_key(id);
    changes
}

fn id(change: &Change<Note>) -> i64 {
    match change {
        Change::Inserted(row) | Change::Deleted(row) | Change::Updated { after: row, .. } => row.id,
    }
}

/// Returns the difference between two states of a table.
fn difference(old: &BTreeMap<i64, Note>, new: &BTreeMap<i64, Note>) -> Vec<Change<Note>> {
    let mut changes = Vec::new();
    for (id, before) in old {
        match new.get(id).cloned() {
            None => changes.push(Change::Deleted(before.clone())),
            Some(after) if after != *before => {
                changes.push(Change::Updated { before: before.clone(), after })
            }
            Some(_) => {}
        }
    }
    let inserted = new.iter().filter(|(id, _)| !old.contains_key(id));
    changes.extend(inserted.map(|(_, row)| Change::Inserted(row.clone())));
    changes.sort_by_key(id);
    changes
}

#[tokio::test]
async fn inserted_updated_and_deleted_rows_are_returned_with_the_versions() {
    let store: Store<Note> = memory().await.store(Toy::new()).await.unwrap();
    store.add(line(5)).await.unwrap();
    let rows = line(5);
    let since = store.version().await.unwrap();
    store.upsert([note(1, "5 5 5"), note(9, "9 9 9")]).await.unwrap();
    store.update().filter(|t| t.id.eq(2)).set(|t| t.topic, "new").await.unwrap();
    let until = store.version().await.unwrap();
    store.delete().filter(|t| t.id.eq(3)).await.unwrap();

    let new = |row: &Note| Note { topic: "new".to_owned(), ..row.clone() };
    let updated = [
        Change::Updated { before: rows[1].clone(), after: note(1, "5 5 5") },
        Change::Updated { before: rows[2].clone(), after: new(&rows[2]) },
    ];
    let [first, second] = updated.clone();
    let deleted = Change::Deleted(rows[3].clone());
    let inserted = Change::Inserted(note(9, "9 9 9"));
    assert_eq!(changes(&store, since).await, [first, second, deleted, inserted]);

    let set = store.changes().since(since).until(until).await.unwrap();
    assert_eq!((set.since(), set.until()), (since, until));
    let mut streamed: Vec<Change<Note>> = set.stream().try_collect().await.unwrap();
    streamed.sort_by_key(id);
    let [first, second] = updated;
    assert_eq!(streamed, [first, second, Change::Inserted(note(9, "9 9 9"))]);
    assert_eq!(changes(&store, until).await, [Change::Deleted(rows[3].clone())]);
    // In a store opened at an older version, changes end at that version.
    let older = store.at(until).await.unwrap();
    assert_eq!(older.changes().since(since).await.unwrap().until(), until);
}

#[tokio::test]
async fn compaction_indexes_new_vectors_and_rows_that_came_back_are_no_changes() {
    let store: Store<Note> = unmaintained().await.store(Toy::new()).await.unwrap();
    for row in line(12) {
        store.add([row]).await.unwrap();
    }
    let since = store.version().await.unwrap();
    store.optimize().await.unwrap();
    store.create_indexes().await.unwrap();
    store.reembed(Toy::named("other", 2.0)).await.unwrap();
    store.drop_standby().await.unwrap();
    store.delete().filter(|t| t.id.lt(3)).await.unwrap();
    store.update().filter(|t| t.id.eq(5)).set(|t| t.topic, "changed").await.unwrap();
    assert_eq!(changes(&store, since).await.len(), 4);
    store.add(line(3)).await.unwrap();
    store.upsert([line(6).remove(5)]).await.unwrap();
    assert_eq!(changes(&store, since).await, []);
    let now = store.version().await.unwrap();
    assert!(now > since);
    assert_eq!(changes(&store, now).await, []);
}

#[tokio::test]
async fn a_restored_version_brings_its_rows_back() {
    let store: Store<Note> = unmaintained().await.store(Toy::new()).await.unwrap();
    let before = store.add(line(4)).await.unwrap().version.unwrap();
    store.delete().filter(|t| t.id.lt(2)).await.unwrap();
    let since = store.version().await.unwrap();
    store.restore(before).await.unwrap();
    let rows = line(4);
    assert_eq!(
        changes(&store, since).await,
        [Change::Inserted(rows[0].clone()), Change::Inserted(rows[1].clone())]
    );
    assert_eq!(changes(&store, before).await, []);
}

#[tokio::test]
async fn a_version_that_is_removed_unknown_or_newer_is_an_error() {
    let db = Database::connect("memory://").maintenance(Maintenance::off()).await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    let first = store.add(line(2)).await.unwrap().version.unwrap();
    store.tag("kept").await.unwrap();
    let second = store.add([note(7, "1 1 1")]).await.unwrap().version.unwrap();
    store.add([note(8, "1 1 1")]).await.unwrap();
    let remove = store.optimize().only([OptimizeStep::RemoveVersions]);
    remove.keep_versions(std::time::Duration::ZERO).await.unwrap();

    let error = store.changes().since(second).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Expired, Some("changes")), "{error}");
    let error = store.changes().since(99).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    let newest = store.version().await.unwrap();
    let error = store.changes().since(newest).until("kept").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().contains(&format!("version {newest} is newer than version {first}")), "{error}");
    let changes = store.changes().since("kept").await.unwrap();
    assert_eq!(changes.since(), first);
    assert_eq!(changes.collect().await.unwrap().len(), 2);
}

/// A large table is not read for a small change.
#[tokio::test]
async fn files_that_both_versions_have_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).maintenance(Maintenance::off()).without_small_writes();
    let db = db.await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(50)).await.unwrap();
    let since = store.version().await.unwrap();
    store.add([note(99, "1 1 1")]).await.unwrap();
    let data = folder.path().join("notes.lance/data");
    let mut files: Vec<_> = std::fs::read_dir(data).unwrap().map(|file| file.unwrap()).collect();
    files.sort_by_key(|file| file.metadata().unwrap().len());
    std::fs::remove_file(files.pop().unwrap().path()).unwrap();
    // As in a new process, no part of the file is cached.
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    assert!(store.search_all().await.is_err(), "the file is needed to read all rows");
    assert_eq!(changes(&store, since).await, [Change::Inserted(note(99, "1 1 1"))]);
}

#[tokio::test]
async fn a_view_has_the_changes_of_its_rows() {
    let store: Store<Note> = memory().await.store(Toy::new()).await.unwrap();
    store.add(line(6)).await.unwrap();
    let view = store.view(|t| t.topic.eq("even"));
    let (since, rows) = (store.version().await.unwrap(), line(6));
    let topic = |row: &Note, topic: &str| Note { topic: topic.to_owned(), ..row.clone() };
    store.update().filter(|t| t.id.eq(0)).set(|t| t.topic, "odd").await.unwrap();
    store.update().filter(|t| t.id.eq(1)).set(|t| t.topic, "even").await.unwrap();
    store.update().filter(|t| t.id.ge(2).and(t.id.le(3))).set(|t| t.rank, 77).await.unwrap();
    store.delete().filter(|t| t.id.ge(4)).await.unwrap();
    let mut changes = view.changes().since(since).await.unwrap().collect().await.unwrap();
    changes.sort_by_key(id);
    assert_eq!(
        changes,
        [
            Change::Deleted(rows[0].clone()),
            Change::Inserted(topic(&rows[1], "even")),
            Change::Updated { before: rows[2].clone(), after: Note { rank: Some(77), ..rows[2].clone() } },
            Change::Deleted(rows[4].clone()),
        ]
    );
}

#[tokio::test]
async fn a_column_that_the_older_version_lacks_is_not_compared() {
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    #[datus(table = "pages")]
    struct Before {
        #[datus(key)]
        path: String,
        #[datus(embed)]
        text: String,
    }
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    #[datus(table = "pages")]
    struct After {
        #[datus(key)]
        path: String,
        #[datus(default = 3)]
        visits: i64,
        #[datus(embed)]
        text: String,
    }
    let db = memory().await;
    let model = || HashingModel::new(64);
    let store: Store<Before> = db.store(model()).await.unwrap();
    let page = |path: &str| Before { path: path.to_owned(), text: "how to bake".to_owned() };
    store.add([page("a"), page("b"), page("c")]).await.unwrap();
    let since = store.version().await.unwrap();
    let store: Store<After> = db.store(model()).drift(datus_store::Drift::ApplySafe).await.unwrap();
    let page = |path: &str, visits| After { path: path.to_owned(), visits, text: "how to bake".to_owned() };
    assert_eq!(store.changes().since(since).await.unwrap().collect().await.unwrap(), []);
    store.delete().filter(|t| t.path.eq("a")).await.unwrap();
    let changes = store.changes().since(since).await.unwrap().collect().await.unwrap();
    assert_eq!(changes, [Change::Deleted(page("a", 3))]);

    // The newer version can also lack a column, until the table is migrated.
    let with = store.version().await.unwrap();
    store.as_lancedb().drop_columns(&["visits"]).await.unwrap();
    let without = store.as_lancedb().version().await.unwrap();
    let store: Store<After> = db.store(model()).drift(datus_store::Drift::ApplySafe).await.unwrap();
    let changes = store.changes().since(with).until(without).await.unwrap().collect().await.unwrap();
    assert_eq!(changes, []);
}

/// LanceDB can create tables with stable row ids. In them, the address of a row differs from its id.
#[tokio::test]
async fn a_table_with_stable_row_ids_has_changes_too() {
    let schema = memory().await.store::<Note>(Toy::new()).await.unwrap().schema().await.unwrap();
    let db = unmaintained().await;
    let create = db.as_lancedb().create_empty_table("notes", schema);
    create.storage_option("new_table_enable_stable_row_ids", "true").execute().await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(300)).await.unwrap();
    let since = store.version().await.unwrap();
    store.delete().filter(|t| t.id.eq(7)).await.unwrap();
    store.upsert([note(8, "8 8 8")]).await.unwrap();
    store.optimize().await.unwrap();
    let rows = line(300);
    let updated = Change::Updated { before: rows[8].clone(), after: note(8, "8 8 8") };
    assert_eq!(changes(&store, since).await, [Change::Deleted(rows[7].clone()), updated]);
    let error = store.repair().keep_max(|t| t.rank).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.help().unwrap().contains("stable row ids"), "{error}");
}

/// A row without a vector.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "pairs")]
struct Pair {
    #[datus(key)]
    id: i64,
    left: String,
    right: String,
}

fn pair(id: i64, left: &str, right: &str) -> Pair {
    Pair { id, left: left.to_owned(), right: right.to_owned() }
}

/// Data files do not contain the names of columns.
#[tokio::test]
async fn columns_that_swapped_their_names_are_changes() {
    let store: Store<Pair> = unmaintained().await.store(()).await.unwrap();
    store.add([pair(1, "a", "b"), pair(2, "c", "c")]).await.unwrap();
    let since = store.version().await.unwrap();
    let rename = |from: &str, to: &str| [ColumnAlteration::new(from.to_owned()).rename(to.to_owned())];
    for (from, to) in [("left", "other"), ("right", "left"), ("other", "right")] {
        store.as_lancedb().alter_columns(&rename(from, to)).await.unwrap();
    }
    let changes = store.changes().since(since).await.unwrap().collect().await.unwrap();
    assert_eq!(changes, [Change::Updated { before: pair(1, "a", "b"), after: pair(1, "b", "a") }]);
}

/// Rows are read in batches of 1,024.
#[tokio::test]
async fn more_changes_than_one_batch_has_are_all_returned() {
    let store: Store<Pair> = unmaintained().await.store(()).await.unwrap();
    // The unchanged rows at the end keep the file in both versions.
    store.add((0..2400).map(|id| pair(id, "a", "b"))).await.unwrap();
    let since = store.version().await.unwrap();
    store.delete().filter(|t| t.id.lt(1100)).await.unwrap();
    store.upsert((1100..2200).map(|id| pair(id, "a", "c"))).await.unwrap();
    let mut changes = store.changes().since(since).await.unwrap().collect().await.unwrap();
    changes.sort_by_key(|change| match change {
        Change::Inserted(row) | Change::Deleted(row) | Change::Updated { after: row, .. } => row.id,
    });
    let expected = (0..2200).map(|id| match id {
        0..1100 => Change::Deleted(pair(id, "a", "b")),
        _ => Change::Updated { before: pair(id, "a", "b"), after: pair(id, "a", "c") },
    });
    assert_eq!(changes, expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_version_that_is_removed_while_its_rows_are_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let connect = || Database::connect(folder.path()).maintenance(Maintenance::off()).without_small_writes();
    let store: Store<Pair> = connect().await.unwrap().store(()).await.unwrap();
    store.add((0..10).map(|id| pair(id, "a", "b"))).await.unwrap();
    let since = store.version().await.unwrap();
    store.upsert((0..10).map(|id| pair(id, "a", "c"))).await.unwrap();
    let changes = store.changes().since(since).await.unwrap();
    let remove = store.optimize().only([OptimizeStep::RemoveVersions]);
    remove.keep_versions(std::time::Duration::ZERO).await.unwrap();
    let error = changes.collect().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Expired, Some("changes")), "{error:?}");
    assert_eq!(error.table(), Some("pairs"));
}

/// The state of the table after a write, with its version.
type State = (u64, BTreeMap<i64, Note>);

/// Changes rows at random, in the table and in the model.
async fn write(store: &Store<Note>, rows: &mut BTreeMap<i64, Note>, random: &mut Rng) {
    let some = |random: &mut Rng| -> Vec<Note> {
        let ids: std::collections::BTreeSet<i64> =
            (0..random.usize(1..9)).map(|_| random.i64(0..30)).collect();
        let row = |id| Note { rank: Some(random.i32(0..3)), ..note(id, &format!("{} 1 1", random.u8(0..3))) };
        ids.into_iter().map(row).collect()
    };
    match random.u8(0..8) {
        0 | 1 => {
            let mut new = some(random);
            new.retain(|row| !rows.contains_key(&row.id));
            store.add(&new).await.unwrap();
            rows.extend(new.into_iter().map(|row| (row.id, row)));
        }
        2 | 3 => {
            let new = some(random);
            store.upsert(&new).await.unwrap();
            rows.extend(new.into_iter().map(|row| (row.id, row)));
        }
        4 => {
            let (from, to) = (random.i32(0..3), random.i32(0..3));
            store.update().filter(|t| t.rank.eq(from)).set(|t| t.rank, to).await.unwrap();
            rows.values_mut().filter(|row| row.rank == Some(from)).for_each(|row| row.rank = Some(to));
        }
        5 => {
            let id = random.i64(0..30);
            store.delete().filter(|t| t.id.eq(id)).await.unwrap();
            rows.remove(&id);
        }
        6 => {
            let (from, length) = (random.i64(0..30), random.i64(1..5));
            store.delete().filter(|t| t.id.ge(from).and(t.id.lt(from + length))).await.unwrap();
            rows.retain(|id, _| !(from..from + length).contains(id));
        }
        _ => {
            store.optimize().await.unwrap();
        }
    }
}

#[tokio::test]
async fn changes_between_any_two_versions_are_the_difference_of_their_rows() {
    for case in 0..cases(10) {
        let mut random = Rng::with_seed(u64::from(case));
        let db = match case % 2 {
            0 => Database::connect("memory://").maintenance(Maintenance::off()).await.unwrap(),
            _ => unmaintained().await,
        };
        let store: Store<Note> = db.store(Toy::new()).await.unwrap();
        let mut rows = BTreeMap::new();
        let mut states: Vec<State> = vec![(store.version().await.unwrap(), rows.clone())];
        for _ in 0..12 {
            write(&store, &mut rows, &mut random).await;
            states.push((store.version().await.unwrap(), rows.clone()));
        }
        for (since, old) in &states {
            assert_eq!(changes(&store, *since).await, difference(old, &rows), "case {case}, since {since}");
        }
        for _ in 0..12 {
            let (first, second) = (random.usize(0..states.len()), random.usize(0..states.len()));
            let (older, newer) = (&states[first.min(second)], &states[first.max(second)]);
            let set = store.changes().since(older.0).until(newer.0).await.unwrap();
            let mut found = set.collect().await.unwrap();
            found.sort_by_key(id);
            assert_eq!(found, difference(&older.1, &newer.1), "case {case}, {} to {}", older.0, newer.0);
        }
    }
}
