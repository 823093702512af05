use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray};
use datus_store::query::IntoFilter;
use datus_store::record::Row;
use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, record};

#[derive(Debug, Clone, Copy, PartialEq, Default, ColumnEnum)]
enum State {
    #[default]
    New,
    Done,
}

/// A type that cannot be a column and cannot be compared.
#[derive(Debug, Default)]
struct Cache(Vec<Cache>);

const START: i64 = 40;

#[derive(Debug, EmbeddingRecord)]
struct Task {
    id: i32,
    #[datus(default)]
    state: State,
    #[datus(default = "no owner")]
    owner: String,
    #[datus(default = "a label")]
    label: Arc<str>,
    #[datus(default = START + 2)]
    priority: i64,
    #[datus(default = vec![String::from("a"), "b".into()])]
    tags: Vec<String>,
    #[datus(default)]
    note: Option<String>,
    #[datus(default = Some(State::Done))]
    last: Option<State>,
    #[datus(default, json)]
    payload: Vec<(i32, bool)>,
    #[datus(skip)]
    cache: Cache,
    #[datus(skip, default = Cache(vec![Cache(Vec::new())]))]
    filled: Cache,
    #[datus(skip, default = "text")]
    named: String,
}

fn old_table() -> RecordBatch {
    RecordBatch::try_from_iter([("id", Arc::new(Int32Array::from(vec![1, 2])) as ArrayRef)]).unwrap()
}

#[test]
fn a_column_that_the_table_lacks_has_its_default() {
    let tasks: Vec<Task> = record::decode(&old_table()).unwrap();
    assert_eq!(tasks.iter().map(|task| task.id).collect::<Vec<_>>(), [1, 2]);
    for Task { id: _, state, owner, label, priority, tags, note, last, payload, cache, filled, named } in
        tasks
    {
        assert_eq!((state, last, note), (State::New, Some(State::Done), None));
        assert_eq!((owner.as_str(), &*label, named.as_str()), ("no owner", "a label", "text"));
        assert_eq!((priority, tags), (42, vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!((payload.len(), cache.0.len(), filled.0.len()), (0, 0, 1));
    }
}

#[test]
fn a_column_that_the_table_has_is_read() {
    let task = |id: i32| Task {
        id,
        state: State::Done,
        owner: "me".to_owned(),
        label: "".into(),
        priority: -1,
        tags: vec![],
        note: Some("note".to_owned()),
        last: None,
        payload: vec![(1, true)],
        cache: Cache(vec![Cache::default()]),
        filled: Cache::default(),
        named: "other".to_owned(),
    };
    let back: Vec<Task> = record::decode(&record::encode(&[task(1)]).unwrap()).unwrap();
    let Task { id, state, owner, label, priority, tags, note, last, payload, cache, filled, named } =
        &back[0];
    assert_eq!((id, state, last), (&1, &State::Done, &None));
    assert_eq!((owner.as_str(), &**label, note.as_deref()), ("me", "", Some("note")));
    assert_eq!((priority, tags.len(), payload.as_slice()), (&-1, 0, &[(1, true)][..]));
    // Skipped fields are not stored. They get their default when they are read.
    assert_eq!((cache.0.len(), filled.0.len(), named.as_str()), (0, 1, "text"));
}

/// A default replaces a missing column, not a null in an existing one.
#[test]
fn a_default_does_not_hide_a_null() {
    let owners: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>]));
    let ids: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let batch = RecordBatch::try_from_iter([("id", ids), ("owner", owners)]).unwrap();
    assert_eq!(record::decode::<Task>(&batch).unwrap_err().column(), Some("owner"));
}

#[test]
fn a_column_with_a_default_may_not_have_a_different_type() {
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let batch = RecordBatch::try_from_iter([("id", numbers.clone()), ("owner", numbers)]).unwrap();
    assert_eq!(record::decode::<Task>(&batch).unwrap_err().column(), Some("owner"));
}

#[test]
fn only_columns_with_a_default_may_be_missing() {
    let optional: Vec<_> =
        Task::definition().fields.iter().filter(|field| field.optional).map(|f| f.name).collect();
    assert_eq!(optional, ["state", "owner", "label", "priority", "tags", "note", "last", "payload"]);
    let owners: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let batch = RecordBatch::try_from_iter([("owner", owners)]).unwrap();
    assert_eq!(record::decode::<Task>(&batch).unwrap_err().column(), Some("id"));
}

#[test]
fn a_default_is_encoded_as_a_column() {
    let column = |name| Task::default_column(name).map(|column| column.unwrap());
    let owner: ArrayRef = Arc::new(StringArray::from(vec!["no owner"]));
    assert_eq!(column("owner").as_ref(), Some(&owner));
    for field in Task::definition().fields {
        let given = column(field.name);
        assert_eq!(given.is_some(), field.optional, "{}", field.name);
        assert!(given.is_none_or(|column| column.len() == 1 && *column.data_type() == field.data_type));
    }
    assert_eq!(column("note").unwrap().null_count(), 1);
    assert!(column("cache").is_none() && column("other").is_none());
}

#[test]
fn a_skipped_field_is_neither_a_column_nor_a_filter() {
    assert!(super::columns::<Task>().iter().all(|column| !["cache", "filled", "named"].contains(column)));
    let error = serde_json::from_str::<TaskFilter>(r#"{"cache": 1}"#).unwrap_err();
    assert!(error.to_string().starts_with("`cache` is not a column"), "{error}");
    assert_eq!(
        TaskFilter::default().into_filter(),
        serde_json::from_str::<TaskFilter>("{}").unwrap().into_filter()
    );
}

#[test]
fn a_nested_struct_can_skip_fields_too() {
    #[derive(Debug, Clone, PartialEq, ColumnStruct)]
    struct Inner {
        kept: i32,
        #[datus(skip)]
        skipped: String,
    }

    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    struct Outer {
        inner: Vec<Inner>,
    }

    let outer = Outer { inner: vec![Inner { kept: 1, skipped: "gone".to_owned() }] };
    let back: Vec<Outer> = record::decode(&record::encode(&[outer]).unwrap()).unwrap();
    assert_eq!(back, [Outer { inner: vec![Inner { kept: 1, skipped: String::new() }] }]);
}
