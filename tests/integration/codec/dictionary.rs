use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use datus_store::{EmbeddingRecord, record};

use super::assert_survive_as;

#[test]
fn text_survives_in_a_dictionary() {
    let texts = ["", "Oslo", "Bergen", "Oslo", "東京\0'\"\n", "Bergen"];
    assert_survive_as!(
        #[datus(dictionary)]
        String,
        texts.map(String::from)
    );
    assert_survive_as!(#[datus(dictionary)] Box<str>, texts.map(Box::<str>::from));
    assert_survive_as!(#[datus(dictionary)] Arc<str>, texts.map(Arc::<str>::from));
}

#[derive(Debug, PartialEq, EmbeddingRecord)]
struct Visit {
    #[datus(dictionary)]
    city: Option<String>,
}

#[test]
fn each_text_is_stored_once() {
    let cities = ["Oslo", "Bergen"].map(|city| Visit { city: Some(city.to_owned()) });
    let batch = record::encode(cities.iter().cycle().take(1000)).unwrap();
    assert_eq!(batch.column(0).as_dictionary::<Int32Type>().values().len(), 2);
}

/// Other writers can store a null in the dictionary values, with keys that refer to it.
#[test]
fn a_null_among_the_values_of_a_dictionary_is_a_null() {
    let values: ArrayRef = Arc::new(StringArray::from(vec![None, Some("Oslo")]));
    let keys = Int32Array::from(vec![Some(0), Some(1), None]);
    let column: ArrayRef = Arc::new(DictionaryArray::new(keys, values));
    let batch = RecordBatch::try_from_iter_with_nullable([("city", column, true)]).unwrap();
    let cities: Vec<_> =
        record::decode::<Visit>(&batch).unwrap().into_iter().map(|visit| visit.city).collect();
    assert_eq!(cities, [None, Some("Oslo".to_owned()), None]);
}
