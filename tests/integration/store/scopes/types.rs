//! The types of scope columns.

use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, ErrorKind, Store};
use uuid::Uuid;

use super::super::memory;

/// Defines a test for a record with a scope column of a given type.
macro_rules! scope_types {
    ($($test:ident: $(#[$storage:meta])? $type:ty, $own:expr, $other:expr, $index:expr;)+) => {
        $(#[tokio::test]
        async fn $test() {
            #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
            struct Row {
                #[datus(scope)]
                $(#[$storage])?
                owner: $type,
                #[datus(key)]
                id: i64,
                value: i32,
            }

            let row = |owner: &$type, id, value| Row { owner: owner.clone(), id, value };
            let store: Store<Row> = memory().await.store(()).await.unwrap();
            let (own, other): ($type, $type) = ($own, $other);
            let (first, second) = (store.scoped(own.clone()), store.scoped(other.clone()));
            first.add([row(&own, 1, 1), row(&own, 2, 2)]).await.unwrap();
            second.add([row(&other, 1, 10)]).await.unwrap();
            for error in [
                first.add([row(&other, 3, 3)]).await.unwrap_err(),
                second.upsert([row(&other, 3, 3), row(&own, 3, 3)]).await.unwrap_err(),
            ] {
                assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("owner")), "{error}");
            }
            for (id, by) in [(5, &own), (6, &other)] {
                first.upsert([row(by, id, 5)]).stamp_scope().await.unwrap();
                assert_eq!(first.get(id).await.unwrap(), Some(row(&own, id, 5)));
            }
            assert_eq!(first.delete().filter(|t| t.value.eq(5)).await.unwrap(), 2);
            assert_eq!(first.get(1).await.unwrap(), Some(row(&own, 1, 1)));
            assert_eq!(second.get(1).await.unwrap(), Some(row(&other, 1, 10)));
            assert_eq!(second.update().filter(|t| t.id.eq(1)).set(|t| t.value, 11).await.unwrap().rows, 1);
            assert_eq!(first.delete().key(1).await.unwrap(), 1);
            assert_eq!(first.delete().filter(|t| t.value.ge(0)).await.unwrap(), 1);
            assert_eq!(second.search_all().await.unwrap(), [row(&other, 1, 11)]);
            let report = store.create_indexes().await.unwrap();
            let kinds: Vec<&str> = report.of("owner").map(|index| index.kind.as_str()).collect();
            assert_eq!(kinds, $index.into_iter().collect::<Vec<&str>>(), "{report}");
            assert_eq!((first.count().await.unwrap(), second.count().await.unwrap()), (0, 1));
        })+
    };
}

#[derive(Debug, Clone, PartialEq, ColumnEnum)]
enum Region {
    North,
    South,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct TenantId(i32);

scope_types! {
    text: String, "it's \\'a".to_owned(), "IT'S \\'A".to_owned(), Some("bitmap");
    an_integer: i64, i64::MIN, i64::MAX, Some("bitmap");
    a_small_unsigned_integer: u8, 0, 255, Some("bitmap");
    a_bool: bool, true, false, Some("bitmap");
    a_uuid: Uuid, Uuid::from_u128(1), Uuid::from_u128(2), Some("btree");
    an_enum: Region, Region::North, Region::South, Some("bitmap");
    a_newtype: TenantId, TenantId(-1), TenantId(1), Some("bitmap");
    bytes_of_fixed_length: [u8; 3], [0, 1, 2], [0, 1, 3], Some("btree");
    a_dictionary: #[datus(dictionary)] String, "a".to_owned(), "b".to_owned(), None;
    a_date: chrono::NaiveDate, chrono::NaiveDate::MIN, chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(), Some("btree");
    a_time: chrono::DateTime<chrono::Utc>, chrono::DateTime::UNIX_EPOCH, chrono::DateTime::from_timestamp(9, 0).unwrap(), Some("btree");
    a_decimal: #[datus(decimal(9, 2))] rust_decimal::Decimal, rust_decimal::Decimal::new(150, 2), rust_decimal::Decimal::new(-150, 2), None;
}

#[tokio::test]
async fn a_value_that_the_column_cannot_hold_is_an_error() {
    #[derive(Debug, EmbeddingRecord)]
    struct Row {
        #[datus(scope, decimal(4, 2))]
        owner: rust_decimal::Decimal,
        id: i64,
    }

    let store: Store<Row> = memory().await.store(()).await.unwrap();
    let scope = store.scoped(rust_decimal::Decimal::new(123_456, 2));
    let owner = rust_decimal::Decimal::new(150, 2);
    for error in [
        scope.count().await.unwrap_err(),
        scope.add([Row { owner, id: 1 }]).await.unwrap_err(),
        scope.add([Row { owner, id: 1 }]).stamp_scope().await.unwrap_err(),
        scope.delete().all_rows().await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("owner")), "{error}");
    }
    assert_eq!(store.across_scopes().count().await.unwrap(), 0);
}

#[tokio::test]
async fn several_scope_fields_are_a_tuple() {
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    #[datus(key(year, number))]
    struct Invoice {
        #[datus(scope)]
        company: String,
        #[datus(scope)]
        branch: i32,
        year: i32,
        number: i64,
    }

    let invoice =
        |company: &str, branch, number| Invoice { company: company.into(), branch, year: 2026, number };
    let store: Store<Invoice> = memory().await.store(()).await.unwrap();
    let (one, two, other) = (store.scoped(("a", 1)), store.scoped(("a", 2)), store.scoped(("b", 1)));
    one.add([invoice("a", 1, 7)]).await.unwrap();
    two.add([invoice("a", 2, 7)]).await.unwrap();
    other.add([invoice("b", 1, 7)]).await.unwrap();
    assert_eq!(two.get((2026, 7)).await.unwrap(), Some(invoice("a", 2, 7)));
    let error = one.add([invoice("a", 2, 8)]).await.unwrap_err();
    assert_eq!(error.column(), Some("branch"));
    assert!(error.message().contains("`2`") && error.message().contains("`1`"), "{error}");
    assert_eq!(one.add([invoice("b", 1, 8)]).await.unwrap_err().column(), Some("company"));
    one.add([invoice("b", 2, 9)]).stamp_scope().await.unwrap();
    assert_eq!(one.get((2026, 9)).await.unwrap(), Some(invoice("a", 1, 9)));
    assert_eq!(one.delete().all_rows().await.unwrap(), 2);
    assert_eq!((two.count().await.unwrap(), other.count().await.unwrap()), (1, 1));
    assert!(one.update().all_rows().set(|t| t.branch, 2).await.is_err());
    let invoices = store.across_scopes().search_all().order_by(|t| t.branch.desc()).await.unwrap();
    assert_eq!(invoices, [invoice("a", 2, 7), invoice("b", 1, 7)]);
}
