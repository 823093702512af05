//! Counts of values, and the minimum and maximum of a column.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, ErrorKind, Store};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::{NoteFilter, line, memory, notes_of};
use crate::support::cases;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ColumnEnum)]
enum Kind {
    Small,
    Large,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Place {
    city: Option<String>,
    floor: i8,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Thing {
    #[datus(key)]
    id: u64,
    kind: Kind,
    #[datus(rename = "Group Name")]
    group: Option<String>,
    tags: Vec<String>,
    place: Place,
    here: Option<Place>,
    long: Duration,
    price: Option<f64>,
    public: bool,
}

fn thing(id: u64) -> Thing {
    let place = Place { city: None, floor: 0 };
    Thing {
        id,
        kind: Kind::Small,
        group: None,
        tags: Vec::new(),
        place,
        here: None,
        long: Duration::ZERO,
        price: None,
        public: false,
    }
}

async fn things(rows: &[Thing]) -> Store<Thing> {
    let store: Store<Thing> = memory().await.store(()).await.unwrap();
    store.add(rows).await.unwrap();
    store
}

#[tokio::test]
async fn values_are_counted_most_frequent_first_under_any_filter() {
    let store = notes_of(&line(9)).await;
    let all = store.search_all().count_by(|t| t.topic).await.unwrap();
    assert_eq!(all, [("even".to_owned(), 5), ("odd".to_owned(), 4)]);
    let filtered = store.search_all().filter(|t| t.id.ge(5)).count_by(|t| t.topic).await.unwrap();
    assert_eq!(
        filtered,
        [("even".to_owned(), 2), ("odd".to_owned(), 2)],
        "ties are in the order of the values"
    );
    let by_method =
        store.search_all().topic("odd").maybe_id(None::<i64>).count_by(|t| t.topic).await.unwrap();
    assert_eq!(by_method, [("odd".to_owned(), 4)]);
    let filter = NoteFilter { id: Some(3.into()), ..NoteFilter::default() };
    assert_eq!(store.search_all().matching(filter).count_by(|t| t.id).await.unwrap(), [(3, 1)]);
    assert!(store.search_all().id(77).count_by(|t| t.topic).await.unwrap().is_empty());
    assert!(things(&[]).await.search_all().count_by(|t| t.kind).await.unwrap().is_empty());
}

#[tokio::test]
async fn nulls_are_a_value_and_come_last_among_equals() {
    let store = notes_of(&line(10)).await;
    let ranks = store.search_all().count_by(|t| t.rank).await.unwrap();
    assert_eq!(ranks, [(Some(0), 2), (Some(1), 2), (Some(2), 2), (Some(3), 2), (None, 2)]);
}

#[tokio::test]
async fn several_columns_count_each_combination() {
    let store = notes_of(&line(5)).await;
    let found = store.search_all().count_by(|t| (t.topic, t.rank)).limit(2).await.unwrap();
    assert_eq!(found, [(("even".to_owned(), Some(0)), 1), (("even".to_owned(), Some(2)), 1)]);
    assert_eq!(store.search_all().count_by(|t| (t.topic, t.rank)).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_limit_keeps_the_most_frequent_values() {
    let rows: Vec<Thing> =
        (0..600).map(|id| Thing { group: Some((id % 100 + id % 7).to_string()), ..thing(id) }).collect();
    let store = things(&rows).await;
    let all = store.search_all().count_by(|t| t.group).await.unwrap();
    assert_eq!(all.iter().map(|(_, count)| count).sum::<usize>(), 600);
    for limit in [0, 1, 10, 99, 1000] {
        let some = store.search_all().count_by(|t| t.group).limit(limit).await.unwrap();
        assert_eq!(some, all[..limit.min(all.len())], "{limit}");
    }
}

#[tokio::test]
async fn columns_of_every_kind_are_counted() {
    let city = |city: &str| Place { city: Some(city.to_owned()), floor: 2 };
    let rows = [
        Thing { kind: Kind::Large, place: city("Oslo"), here: Some(city("Oslo")), ..thing(1) },
        Thing { tags: vec!["a".into(), "b".into()], place: city("Oslo"), public: true, ..thing(2) },
        Thing { tags: vec!["a".into(), "b".into()], long: Duration::from_secs(9), ..thing(3) },
    ];
    let store = things(&rows).await;
    let all = || store.search_all();
    assert_eq!(all().count_by(|t| t.kind).await.unwrap(), [(Kind::Small, 2), (Kind::Large, 1)]);
    let cities = all().count_by(|t| t.place.city).await.unwrap();
    assert_eq!(cities, [(Some("Oslo".to_owned()), 2), (None, 1)]);
    let cities = all().count_by(|t| t.here.city).await.unwrap();
    assert_eq!(cities, [(None, 2), (Some("Oslo".to_owned()), 1)]);
    let both = all().count_by(|t| (t.place.floor, t.here.floor)).await.unwrap();
    assert_eq!(both, [((0, None), 1), ((2, Some(2)), 1), ((2, None), 1)]);
    let tags = all().count_by(|t| t.tags).await.unwrap();
    assert_eq!(tags, [(vec!["a".to_owned(), "b".to_owned()], 2), (Vec::new(), 1)]);
    assert_eq!(all().count_by(|t| t.public).await.unwrap(), [(false, 2), (true, 1)]);
    let long = all().count_by(|t| t.long).await.unwrap();
    assert_eq!(long, [(Duration::ZERO, 2), (Duration::from_secs(9), 1)]);
    assert_eq!(all().count_by(|t| t.group).await.unwrap(), [(None, 3)]);
}

#[tokio::test]
async fn the_least_and_the_greatest_value_leave_nulls_out() {
    let rows = [
        Thing { price: Some(2.5), group: Some("b".into()), long: Duration::from_secs(4), ..thing(7) },
        Thing { price: Some(-1.0), group: Some("a".into()), ..thing(3) },
        Thing { place: Place { city: Some("Rome".into()), floor: -3 }, ..thing(5) },
    ];
    let store = things(&rows).await;
    let all = || store.search_all();
    assert_eq!((all().min(|t| t.id).await.unwrap(), all().max(|t| t.id).await.unwrap()), (Some(3), Some(7)));
    assert_eq!(all().min(|t| t.price).await.unwrap(), Some(-1.0));
    assert_eq!(all().max(|t| t.price).await.unwrap(), Some(2.5));
    assert_eq!(all().max(|t| t.group).await.unwrap().as_deref(), Some("b"));
    assert_eq!(all().max(|t| t.long).await.unwrap(), Some(Duration::from_secs(4)));
    assert_eq!(all().min(|t| t.place.floor).await.unwrap(), Some(-3));
    assert_eq!(all().max(|t| t.place.city).await.unwrap().as_deref(), Some("Rome"));
    assert_eq!(all().filter(|t| t.id.gt(3)).min(|t| t.price).await.unwrap(), Some(2.5));
    assert_eq!(all().id(5).max(|t| t.price).await.unwrap(), None);
    assert_eq!(all().id(99).max(|t| t.id).await.unwrap(), None);
    assert_eq!(
        all().order_by(|t| t.id.asc()).max(|t| t.id).await.unwrap(),
        Some(7),
        "an order changes nothing"
    );
}

#[tokio::test]
async fn a_limit_of_rows_is_refused() {
    let store = notes_of(&line(5)).await;
    let errors = [
        store.search_all().limit(3).count_by(|t| t.topic).await.unwrap_err(),
        store.search_all().offset(1).count_by(|t| t.topic).await.unwrap_err(),
        store.search_all().limit_per(|t| t.topic, 1).count_by(|t| t.topic).await.unwrap_err(),
        store.search_all().limit(3).min(|t| t.id).await.unwrap_err(),
        store.search_all().offset(3).max(|t| t.id).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.table()), (ErrorKind::InvalidInput, Some("notes")), "{error}");
    }
}

#[tokio::test]
async fn deleted_and_replaced_rows_do_not_count() {
    let store = notes_of(&line(10)).await;
    store.delete().filter(|t| t.id.lt(4)).await.unwrap();
    store.update().filter(|t| t.id.eq(5)).set(|t| t.topic, "even").await.unwrap();
    let found = store.search_all().count_by(|t| t.topic).await.unwrap();
    assert_eq!(found, [("even".to_owned(), 4), ("odd".to_owned(), 2)]);
}

#[test]
fn random_tables_are_counted_as_by_hand() {
    let group = || proptest::option::of(select(&["", "a", "b", "ä", "\"q\""][..]));
    let row = (group(), -2..3_i8, any::<bool>());
    let rows = proptest::collection::vec(row, 0..60);
    let mut runner = TestRunner::new(Config { cases: cases(24), ..Config::default() });
    let tested = runner.run(&(rows, -3..3_i8, 0..8_usize), |(rows, least, limit)| {
        let rows: Vec<Thing> = (0..)
            .zip(rows)
            .map(|(id, (group, floor, public))| {
                let place = Place { city: None, floor };
                Thing { group: group.map(str::to_owned), place, public, ..thing(id) }
            })
            .collect();
        let mut expected: BTreeMap<(Reverse<bool>, Option<String>, i8), usize> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.place.floor >= least) {
            let group = (Reverse(row.group.is_some()), row.group.clone(), row.place.floor);
            *expected.entry(group).or_default() += 1;
        }
        let mut expected: Vec<_> =
            expected.into_iter().map(|((_, group, floor), rows)| ((group, floor), rows)).collect();
        expected.sort_by_key(|(_, rows)| Reverse(*rows));
        expected.truncate(limit);
        datus_store::block_on(async {
            let store = things(&rows).await;
            let query = store.search_all().filter(|t| t.place.floor.ge(least));
            let found = query.count_by(|t| (t.group, t.place.floor)).limit(limit).await?;
            let floors = rows.iter().map(|row| row.place.floor).filter(|floor| *floor >= least);
            let min = store.search_all().filter(|t| t.place.floor.ge(least)).min(|t| t.place.floor).await?;
            assert_eq!((found, min), (expected, floors.min()));
            Ok::<_, datus_store::Error>(())
        })
        .unwrap();
        Ok(())
    });
    tested.unwrap();
}
