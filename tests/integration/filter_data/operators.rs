//! Each column has the same operators as in the typed API, and they produce the same predicates.

use datus_store::query::{Filter, IntoFilter, List, Nullable, Operand, Ordered, Text};
use datus_store::record::Col;
use datus_store::{Condition, EmbeddingRecord};
use serde_json::json;

use super::{
    Arc, Asset, AssetFilter, Bytes, DateTime, Decimal, Duration, Kind, NaiveDate, NaiveTime, Opaque,
    OpaqueFilter, Owner, Uuid, f16,
};

/// Returns the operators of a column, as the error message about an unknown operator lists them.
fn operators<F: serde::de::DeserializeOwned>(column: &str) -> Vec<String> {
    let json = json!({ column: { "no such operator": 1 } });
    let message = match serde_json::from_value::<F>(json) {
        Ok(_) => panic!("the filter was read"),
        Err(error) => error.to_string(),
    };
    match message.split_once(": it has ") {
        Some((_, operators)) => operators.split(", ").map(|name| name.trim_matches('`').to_owned()).collect(),
        None => Vec::new(),
    }
}

/// Detects the traits that a column type implements. The inherent methods require the trait in question; without it, a call
/// falls back to the method of the `Lacks` trait.
struct Probe<T>(std::marker::PhantomData<T>);

trait Lacks {
    fn is_ordered(&self) -> bool {
        false
    }
    fn is_text(&self) -> bool {
        false
    }
    fn is_nullable(&self) -> bool {
        false
    }
    fn contains_items(&self) -> bool {
        false
    }
}

impl<T> Lacks for Probe<T> {}

impl<R, T: Ordered<A>, A> Probe<Col<R, T, A>> {
    fn is_ordered(&self) -> bool {
        true
    }
}

impl<R, T: Text<A>, A> Probe<Col<R, T, A>> {
    fn is_text(&self) -> bool {
        true
    }
}

impl<R, T: Nullable<A>, A> Probe<Col<R, T, A>> {
    fn is_nullable(&self) -> bool {
        true
    }
}

impl<R, T: List, A> Probe<Col<R, T, A>>
where
    T::Item: Operand<T::Item, A>,
{
    fn contains_items(&self) -> bool {
        true
    }
}

/// Checks the operators of a filter as data against the traits that the compiler finds for the column.
macro_rules! assert_operators {
    ($record:ident, $filter:ident: $($column:ident $(= $value:ty)?),+ $(,)?) => {$({
        fn probe<T>(_: T) -> Probe<T> {
            Probe(std::marker::PhantomData)
        }
        let probe = probe($record::columns().$column);
        let compared = !concat!($(stringify!($value))?).is_empty();
        let mut expected: Vec<&str> = Vec::new();
        if compared {
            expected.extend(["eq", "ne"]);
        }
        if probe.is_ordered() {
            expected.extend(["lt", "le", "gt", "ge"]);
        }
        if compared {
            expected.extend(["in", "not_in"]);
        }
        if probe.is_text() || probe.contains_items() {
            expected.push("contains");
        }
        if probe.contains_items() {
            expected.extend(["contains_any", "contains_all"]);
        }
        if probe.is_text() {
            expected.extend(["starts_with", "ends_with", "like"]);
        }
        if probe.is_nullable() {
            expected.push("is_null");
        }
        // In the typed API, the column supports equality if this value type is one of its operands.
        $({
            fn equals<R, T, A, V: Operand<T, A>>(_: Col<R, T, A>, _: Option<V>) {}
            equals($record::columns().$column, None::<$value>);
        })?
        assert_eq!(operators::<$filter>(stringify!($column)), expected, "{}", stringify!($column));
    })+};
}

#[test]
fn each_column_has_the_operators_of_its_type_and_no_others() {
    assert_operators! {
        Asset, AssetFilter:
        text = String, boxed = Box<str>, shared = Arc<str>, word = String, kind = Kind, flag = bool,
        int8 = i8, int16 = i16, int32 = i32, int64 = i64, uint8 = u8, uint16 = u16, uint32 = u32, uint64 = u64,
        float16 = f16, float32 = f32, float64 = f64, shared_bytes = Bytes, fixed = [u8; 3],
        uuid = Uuid, at = DateTime<chrono::Utc>, zoned = DateTime<chrono::Utc>, local = chrono::NaiveDateTime,
        date = NaiveDate, time = NaiveTime, duration = Duration, amount = Decimal,
        tags, words, kinds, counts, amounts, uuids,
    }
    assert_operators! { Opaque, OpaqueFilter: id = i32, map, sorted, holes, lists, structs, owners, bits }
}

/// Checks that a condition produces the same predicate as the typed method, and is written as the given JSON.
macro_rules! assert_same {
    ($($column:ident: $condition:expr, $typed:ident($($argument:expr),*), $json:expr;)+) => {$({
        let filter = AssetFilter { $column: Some($condition), ..AssetFilter::default() };
        let json = json!({ stringify!($column): $json });
        assert_eq!(serde_json::to_value(&filter).unwrap(), json);
        assert_eq!(serde_json::from_value::<AssetFilter>(json).unwrap(), filter);
        let typed: Filter<Asset> = Asset::columns().$column.$typed($($argument),*);
        assert_eq!(filter.into_filter(), typed, "{}", stringify!($column.$typed));
    })+};
}

