use std::sync::Arc;

use arrow_array::builder::{Int32Builder, MapBuilder, StringBuilder};
use arrow_array::types::Float32Type;
use arrow_array::{
    BinaryArray, BooleanArray, Decimal128Array, DictionaryArray, DurationNanosecondArray,
    FixedSizeBinaryArray, FixedSizeListArray, Float16Array, Float32Array, Float64Array, Int8Array,
    Int16Array, Int32Array, Int64Array, LargeBinaryArray, LargeStringArray, ListArray, NullArray,
    StringArray, StringViewArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};

use super::*;

/// Returns the value in row 1. Row 0 has a different one.
fn cell(array: impl Array + 'static, kind: ColumnKind) -> Data {
    data(&(Arc::new(array) as ArrayRef), 1, kind).unwrap()
}

fn scalar_cell(array: impl Array + 'static) -> Data {
    cell(array, ColumnKind::Opaque)
}

fn text(text: &str) -> Data {
    Data::Text(text.to_owned())
}

#[test]
fn numbers_of_every_width_are_numbers() {
    for array in [
        Arc::new(Int8Array::from(vec![1, 7])) as ArrayRef,
        Arc::new(Int16Array::from(vec![1, 7])),
        Arc::new(Int32Array::from(vec![1, 7])),
        Arc::new(Int64Array::from(vec![1, 7])),
        Arc::new(UInt8Array::from(vec![1, 7])),
        Arc::new(UInt16Array::from(vec![1, 7])),
        Arc::new(UInt32Array::from(vec![1, 7])),
        Arc::new(UInt64Array::from(vec![1, 7])),
    ] {
        assert_eq!(data(&array, 1, ColumnKind::Opaque), Ok(Data::Int(7)), "{}", array.data_type());
    }
    type Half = <Float16Type as arrow_array::types::ArrowPrimitiveType>::Native;
    let halves = [1.0, 0.5].map(Half::from_f32).to_vec();
    assert_eq!(scalar_cell(Float16Array::from(halves)), Data::Float(0.5));
    assert_eq!(scalar_cell(Float32Array::from(vec![1.0, 0.1])), Data::Float(0.1));
    assert_eq!(scalar_cell(Float64Array::from(vec![1.0, 0.1])), Data::Float(0.1));
    assert_eq!(scalar_cell(BooleanArray::from(vec![false, true])), Data::Bool(true));
    let amounts = Decimal128Array::from(vec![1, 12345]).with_precision_and_scale(10, 2).unwrap();
    assert_eq!(scalar_cell(amounts), text("123.45"));
    assert_eq!(scalar_cell(DurationNanosecondArray::from(vec![1, 1_500_000_000])), Data::Float(1.5));
}

#[test]
fn a_null_and_a_float_that_is_not_finite_are_null() {
    assert_eq!(scalar_cell(Int32Array::from(vec![Some(1), None])), Data::Null);
    for float in [f32::NAN, f32::INFINITY] {
        type Half = <Float16Type as arrow_array::types::ArrowPrimitiveType>::Native;
        assert_eq!(scalar_cell(Float16Array::from(vec![Half::ZERO, Half::from_f32(float)])), Data::Null);
        assert_eq!(scalar_cell(Float32Array::from(vec![0.0, float])), Data::Null);
        assert_eq!(scalar_cell(Float64Array::from(vec![0.0, f64::from(float)])), Data::Null);
    }
}

#[test]
fn texts_and_bytes_are_read_from_every_layout() {
    assert_eq!(scalar_cell(StringArray::from(vec!["a", "b"])), text("b"));
    assert_eq!(scalar_cell(LargeStringArray::from(vec!["a", "b"])), text("b"));
    assert_eq!(scalar_cell(StringViewArray::from(vec!["a", "b"])), text("b"));
    assert_eq!(scalar_cell(["b", "a"].into_iter().collect::<DictionaryArray<Int32Type>>()), text("a"));
    let bytes = Data::List(vec![Data::Int(2), Data::Int(3)]);
    let values: Vec<&[u8]> = vec![&[1, 1], &[2, 3]];
    assert_eq!(scalar_cell(BinaryArray::from(values.clone())), bytes);
    assert_eq!(scalar_cell(LargeBinaryArray::from(values.clone())), bytes);
    assert_eq!(scalar_cell(FixedSizeBinaryArray::from(values)), bytes);
    let short_keys = ["b", "a"].into_iter().collect::<DictionaryArray<Int8Type>>();
    let error = data(&(Arc::new(short_keys) as ArrayRef), 1, ColumnKind::Opaque).unwrap_err();
    assert!(error.contains("cannot be represented as data"), "{error}");
    let value_is_null =
        DictionaryArray::<Int32Type>::try_new(Int32Array::from(vec![0, 0]), Arc::new(NullArray::new(1)));
    assert!(data(&(Arc::new(value_is_null.unwrap()) as ArrayRef), 1, ColumnKind::Opaque).is_err());
}

