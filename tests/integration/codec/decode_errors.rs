//! Batches that do not match the record.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BinaryArray, Date32Array, Decimal128Array, DictionaryArray, DurationNanosecondArray,
    FixedSizeBinaryArray, Int32Array, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
    Time64NanosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray, new_null_array,
};
use arrow_schema::{DataType, Field, Fields};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, Error, ErrorKind, record};
use rust_decimal::Decimal;

/// Returns the error from reading one column into the record.
#[track_caller]
fn error<R: EmbeddingRecord>(column: &str, array: impl Array + 'static) -> Error {
    let batch = RecordBatch::try_from_iter([(column, Arc::new(array) as ArrayRef)]).unwrap();
    match record::decode::<R>(&batch) {
        Ok(_) => panic!("the batch was read"),
        Err(error) => error,
    }
}

/// Returns the message and the help of an error.
fn said(error: &Error) -> String {
    error.help().map_or_else(|| error.message().to_owned(), |help| format!("{}: {help}", error.message()))
}

/// Asserts that a column cannot be read into the record, with the given message.
#[track_caller]
fn assert_unreadable<R: EmbeddingRecord>(array: impl Array + 'static, column: &str, message: &str) {
    let root = column.split('.').next().unwrap();
    let error = error::<R>(root, array);
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.column(), Some(column));
    assert_eq!(said(&error), message);
}

macro_rules! record_of {
    ($name:ident { $(#[$attribute:meta])? $field:ident: $type:ty }) => {
        #[derive(Debug, EmbeddingRecord)]
        #[allow(dead_code)]
        struct $name { $(#[$attribute])? $field: $type }
    };
}

const NULL: &str = "row 1 of the batch is null, but the record's column is not nullable: make the field an `Option`, or fill the nulls";

fn wrong_type(found: &str, expected: &str) -> String {
    format!(
        "the stored type is {found}, but the record's type is {expected}: change the field to match the table"
    )
}

#[derive(Debug, Clone, PartialEq, ColumnEnum)]
enum Size {
    Small,
    Large,
}

#[derive(Debug, Clone, ColumnStruct)]
struct Item {
    #[allow(dead_code)]
    size: Size,
}

record_of!(Text { value: String });
record_of!(Number { value: i32 });
record_of!(Items { items: Vec<Option<Item>> });
record_of!(Sized { size: Size });
record_of!(Fixed { value: [u8; 2] });
record_of!(Coded {
    #[datus(dictionary)]
    value: String
});

#[test]
fn a_column_of_a_different_type_is_an_error_that_names_both_types() {
    let numbers = || Int64Array::from(vec![1]);
    assert_unreadable::<Text>(numbers(), "value", &wrong_type("Int64", "Utf8"));
    assert_unreadable::<Number>(numbers(), "value", &wrong_type("Int64", "Int32"));
    assert_unreadable::<Sized>(numbers(), "size", &wrong_type("Int64", "Utf8"));
    assert_unreadable::<Fixed>(
        FixedSizeBinaryArray::try_from_iter([[1_u8, 2, 3]].iter()).unwrap(),
        "value",
        &wrong_type("FixedSizeBinary(3)", "FixedSizeBinary(2)"),
    );
    assert_unreadable::<Coded>(
        StringArray::from(vec!["a"]),
        "value",
        &wrong_type("Utf8", "Dictionary(Int32, Utf8)"),
    );
    assert_unreadable::<Items>(
        numbers(),
        "items",
        &wrong_type("Int64", "List(Struct(\"size\": non-null Utf8))"),
    );
}

record_of!(Stamp { value: DateTime<Utc> });
record_of!(Local { value: NaiveDateTime });
record_of!(Price {
    #[datus(decimal(10, 2))]
    value: Decimal
});

#[test]
fn units_zones_and_scales_are_part_of_the_type() {
    assert_unreadable::<Local>(
        TimestampMillisecondArray::from(vec![1]),
        "value",
        &wrong_type("Timestamp(ms)", "Timestamp(µs)"),
    );
    assert_unreadable::<Local>(
        TimestampMicrosecondArray::from(vec![1]).with_timezone("Europe/Oslo"),
        "value",
        &wrong_type("Timestamp(µs, \"Europe/Oslo\")", "Timestamp(µs)"),
    );
    assert_unreadable::<Stamp>(
        TimestampMicrosecondArray::from(vec![1]),
        "value",
        &wrong_type("Timestamp(µs)", "Timestamp(µs, \"UTC\")"),
    );
    assert_unreadable::<Price>(
        Decimal128Array::from(vec![15]).with_precision_and_scale(10, 1).unwrap(),
        "value",
        &wrong_type("Decimal128(10, 1)", "Decimal128(10, 2)"),
    );
}

/// A timestamp is the same instant in every time zone.
#[test]
fn an_instant_can_be_read_in_any_zone() {
    let column = TimestampMicrosecondArray::from(vec![1]).with_timezone("+02:00");
    let batch = RecordBatch::try_from_iter([("value", Arc::new(column) as ArrayRef)]).unwrap();
    let back: Vec<Stamp> = record::decode(&batch).unwrap();
    assert_eq!(back[0].value, DateTime::from_timestamp_micros(1).unwrap());
}

fn sizes(sizes: Vec<Option<&str>>) -> ArrayRef {
    Arc::new(StringArray::from(sizes))
}

fn items(names: Vec<Option<&str>>, nulls: Vec<bool>) -> ListArray {
    let fields = Fields::from(vec![Field::new("size", DataType::Utf8, true)]);
    let structs = StructArray::new(fields, vec![sizes(names)], Some(nulls.into()));
    let (field, offsets, _, _) =
        ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(0); structs.len()])]).into_parts();
    let field = Arc::new(field.as_ref().clone().with_data_type(structs.data_type().clone()));
    ListArray::new(field, offsets, Arc::new(structs), None)
}