#[test]
fn a_condition_has_the_predicate_of_the_typed_column() {
    let no_text = || Vec::<&str>::new();
    assert_same! {
        text: Condition::eq("a"), eq("a"), "a";
        text: Condition::ne("a"), ne("a"), json!({ "ne": "a" });
        text: Condition::lt("a"), lt("a"), json!({ "lt": "a" });
        int64: Condition::le(3), le(3), json!({ "le": 3 });
        int64: Condition::gt(3), gt(3), json!({ "gt": 3 });
        int32: Condition::ge(3), ge(3), json!({ "ge": 3 });
        float64: Condition::between(0.5, 1.5), between(0.5, 1.5), json!({ "ge": 0.5, "le": 1.5 });
        kind: Condition::is_in([Kind::View]), is_in([Kind::View]), json!({ "in": ["view"] });
        text: Condition::is_in(no_text()), is_in(no_text()), json!({ "in": [] });
        int32: Condition::is_in([Some(1), None]), is_in([Some(1), None]), json!({ "in": [1, null] });
        int32: Condition::not_in([Some(1), None]), not_in([Some(1), None]), json!({ "not_in": [1, null] });
        int32: Condition::not_in([1, 2]), not_in([1, 2]), json!({ "not_in": [1, 2] });
        int32: Condition::is_null(), is_null(), json!({ "is_null": true });
        int32: Condition::is_not_null(), is_not_null(), json!({ "is_null": false });
        int32: Condition::eq(None::<i32>), eq(None::<i32>), json!({ "is_null": true });
        int32: Condition::ne(None::<i32>), ne(None::<i32>), json!({ "is_null": false });
        text: Condition::like("a%_"), like("a%_"), json!({ "like": "a%_" });
        boxed: Condition::starts_with("a%"), starts_with("a%"), json!({ "starts_with": "a%" });
        word: Condition::ends_with("a"), ends_with("a"), json!({ "ends_with": "a" });
        shared: Condition::contains("a"), contains("a"), json!({ "contains": "a" });
        tags: Condition::contains("a"), contains("a"), json!({ "contains": "a" });
        tags: Condition::contains_any(["a", "b"]), contains_any(["a", "b"]), json!({ "contains_any": ["a", "b"] });
        words: Condition::contains_all(["a"]), contains_all(["a"]), json!(["a"]);
        kinds: Condition::contains(Kind::View), contains(Kind::View), json!({ "contains": "view" });
        uuids: Condition::contains(Uuid::nil()), contains(Uuid::nil()), json!({ "contains": Uuid::nil() });
        date: Condition::ge(NaiveDate::MAX), ge(NaiveDate::MAX), json!({ "ge": "+262142-12-31" });
        duration: Condition::lt(Duration::from_nanos(1)), lt(Duration::from_nanos(1)), json!({ "lt": 1e-9 });
        amount: Condition::gt(Decimal::NEGATIVE_ONE), gt(Decimal::NEGATIVE_ONE), json!({ "gt": "-1.00" });
    }
}

#[test]
fn the_operators_of_one_column_must_all_hold() {
    let filter = AssetFilter {
        int32: Some(Condition::ge(1).and(Condition::lt(5)).and(Condition::ne(3))),
        ..AssetFilter::default()
    };
    let json = json!({ "int32": { "ge": 1, "lt": 5, "ne": 3 } });
    assert_eq!(serde_json::to_value(&filter).unwrap(), json);
    let t = Asset::columns().int32;
    assert_eq!(filter.into_filter(), t.ge(1).and(t.lt(5)).and(t.ne(3)));
}

#[test]
fn lists_of_newtypes_bytes_and_options_contain_their_items() {
    let t = Opaque::columns();
    let read = |json: serde_json::Value| serde_json::from_value::<OpaqueFilter>(json).unwrap().into_filter();
    assert_eq!(read(json!({ "owners": { "contains": "me" } })), t.owners.contains(Owner("me".to_owned())));
    assert_eq!(read(json!({ "holes": ["a"] })), t.holes.contains_all(["a"]));
    assert_eq!(read(json!({ "bits": { "contains": [1, 2] } })), t.bits.contains(vec![1_u8, 2]));
    assert_eq!(read(json!({ "bits": [[1], []] })), t.bits.contains_all([vec![1_u8], vec![]]));
    let of =
        OpaqueFilter { owners: Some(Condition::contains(Owner("me".to_owned()))), ..OpaqueFilter::default() };
    assert_eq!(of.into_filter(), t.owners.contains(Owner("me".to_owned())));
}

#[test]
fn a_column_that_the_filter_leaves_out_is_not_a_column_of_it() {
    let error = serde_json::from_value::<OpaqueFilter>(json!({ "secret": "a" })).unwrap_err();
    assert!(error.to_string().starts_with("`secret` is not a column"), "{error}");
    assert!(!error.to_string().trim_start_matches("`secret`").contains("secret"), "{error}");
    let _ = Opaque::columns().secret.eq("a");
}

#[test]
fn an_enum_needs_no_other_derives_to_be_in_a_filter() {
    #[derive(datus_store::ColumnEnum)]
    enum Bare {
        One,
    }

    #[derive(EmbeddingRecord)]
    struct Note {
        bare: Option<Bare>,
    }

    let filter = NoteFilter { bare: Some(Bare::One.into()), ..NoteFilter::default() };
    assert_eq!(serde_json::to_string(&filter).unwrap(), r#"{"bare":"One"}"#);
    assert_eq!(filter.into_filter(), Note::columns().bare.eq(Bare::One));
}