#[cfg(feature = "chrono")]
#[test]
fn dates_and_times_are_text() {
    use arrow_array::{
        Date32Array, Time64NanosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray,
        TimestampNanosecondArray, TimestampSecondArray,
    };
    assert_eq!(scalar_cell(Date32Array::from(vec![0, 1])), text("1970-01-02"));
    assert_eq!(scalar_cell(Time64NanosecondArray::from(vec![0, 1_000_000_000])), text("00:00:01"));
    let local = "1970-01-01T00:00:02";
    assert_eq!(scalar_cell(TimestampSecondArray::from(vec![0, 2])), text(local));
    assert_eq!(scalar_cell(TimestampMillisecondArray::from(vec![0, 2_000])), text(local));
    assert_eq!(scalar_cell(TimestampMicrosecondArray::from(vec![0, 2_000_000])), text(local));
    assert_eq!(scalar_cell(TimestampNanosecondArray::from(vec![0, 2_000_000_000])), text(local));
    let fraction = "1970-01-01T00:00:02.500";
    assert_eq!(scalar_cell(TimestampMillisecondArray::from(vec![0, 2_500])), text(fraction));
    assert_eq!(scalar_cell(TimestampMicrosecondArray::from(vec![0, 2_500_000])), text(fraction));
    assert_eq!(scalar_cell(TimestampNanosecondArray::from(vec![0, 2_500_000_000])), text(fraction));
    let zoned = TimestampSecondArray::from(vec![0, 2]).with_timezone("UTC");
    assert_eq!(scalar_cell(zoned), text("1970-01-01T00:00:02Z"));
}

#[cfg(feature = "uuid")]
#[test]
fn the_bytes_of_a_uuid_are_text_where_the_kind_says_so() {
    use arrow_array::StructArray;
    use arrow_schema::Field;

    use crate::record::{FieldType, FilterColumn};

    let array = || FixedSizeBinaryArray::from(vec![&[0_u8; 16][..], &[1; 16]]);
    let shown = text("01010101-0101-0101-0101-010101010101");
    assert_eq!(cell(array(), ColumnKind::Scalar(ScalarKind::Uuid)), shown);
    assert_eq!(scalar_cell(array()), Data::List(vec![Data::Int(1); 16]));
    let item = Arc::new(Field::new("item", DataType::FixedSizeBinary(16), true));
    let offsets = arrow_buffer::OffsetBuffer::from_lengths([1, 1]);
    let list = || ListArray::try_new(Arc::clone(&item), offsets.clone(), Arc::new(array()), None).unwrap();
    assert_eq!(cell(list(), ColumnKind::List(ScalarKind::Uuid)), Data::List(vec![shown.clone()]));
    assert_eq!(cell(list(), ColumnKind::Opaque), Data::List(vec![Data::List(vec![Data::Int(1); 16])]));
    static COLUMNS: &[FilterColumn] = &[FilterColumn {
        name: "id",
        description: "",
        field: FieldType { kind: ColumnKind::Scalar(ScalarKind::Uuid), nullable: false },
        prefix: None,
    }];
    let fields = |name| {
        vec![(Arc::new(Field::new(name, DataType::FixedSizeBinary(16), true)), Arc::new(array()) as ArrayRef)]
    };
    let entry = |name: &str, value: Data| Data::Map(vec![(name.to_owned(), value)]);
    let known = StructArray::from(fields("id"));
    assert_eq!(cell(known, ColumnKind::Struct(COLUMNS)), entry("id", shown));
    let bytes = || Data::List(vec![Data::Int(1); 16]);
    let unknown = StructArray::from(fields("other"));
    assert_eq!(cell(unknown, ColumnKind::Struct(COLUMNS)), entry("other", bytes()));
    assert_eq!(cell(StructArray::from(fields("id")), ColumnKind::Opaque), entry("id", bytes()));
}

#[test]
fn lists_and_maps_have_their_items() {
    let two = |value: i128| Data::List(vec![Data::Int(value), Data::Null]);
    let lists = [Some(vec![Some(1)]), Some(vec![Some(2), None])];
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(lists);
    assert_eq!(scalar_cell(list), two(2));
    let arrays = FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(
        [Some([1.0, 2.0].map(Some)), Some([0.5, 1.5].map(Some))],
        2,
    );
    assert_eq!(scalar_cell(arrays), Data::List(vec![Data::Float(0.5), Data::Float(1.5)]));
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    map.append(true).unwrap();
    map.keys().append_value("a");
    map.values().append_value(1);
    map.keys().append_value("b");
    map.values().append_null();
    map.append(true).unwrap();
    let entries = [("a".to_owned(), Data::Int(1)), ("b".to_owned(), Data::Null)];
    assert_eq!(scalar_cell(map.finish()), Data::Map(entries.to_vec()));
}

#[cfg(feature = "serde_json")]
#[test]
fn a_column_of_json_is_the_json_itself() {
    let json = r#"{"a": [1, -1, 18446744073709551615, 0.5, null, true], "b": "text"}"#;
    let list = vec![
        Data::Int(1),
        Data::Int(-1),
        Data::Int(u64::MAX.into()),
        Data::Float(0.5),
        Data::Null,
        Data::Bool(true),
    ];
    let expected = Data::Map(vec![("a".to_owned(), Data::List(list)), ("b".to_owned(), text("text"))]);
    assert_eq!(cell(StringArray::from(vec!["null", json]), ColumnKind::Json), expected);
    assert_eq!(cell(StringArray::from(vec![json, "null"]), ColumnKind::Json), Data::Null);
    let invalid: ArrayRef = Arc::new(StringArray::from(vec!["{"]));
    assert!(data(&invalid, 0, ColumnKind::Json).is_err());
}
