//! `Store::verify_vectors` and `Store::repair`: rows and indexes that other programs wrote.

mod meanwhile;
mod random;
mod vectors;
mod verify;

use std::sync::Arc;

use arrow_array::types::Float32Type;
use arrow_array::{ArrayRef, FixedSizeListArray, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::DataType;
use datus_store::lancedb::index::Index;
use datus_store::lancedb::query::{ExecutableQuery, QueryBase};
use datus_store::model::NoModel;
use datus_store::{ColumnStruct, Database, EmbeddingRecord, ErrorKind, RepairStep, Store};
use futures::TryStreamExt;

use super::{Note, line, memory, note, notes, notes_of, unmaintained};
use crate::support::models::{Toy, vector};

/// A row as another program writes it.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub(super) id: i64,
    pub(super) rank: Option<i32>,
    pub(super) text: Option<String>,
    pub(super) vector: Option<Vec<f32>>,
}

/// Returns a row with the vector of its text.
pub(super) fn raw(id: i64, rank: impl Into<Option<i32>>, text: &str) -> Raw {
    Raw { id, rank: rank.into(), text: Some(text.to_owned()), vector: Some(vector(text)) }
}

/// Writes rows through LanceDB itself, in one commit.
pub(super) async fn write_by_hand(store: &Store<Note>, rows: &[Raw]) {
    let schema = store.schema().await.unwrap();
    let schema = Arc::new(schema.project(&[0, 1, 2, 3, 4]).unwrap());
    let vectors = rows.iter().map(|row| row.vector.clone().map(|vector| vector.into_iter().map(Some)));
    let vectors = FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(vectors, 3);
    let DataType::FixedSizeList(item, _) = schema.field_with_name("vector").unwrap().data_type() else {
        panic!("no vectors in {schema}");
    };
    let (_, size, values, nulls) = vectors.into_parts();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|row| Some(row.id)).collect::<Int64Array>()),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|_| "python"))),
        Arc::new(rows.iter().map(|row| row.rank).collect::<Int32Array>()),
        Arc::new(StringArray::from_iter(rows.iter().map(|row| row.text.as_deref()))),
        Arc::new(FixedSizeListArray::new(item.clone(), size, values, nulls)),
    ];
    let batch = RecordBatch::try_new(schema, columns).unwrap();
    store.as_lancedb().add(batch).execute().await.unwrap();
}

/// Changes texts through LanceDB's `update`, which leaves their vectors unchanged.
async fn set_text_by_hand(store: &Store<Note>, filter: &str, text: &str) {
    let update = store.as_lancedb().update().only_if(filter).column("text", format!("'{text}'"));
    update.execute().await.unwrap();
}

/// Asserts that each row with a text has its vector, that no key is shared, and that each row is found by its vector.
async fn assert_sound(store: &Store<Note>) {
    let health = store.health().thorough().await.unwrap();
    assert_eq!((health.missing_vectors, health.duplicate_keys), (Some(0), Some(0)), "{health}");
    for row in store.search_all().with_vectors().await.unwrap() {
        let expected = row.record.text.as_deref().filter(|text| !text.trim().is_empty()).map(vector);
        assert_eq!(row.vector().map(<[f32]>::to_vec), expected, "{row:?}");
    }
}

/// Returns the ids and ranks of the rows, in ascending order.
async fn ranks(store: &Store<Note>) -> Vec<(i64, Option<i32>)> {
    let mut rows = store.search_all().select(|t| (t.id, t.rank)).await.unwrap();
    rows.sort_unstable();
    rows
}

#[tokio::test]
async fn a_sound_table_needs_no_repair_and_is_not_changed() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.add(line(5)).await.unwrap();
    let (version, embedded) = (store.version().await.unwrap(), model.embedded());
    assert!(store.repair().plan().await.unwrap().is_empty());
    let repaired = store.repair().keep_max(|t| t.rank).drop_undeclared_indexes().await.unwrap();
    assert_eq!((repaired.removed, repaired.missing, repaired.version), (0, 0, None));
    assert_eq!((store.version().await.unwrap(), model.embedded()), (version, embedded));
}