record_of!(Whole { item: Item });

#[test]
fn a_null_in_a_field_that_is_not_an_option_is_an_error() {
    assert_unreadable::<Text>(StringArray::from(vec![Some("a"), None]), "value", NULL);
    assert_unreadable::<Number>(Int32Array::from(vec![Some(1), None]), "value", NULL);
    assert_unreadable::<Sized>(StringArray::from(vec![Some("Small"), None]), "size", NULL);
    let codes: DictionaryArray<Int32Type> = [Some("a"), None].into_iter().collect();
    assert_unreadable::<Coded>(codes, "value", NULL);
    let item = StructArray::new(
        Fields::from(vec![Field::new("size", DataType::Utf8, true)]),
        vec![sizes(vec![Some("Small"), None])],
        None,
    );
    assert_unreadable::<Whole>(item, "item.size", NULL);
    let item = StructArray::new(
        Fields::from(vec![Field::new("size", DataType::Utf8, false)]),
        vec![sizes(vec![Some("Small"), Some("Large")])],
        Some(vec![true, false].into()),
    );
    assert_unreadable::<Whole>(item, "item", NULL);
    assert_unreadable::<Items>(items(vec![Some("Small"), None], vec![true, true]), "items.size", NULL);
}

record_of!(Bits { value: bool });
record_of!(Bytes { value: Vec<u8> });
record_of!(List { value: Vec<i32> });
record_of!(Map { value: std::collections::BTreeMap<String, i32> });

#[test]
fn every_kind_of_column_refuses_nulls() {
    fn refuses<R: EmbeddingRecord>() {
        let field = R::definition().fields.swap_remove(0);
        let error = error::<R>(field.name, new_null_array(&field.data_type, 1));
        assert_eq!((error.kind(), error.column()), (ErrorKind::Decode, Some(field.name)));
        assert_eq!(said(&error), NULL.replace("row 1", "row 0"));
    }
    refuses::<Bits>();
    refuses::<Bytes>();
    refuses::<List>();
    refuses::<Map>();
    refuses::<Fixed>();
    refuses::<Stamp>();
    refuses::<Price>();
    refuses::<Coded>();
    refuses::<Whole>();
}

