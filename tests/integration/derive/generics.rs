use std::collections::BTreeMap;
use std::fmt::Debug;

use arrow_schema::DataType;
use datus_store::query::IntoFilter;
use datus_store::record::{Column, Searchable};
use datus_store::{ColumnStruct, EmbeddingRecord, record};

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Pair<A, B>
where
    A: Clone,
{
    left: A,
    right: Option<B>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Tagged<T>(T);

/// With a bound, a default, a constant, a `where` clause.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Page<T: Clone, U = i32, const N: usize = 4>
where
    U: Debug,
{
    #[datus(key)]
    id: T,
    extra: Vec<Option<U>>,
    hash: [u8; N],
    pair: Option<Pair<T, U>>,
    tagged: BTreeMap<String, Tagged<T>>,
    #[datus(embed)]
    text: String,
}

#[test]
fn a_generic_record_has_a_schema_and_a_codec_for_each_use() {
    let definition = Page::<u16>::definition();
    let types: Vec<_> = definition.fields.iter().take(3).map(|field| field.data_type.clone()).collect();
    assert_eq!(
        types,
        [DataType::UInt16, DataType::new_list(DataType::Int32, true), DataType::FixedSizeBinary(4)]
    );
    assert_eq!(Page::<String, bool, 2>::definition().fields[2].data_type, DataType::FixedSizeBinary(2));

    let rows = [
        Page::<String, bool, 2> {
            id: "a".to_owned(),
            extra: vec![Some(true), None],
            hash: [1, 2],
            pair: Some(Pair { left: "left".to_owned(), right: None }),
            tagged: [("k".to_owned(), Tagged(String::new()))].into(),
            text: "text".to_owned(),
        },
        Page {
            id: String::new(),
            extra: vec![],
            hash: [0; 2],
            pair: None,
            tagged: BTreeMap::new(),
            text: String::new(),
        },
    ];
    assert_eq!(record::decode::<Page<String, bool, 2>>(&record::encode(&rows).unwrap()).unwrap(), rows);
    assert_eq!(rows[0].source_text(0).as_deref(), Some("text"));
}

#[test]
fn a_generic_record_has_typed_columns_and_a_filter() {
    let t = Page::<u16>::columns();
    let typed = t.id.eq(7).and(t.pair.left.gt(1)).and(t.extra.contains(5));
    assert_eq!(t.pair.left.path().names(), ["pair", "left"]);
    assert!(format!("{typed:?}").contains("UInt16(7)"));
    let _ = Page::<u16>::vectors().text;

    let filter: PageFilter<u16, i32, 4> = serde_json::from_str(r#"{"id": 7, "pair": {"left": 1}}"#).unwrap();
    assert_eq!((filter.id.as_ref(), filter.text.as_ref()), (Some(&7_u16.into()), None));
    assert!(format!("{:?}", filter.into_filter()).contains("UInt16(7)"));
}

/// A function can handle a record without knowing its type.
#[test]
fn code_can_be_generic_over_the_type_inside() {
    #[derive(EmbeddingRecord)]
    struct Cell<T> {
        cell: T,
    }

    fn type_of<T: Column>() -> DataType
    where
        Cell<T>: EmbeddingRecord,
    {
        Cell::<T>::definition().fields[0].data_type.clone()
    }

    assert_eq!(type_of::<Option<Vec<bool>>>(), DataType::new_list(DataType::Boolean, false));
}