#[tokio::test]
async fn the_row_with_the_greatest_or_the_least_value_of_a_column_stays() {
    let rows = [
        raw(1, 5, "1 0 0"),
        raw(1, 9, "1 1 1"),
        raw(1, None, "1 2 2"),
        raw(2, 3, "2 0 0"),
        raw(3, None, "3 0 0"),
        raw(3, -1, "3 1 1"),
        raw(1, 2, "1 3 3"),
    ];
    let store = notes(Toy::new()).await;
    write_by_hand(&store, &rows).await;
    let version = store.version().await.unwrap();
    let plan = store.repair().keep_max(|t| t.rank).plan().await.unwrap();
    let delete = RepairStep::RemoveDuplicates { rows: 4, key: "`1`".to_owned() };
    assert_eq!((plan.steps, plan.remaining), (vec![delete], vec![]));
    assert_eq!(store.version().await.unwrap(), version);

    let repaired = store.repair().keep_max(|t| t.rank).await.unwrap();
    assert_eq!((repaired.removed, repaired.version), (4, Some(version + 1)));
    assert_eq!(ranks(&store).await, [(1, Some(9)), (2, Some(3)), (3, Some(-1))]);
    assert_eq!(store.get(1).await.unwrap().unwrap().text.as_deref(), Some("1 1 1"));
    assert_sound(&store).await;

    let store = notes(Toy::new()).await;
    write_by_hand(&store, &rows).await;
    store.repair().keep_min(|t| t.rank).await.unwrap();
    assert_eq!(ranks(&store).await, [(1, Some(2)), (2, Some(3)), (3, Some(-1))]);
    assert_sound(&store).await;
}

#[tokio::test]
async fn equal_rows_become_one_and_rows_that_the_column_does_not_decide_stay() {
    let store = notes(Toy::new()).await;
    let without = |row: Raw| Raw { vector: None, ..row };
    let rows = [raw(1, 5, "1 0 0"), without(raw(1, 5, "1 0 0")), raw(2, 7, "2 0 0"), raw(2, 7, "2 1 1")];
    write_by_hand(&store, &rows).await;
    write_by_hand(&store, &[raw(2, 7, "2 0 0"), raw(2, 1, "2 2 2"), raw(3, 1, "3 0 0")]).await;
    let remaining = vec![RepairStep::RemoveDuplicates { rows: 1, key: "`2`".to_owned() }];
    let plan = store.repair().keep_max(|t| t.rank).plan().await.unwrap();
    assert_eq!(plan.remaining, remaining);
    let repaired = store.repair().keep_max(|t| t.rank).await.unwrap();
    assert_eq!((repaired.removed, repaired.remaining), (3, remaining));
    assert_eq!(ranks(&store).await, [(1, Some(5)), (2, Some(7)), (2, Some(7)), (3, Some(1))]);
}

#[tokio::test]
async fn without_a_column_the_rows_of_a_shared_key_stay_and_are_reported() {
    let store = notes_of(&line(3)).await;
    write_by_hand(&store, &[raw(1, 5, "1 0 0"), Raw { vector: None, ..raw(1, 6, "1 5 5") }]).await;
    let remaining = vec![RepairStep::RemoveDuplicates { rows: 2, key: "`1`".to_owned() }];
    assert_eq!(store.repair().plan().await.unwrap().remaining, remaining);
    // The missing vector of one of the rows is embedded. Otherwise, the rows that share the key stay as they are.
    let repaired = store.repair().await.unwrap();
    assert_eq!((repaired.missing, repaired.removed, &repaired.remaining), (1, 0, &remaining));
    assert_eq!(store.count().await.unwrap(), 5);
    assert_eq!(store.health().await.unwrap().missing_vectors, Some(0));
}

#[tokio::test]
async fn a_column_that_cannot_decide_is_an_error() {
    let store = notes(Toy::new()).await;
    let error = store.repair().keep_max(|t| t.id).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("id")), "{error}");
    let error = store.repair().keep_max(|t| t.rank).keep_min(|t| t.rank).plan().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().contains("two columns"), "{error}");
    let error = store.repair().stale_vectors_below(1.5).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("repair")), "{error}");

    #[derive(Debug, EmbeddingRecord)]
    #[datus(table = "events")]
    struct Event {
        at: i64,
    }
    let events: Store<Event> = memory().await.store(()).await.unwrap();
    let error = events.repair().keep_max(|t| t.at).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().contains("no key"), "{error}");
    events.repair().await.unwrap();

    #[derive(Debug, Clone, PartialEq, ColumnStruct)]
    struct Size {
        width: i64,
    }
    #[derive(Debug, EmbeddingRecord)]
    #[datus(table = "boxes")]
    struct Parcel {
        #[datus(key)]
        id: i64,
        size: Size,
    }
    let parcels: Store<Parcel> = memory().await.store(()).await.unwrap();
    let error = parcels.repair().keep_max(|t| t.size.width).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Unsupported, Some("size.width")), "{error}");
}

