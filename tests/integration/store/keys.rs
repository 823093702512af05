//! The types that can be keys, and those that cannot.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use datus_store::model::IntoModels;
use datus_store::{ColumnEnum, Database, EmbeddingRecord, Keyed, Store, Unscoped};

use super::memory;

/// A record whose rows have the keys 0, 1, 2, …, and a value.
trait Row: Keyed + Unscoped + Clone + PartialEq + std::fmt::Debug {
    fn row(number: u8, value: i32) -> Self;
    async fn all(store: &Store<Self>) -> Vec<Self>;
    async fn delete_below(store: &Store<Self>, number: u8) -> usize;
}

/// A record with a key of a given type, and assertions for every type.
macro_rules! key_of {
    ($test:ident: $type:ty $(, $attribute:meta)? = $key:expr) => {
        #[tokio::test]
        async fn $test() {
            #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
            #[datus(table = "rows")]
            struct Record {
                $(#[$attribute])?
                #[datus(key)]
                key: $type,
                value: i32,
            }

            impl Row for Record {
                fn row(number: u8, value: i32) -> Self {
                    let key: fn(u8) -> $type = $key;
                    Self { key: key(number), value }
                }

                async fn all(store: &Store<Self>) -> Vec<Self> {
                    store.search_all().order_by(|t| t.value.asc()).await.unwrap()
                }

                async fn delete_below(store: &Store<Self>, number: u8) -> usize {
                    store.delete().filter(|t| t.value.lt(i32::from(number))).await.unwrap()
                }
            }

            works::<Record>().await;
        }
    };
}

async fn works<R: Row>()
where
    (): IntoModels<R::Models>,
{
    let store: Store<R> = memory().await.store(()).await.unwrap();
    let rows = |keys: std::ops::Range<u8>, more: i32| -> Vec<R> {
        keys.map(|number| R::row(number, i32::from(number) + more)).collect()
    };
    store.add(rows(0..4, 0)).await.unwrap();
    let error = store.add(rows(3..5, 0)).await.unwrap_err();
    assert!(error.message().contains("already in the table"), "{error}");
    let error = store.upsert([rows(3..5, 0), rows(4..6, 0)].concat()).await.unwrap_err();
    assert!(error.message().contains("two of the rows have the key"), "{error}");

    let upserted = store.upsert([rows(0..3, 0), rows(3..6, 100)].concat()).await.unwrap();
    assert_eq!((upserted.inserted, upserted.updated, upserted.unchanged), (2, 1, 3));
    assert_eq!(R::all(&store).await, [rows(0..3, 0), rows(3..6, 100)].concat());

    // Two rows are updated, and three are deleted.
    let synced = store.sync([rows(2..3, 0), rows(4..6, 50)].concat()).all_rows().await.unwrap();
    assert_eq!((synced.updated, synced.unchanged, synced.deleted), (2, 1, 3));
    assert_eq!(R::all(&store).await, [rows(2..3, 0), rows(4..6, 50)].concat());
    let synced = store.sync(rows(2..3, 0)).all_rows().await.unwrap();
    assert_eq!((synced.unchanged, synced.deleted), (1, 2));
    assert_eq!(R::delete_below(&store, 3).await, 1);

    store.add(rows(0..1, 0)).await.unwrap();
    let job = store.bulk().parts(3).start().await.unwrap();
    let worker = store.bulk_worker(&job).await.unwrap();
    let (new, mut parts) = (rows(0..6, 0), Vec::new());
    for part in 0..3 {
        let of_part = new.iter().filter(|row| job.part_of(row).unwrap() == part);
        parts.push(worker.write(part, of_part).await.unwrap());
    }
    let error = store.commit_bulk(&job, &parts).await.unwrap_err();
    assert!(error.message().contains("already in the table"), "{error}");
    assert_eq!(R::delete_below(&store, 1).await, 1);
    assert_eq!(store.commit_bulk(&job, &parts).await.unwrap().rows, 6);
    assert_eq!(R::all(&store).await, new);
}

#[derive(Debug, Clone, Copy, PartialEq, ColumnEnum)]
enum Kind {
    A,
    B,
    C,
    D,
    E,
    F,
}

key_of!(text_is_a_key: String = |n| format!("it's {n}\n\\ \"ö\""));
key_of!(a_small_number_is_a_key: u8 = |n| 250 + n);
key_of!(a_negative_number_is_a_key: i16 = |n| i16::MIN + i16::from(n));
key_of!(a_large_number_is_a_key: u64 = |n| u64::MAX - u64::from(n));
key_of!(bytes_are_a_key: Vec<u8> = |n| vec![0, 255, n]);
key_of!(bytes_of_a_fixed_number_are_a_key: [u8; 3] = |n| [0, 255, n]);
key_of!(a_uuid_is_a_key: uuid::Uuid = |n| uuid::Uuid::from_u128(u128::MAX - u128::from(n)));
key_of!(a_date_is_a_key: NaiveDate = |n| NaiveDate::from_yo_opt(1969, 360 + u32::from(n)).unwrap());
key_of!(a_time_of_day_is_a_key: NaiveTime = |n| NaiveTime::from_hms_nano_opt(23, 59, 50, n.into()).unwrap());
key_of!(a_moment_is_a_key: DateTime<Utc> = |n| DateTime::from_timestamp_micros(-i64::from(n)).unwrap());
key_of!(a_moment_in_a_zone_is_a_key: DateTime<Utc>, datus(timestamp(ms, "Europe/Oslo")) = |n| {
    DateTime::from_timestamp_millis(-i64::from(n)).unwrap()
});
key_of!(a_duration_is_a_key: std::time::Duration = |n| std::time::Duration::from_nanos(n.into()));
key_of!(a_decimal_is_a_key: rust_decimal::Decimal, datus(decimal(20, 3)) = |n| {
    rust_decimal::Decimal::new(-i64::from(n), 3)
});
key_of!(a_word_of_a_dictionary_is_a_key: String, datus(dictionary) = |n| format!("word {n}"));
key_of!(a_unit_enum_is_a_key: Kind = |n| {
    [Kind::A, Kind::B, Kind::C, Kind::D, Kind::E, Kind::F][usize::from(n)]
});

#[tokio::test]
async fn a_key_has_an_index_after_the_first_write_to_a_large_table() {
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    #[datus(key(site, path))]
    struct Page {
        site: String,
        path: i64,
        value: i32,
    }
    let page = |path: i64, value: i32| Page { site: "a".to_owned(), path, value };
    let db = Database::connect("memory://").key_index_from(100).await.unwrap();
    let store: Store<Page> = db.store(()).await.unwrap();
    let indexed = async || {
        let indices = store.as_lancedb().list_indices().await.unwrap();
        let mut columns: Vec<String> = indices.into_iter().flat_map(|index| index.columns).collect();
        columns.sort();
        columns
    };
    store.add((0..99).map(|path| page(path, 0))).await.unwrap();
    store.add([page(99, 0)]).await.unwrap();
    assert!(indexed().await.is_empty(), "the table was small before");
    store.upsert([page(3, 7)]).await.unwrap();
    assert_eq!(indexed().await, ["path", "site"]);
    // The index finds rows from before and after its creation.
    store.add([page(100, 0)]).await.unwrap();
    let upserted = store.upsert((3..103).map(|path| page(path, 7))).await.unwrap();
    assert_eq!((upserted.inserted, upserted.updated, upserted.unchanged), (2, 97, 1));
    assert!(store.add([page(50, 0)]).await.is_err());
    assert_eq!((store.count().await.unwrap(), indexed().await.len()), (103, 2));
}

/// Fault 5: a committed write was reported as failed if the key's index could not be built.
#[tokio::test]
async fn a_write_whose_key_cannot_be_indexed_is_done() {
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    struct Page {
        #[datus(key)]
        path: i64,
        value: i32,
    }
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).key_index_from(1).await.unwrap();
    let store: Store<Page> = db.store(()).await.unwrap();
    store.add([Page { path: 1, value: 0 }]).await.unwrap();
    // A file has the name of the index folder.
    std::fs::write(folder.path().join("page.lance/_indices"), "").unwrap();
    let added = store.add([Page { path: 2, value: 0 }]).await.unwrap();
    let upserted = store.upsert([Page { path: 1, value: 7 }, Page { path: 3, value: 0 }]).await.unwrap();
    assert_eq!((added.rows, upserted.inserted, upserted.updated), (1, 1, 1));
    assert!(added.version < upserted.version);
    assert!(store.as_lancedb().list_indices().await.unwrap().is_empty(), "the index could be built");
    assert_eq!(store.search_all().value(0).count().await.unwrap(), 2);
}