#[test]
fn an_unknown_enum_name_is_an_error_that_lists_the_variants() {
    let message =
        "`Huge` is not one of the names `Small`, `Large`: add the variant to the enum, or correct the row";
    assert_unreadable::<Sized>(StringArray::from(vec!["Small", "Huge"]), "size", message);
    assert_unreadable::<Items>(items(vec![Some("Huge")], vec![true]), "items.size", message);
}

#[test]
fn a_missing_column_is_an_error_that_says_what_to_do() {
    let message =
        "the column is missing from the data: add the column, or put `#[datus(default)]` on the field";
    let missing = error::<Number>("other", Int32Array::from(vec![1]));
    assert_eq!(
        (missing.kind(), missing.column(), said(&missing).as_str()),
        (ErrorKind::Decode, Some("value"), message)
    );
    let fields = Fields::from(vec![Field::new("other", DataType::Utf8, true)]);
    assert_unreadable::<Whole>(StructArray::new(fields, vec![sizes(vec![None])], None), "item.size", message);
}

record_of!(Json { #[datus(json)] value: Vec<u8> });

#[test]
fn bad_json_is_an_error_with_the_reason() {
    let unreadable = |text: &str, reason: &str| {
        let error = error::<Json>("value", StringArray::from(vec![Some("[1]"), Some(text)]));
        assert_eq!((error.kind(), error.column()), (ErrorKind::Decode, Some("value")));
        assert_eq!(error.message(), "the JSON in row 1 of the batch does not match the field's type");
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), reason);
    };
    unreadable("[1", "EOF while parsing a list at line 1 column 2");
    unreadable("[256]", "invalid value: integer `256`, expected u8 at line 1 column 4");
    unreadable("null", "invalid type: null, expected a sequence at line 1 column 4");
    let null = error::<Json>("value", StringArray::from(vec![None::<&str>]));
    assert_eq!((null.kind(), null.column()), (ErrorKind::Decode, Some("value")));
}

record_of!(Day { value: NaiveDate });
record_of!(Time { value: NaiveTime });
record_of!(Span { value: std::time::Duration });
record_of!(Huge {
    #[datus(decimal(38, 0))]
    value: Decimal
});

#[test]
fn a_number_that_the_rust_type_cannot_hold_is_an_error() {
    assert_unreadable::<Day>(
        Date32Array::from(vec![i32::MAX]),
        "value",
        "day 2147483647 is outside the range of the field's type",
    );
    assert_unreadable::<Stamp>(
        TimestampMicrosecondArray::from(vec![i64::MIN]).with_timezone("UTC"),
        "value",
        "the timestamp -9223372036854775808 is outside the range of the field's type",
    );
    for nanos in [-1, 86_400_000_000_000, i64::MIN] {
        let message = format!("{nanos} ns is not a time of day");
        assert_unreadable::<Time>(Time64NanosecondArray::from(vec![nanos]), "value", &message);
    }
    let negative = DurationNanosecondArray::from(vec![-1]);
    assert_unreadable::<Span>(negative, "value", "-1 ns is negative, which `Duration` does not support");
    let digits = 10_i128.pow(38) - 1;
    assert_unreadable::<Huge>(
        Decimal128Array::from(vec![digits]).with_precision_and_scale(38, 0).unwrap(),
        "value",
        &format!("{digits}e-0 has more digits than `Decimal` supports"),
    );
}

#[test]
fn bytes_are_not_decoded_as_text() {
    let bytes = BinaryArray::from_vec(vec![b"text"]);
    assert_unreadable::<Text>(bytes, "value", &wrong_type("Binary", "Utf8"));
}