#[tokio::test]
async fn the_version_is_that_of_the_last_commit_to_rows() {
    let store: Store<Note> = unmaintained().await.store(Toy::new()).await.unwrap();
    write_by_hand(&store, &[raw(1, 5, "1 0 0"), Raw { vector: None, ..raw(1, 6, "1 1 1") }]).await;
    let version = store.version().await.unwrap();
    let repaired = store.repair().keep_max(|t| t.rank).await.unwrap();
    assert_eq!((repaired.removed, repaired.missing), (1, 1));
    assert_eq!((repaired.version, store.version().await.unwrap()), (Some(version + 2), version + 2));
    assert_sound(&store).await;
}

#[tokio::test]
async fn undeclared_indexes_are_dropped_only_on_request() {
    #[derive(Debug, EmbeddingRecord)]
    #[datus(table = "entries")]
    struct Entry {
        #[datus(index = bitmap)]
        kind: String,
        size: i64,
    }
    let store: Store<Entry> = unmaintained().await.store(()).await.unwrap();
    store.add((0..20).map(|n| Entry { kind: format!("kind {}", n % 3), size: n })).await.unwrap();
    store.create_indexes().await.unwrap();
    let by_hand = store.as_lancedb().create_index(&["size"], Index::BTree(Default::default()));
    by_hand.name("by_hand".to_owned()).execute().await.unwrap();
    let drop = RepairStep::DropIndex {
        index: "by_hand".to_owned(),
        column: "size".to_owned(),
        kind: "btree".to_owned(),
    };
    assert_eq!(store.repair().plan().await.unwrap().remaining, std::slice::from_ref(&drop));
    let repaired = store.repair().await.unwrap();
    assert_eq!((repaired.remaining, repaired.dropped_indexes.len()), (vec![drop.clone()], 0));
    assert_eq!(store.repair().drop_undeclared_indexes().plan().await.unwrap().steps, [drop]);
    let repaired = store.repair().drop_undeclared_indexes().await.unwrap();
    assert_eq!((repaired.remaining, repaired.dropped_indexes), (vec![], vec!["by_hand".to_owned()]));
    let indexes = store.health().await.unwrap().indexes;
    assert_eq!(indexes.iter().map(|index| index.name.as_str()).collect::<Vec<_>>(), ["kind_bitmap"]);
}

/// The key of a record with a scope includes the scope.
#[tokio::test]
async fn equal_keys_of_two_scopes_are_not_shared() {
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    #[datus(table = "facts")]
    struct Fact {
        #[datus(scope)]
        tenant: String,
        #[datus(key)]
        id: i64,
        size: i64,
    }
    let store: Store<Fact> = memory().await.store(()).await.unwrap();
    let fact = |tenant: &str| Fact { tenant: tenant.to_owned(), id: 7, size: 1 };
    for tenant in ["a", "b"] {
        store.scoped(tenant).add([fact(tenant)]).await.unwrap();
    }
    // Adds a second row with the same key to scope `b`.
    let copy = store.as_lancedb().query().only_if("tenant = 'b'").execute().await.unwrap();
    let copy: Vec<RecordBatch> = copy.try_collect().await.unwrap();
    store.as_lancedb().add(copy).execute().await.unwrap();
    let repaired = store.repair().keep_max(|t| t.size).await.unwrap();
    assert_eq!(repaired.removed, 1);
    for tenant in ["a", "b"] {
        assert_eq!(store.scoped(tenant).search_all().await.unwrap(), [fact(tenant)]);
    }
}

#[tokio::test]
async fn duplicates_are_deleted_without_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    write_by_hand(&store, &[raw(1, 5, "1 0 0"), raw(1, 6, "1 1 1")]).await;
    let store: Store<Note> = db.store(NoModel).await.unwrap();
    assert_eq!(store.repair().keep_max(|t| t.rank).await.unwrap().removed, 1);
    write_by_hand(&store, &[Raw { vector: None, ..raw(2, 5, "1 0 0") }]).await;
    let error = store.repair().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model, "{error}");
    assert_eq!(
        store.get(1).await.unwrap().unwrap(),
        Note { topic: "python".to_owned(), rank: Some(6), ..note(1, "1 1 1") }
    );
}
