use datus_store::Filter;
use datus_store::query::{CompareOp, IntoFilter, ListOp, Predicate, TimeUnit, Value};
use datus_store::record::ColumnPath;

use super::{
    Arc, Asset, AssetFilter, Bytes, DateTime, Decimal, Duration, EmbeddingRecord, Kind, Level, NaiveDate,
    NaiveTime, Owner, Uuid, f16,
};

/// Returns the only condition of a filter.
fn test_of(filter: AssetFilter) -> Predicate {
    filter.into_filter().into_predicate()
}

macro_rules! assert_equality {
    ($($column:ident: $given:expr => $value:expr;)+) => {$({
        let test = test_of(AssetFilter { $column: Some($given.into()), ..AssetFilter::default() });
        let column = ColumnPath::new(&[stringify!($column)]);
        assert_eq!(test, Predicate::Compare { column, op: CompareOp::Eq, value: $value });
        // The typed column has the same predicate.
        assert_eq!(&test, Asset::columns().$column.eq($given).predicate());
    })+};
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn text_and_types_stored_as_text_are_compared_as_text() {
    assert_equality! {
        text: "it's 100% \\ _".to_owned() => text("it's 100% \\ _");
        boxed: Box::<str>::from("") => text("");
        shared: Arc::<str>::from("a") => text("a");
        word: "w".to_owned() => text("w");
        kind: Kind::BaseTable => text("base-table");
    }
}

#[test]
fn numbers_are_compared_in_their_own_width() {
    assert_equality! {
        flag: true => Value::Bool(true);
        int8: i8::MIN => Value::Int8(i8::MIN);
        int16: 1_i16 => Value::Int16(1);
        int32: 1_i32 => Value::Int32(1);
        int64: 1_i64 => Value::Int64(1);
        uint8: 1_u8 => Value::UInt8(1);
        uint16: 1_u16 => Value::UInt16(1);
        uint32: 1_u32 => Value::UInt32(1);
        uint64: u64::MAX => Value::UInt64(u64::MAX);
        float16: f16::from_f32(0.5) => Value::Float16(0.5);
        float32: 0.1_f32 => Value::Float32(0.1);
        float64: 0.1_f64 => Value::Float64(0.1);
    }
}

#[test]
fn bytes_are_compared_as_binary_of_their_kind() {
    assert_equality! {
        bytes: vec![1_u8, 2] => Value::Binary(vec![1, 2]);
        shared_bytes: Bytes::from_static(b"ab") => Value::Binary(b"ab".to_vec());
        fixed: [1_u8, 2, 3] => Value::FixedBinary(vec![1, 2, 3]);
        uuid: Uuid::max() => Value::FixedBinary(vec![255; 16]);
    }
}

#[test]
fn times_are_compared_in_the_unit_and_zone_of_their_column() {
    let at = DateTime::from_timestamp(-1, 999_999_999).unwrap();
    let stamp =
        |value, unit, zone: Option<&str>| Value::Timestamp { value, unit, zone: zone.map(Into::into) };
    assert_equality! {
        at: at => stamp(-1, TimeUnit::Microsecond, Some("UTC"));
        zoned: at => stamp(-1, TimeUnit::Millisecond, Some("Europe/Oslo"));
        local: at.naive_utc() => stamp(-1, TimeUnit::Second, None);
        date: NaiveDate::from_ymd_opt(1970, 1, 2).unwrap() => Value::Date(1);
        time: NaiveTime::from_hms_nano_opt(0, 0, 1, 1).unwrap() => Value::Time(1_000_000_001);
        duration: Duration::from_micros(1) => Value::Duration(1_000);
    }
}

#[test]
fn decimals_are_compared_at_the_scale_of_their_column() {
    assert_equality! {
        amount: Decimal::new(15, 1) => Value::Decimal { mantissa: 150, precision: 10, scale: 2 };
    }
}

#[test]
fn a_newtype_is_compared_as_the_value_inside() {
    let filter = AssetFilter { owner: Some("me".into()), ..AssetFilter::default() };
    assert_eq!(&test_of(filter), Asset::columns().owner.eq(Owner("me".to_owned())).predicate());
    let filter = AssetFilter { level: Some((-3_i16).into()), ..AssetFilter::default() };
    assert_eq!(&test_of(filter), Asset::columns().level.eq(Level(-3)).predicate());
}

#[test]
fn a_list_must_hold_every_item() {
    let t = Asset::columns();
    let filter = AssetFilter { tags: Some(vec!["a", "b"].into()), ..AssetFilter::default() };
    let expected =
        Predicate::List { column: t.tags.path(), op: ListOp::All, values: vec![text("a"), text("b")] };
    assert_eq!(test_of(filter), expected);
    assert_eq!(&expected, t.tags.contains_all(["a", "b"]).predicate());

    let filter = AssetFilter { kinds: Some(vec![Kind::View].into()), ..AssetFilter::default() };
    assert_eq!(&test_of(filter), t.kinds.contains_all([Kind::View]).predicate());
    let filter = AssetFilter { counts: Some(Vec::<u32>::new().into()), ..AssetFilter::default() };
    assert_eq!(&test_of(filter), t.counts.contains_all([0_u32; 0]).predicate());
    let filter = AssetFilter { words: Some(vec!["w"].into()), ..AssetFilter::default() };
    assert_eq!(&test_of(filter), t.words.contains_all(["w"]).predicate());
    let filter = AssetFilter { amounts: Some(vec![Decimal::ONE].into()), ..AssetFilter::default() };
    assert_eq!(&test_of(filter), t.amounts.contains_all([Decimal::ONE]).predicate());
    let filter = AssetFilter { uuids: Some(vec![Uuid::nil()].into()), ..AssetFilter::default() };
    assert_eq!(&test_of(filter), t.uuids.contains_all([Uuid::nil()]).predicate());
}

#[test]
fn given_columns_are_joined_by_and_in_the_order_of_the_struct() {
    let t = Asset::columns();
    let filter: AssetFilter =
        serde_json::from_str(r#"{"int8": 1, "kind": "view", "text": "a", "flag": null}"#).unwrap();
    let tests = [t.text.eq("a"), t.kind.eq(Kind::View), t.int8.eq(1)];
    let expected: Filter<Asset> = tests.into_iter().reduce(Filter::and).unwrap();
    assert_eq!(filter.into_filter(), expected);
}

#[test]
fn an_empty_filter_keeps_every_row() {
    assert!(AssetFilter::default().into_filter().predicate().is_always_true());
}

#[test]
fn a_filter_as_data_can_be_combined_with_typed_ones() {
    let t = Asset::columns();
    let filter = AssetFilter { int8: Some(1.into()), ..AssetFilter::default() };
    let both = t.flag.eq(true).and(filter);
    assert!(matches!(both.predicate(), Predicate::And(tests) if tests.len() == 2));
}

/// A query with a value that its column cannot hold fails and gives the reason. The filter must not turn the value into a
/// different one.
#[test]
fn a_value_that_the_column_cannot_hold_is_kept_as_invalid() {
    let invalid = |filter| match test_of(filter) {
        Predicate::Compare { value: Value::Invalid(reason), .. } => reason,
        other => panic!("not invalid: {other:?}"),
    };
    assert_eq!(
        invalid(AssetFilter { amount: Some(Decimal::new(1, 3).into()), ..AssetFilter::default() }),
        "0.001 does not fit decimal(10, 2)"
    );
    let reason = invalid(AssetFilter { duration: Some(Duration::MAX.into()), ..AssetFilter::default() });
    assert!(reason.contains("292 years"), "{reason}");
    let leap = NaiveTime::from_hms_nano_opt(23, 59, 59, 1_000_000_000).unwrap();
    let reason = invalid(AssetFilter { time: Some(leap.into()), ..AssetFilter::default() });
    assert!(reason.contains("leap second"), "{reason}");
}
