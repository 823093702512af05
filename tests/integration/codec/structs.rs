use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, StructArray};
use arrow_schema::{DataType, Field, Fields};
use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, record};

use super::{assert_survive, round_trip};

#[derive(Debug, Clone, Copy, PartialEq, ColumnEnum)]
enum Unit {
    Metre,
    Foot,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Height {
    value: f32,
    unit: Unit,
    #[datus(dictionary)]
    source: String,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Geo {
    lat: f64,
    lon: f64,
    height: Option<Height>,
    raw: [u8; 2],
    codes: BTreeMap<String, Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Location {
    city: String,
    geo: Option<Geo>,
    marks: Vec<Option<Geo>>,
    #[datus(json)]
    extra: Option<Vec<i32>>,
    #[datus(skip)]
    cached: u64,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Trip {
    start: Location,
    end: Option<Location>,
    stops: Vec<Location>,
    maybe_stops: Option<Vec<Option<Location>>>,
    by_day: BTreeMap<String, Option<Location>>,
}

fn height(value: f32) -> Height {
    Height { value, unit: Unit::Foot, source: format!("survey of {value}") }
}

fn geo(lat: f64, height: Option<Height>) -> Geo {
    Geo { lat, lon: -lat, height, raw: [1, 2], codes: [("a".to_owned(), vec![3])].into() }
}

fn location(city: &str, geo: Option<Geo>) -> Location {
    let extra = geo.is_some().then(|| vec![1, 2]);
    Location { city: city.to_owned(), marks: vec![None, geo.clone(), None], geo, extra, cached: 0 }
}

fn trips() -> [Trip; 4] {
    let bare = location("", None);
    let half = location("Oslo", Some(geo(59.9, None)));
    let full = location("Røros", Some(geo(62.6, Some(height(628.0)))));
    [
        Trip { start: bare.clone(), end: None, stops: vec![], maybe_stops: None, by_day: BTreeMap::new() },
        Trip {
            start: full.clone(),
            end: Some(bare.clone()),
            stops: vec![half.clone(), full.clone(), bare.clone()],
            maybe_stops: Some(vec![None, None]),
            by_day: [("mon".to_owned(), None), ("tue".to_owned(), Some(full.clone()))].into(),
        },
        Trip {
            start: bare.clone(),
            end: Some(half.clone()),
            stops: vec![bare],
            maybe_stops: Some(vec![]),
            by_day: [("wed".to_owned(), None)].into(),
        },
        Trip {
            start: half.clone(),
            end: Some(full.clone()),
            stops: vec![half.clone()],
            maybe_stops: Some(vec![Some(full), None, Some(half)]),
            by_day: BTreeMap::new(),
        },
    ]
}

#[test]
fn structs_in_structs_survive_in_options_lists_and_maps() {
    assert_eq!(round_trip(&trips()), trips());
}

#[test]
fn structs_survive_in_every_position() {
    assert_survive([height(0.0), height(f32::INFINITY), Height { unit: Unit::Metre, ..height(1.0) }]);
    assert_survive([location("a", None), location("b", Some(geo(1.0, Some(height(2.0)))))]);
}

#[test]
fn a_null_struct_is_not_a_struct_of_nulls() {
    #[derive(Debug, Clone, PartialEq, ColumnStruct)]
    struct Name {
        first: Option<String>,
        last: Option<String>,
    }

    #[derive(Debug, PartialEq, EmbeddingRecord)]
    struct Author {
        name: Option<Name>,
    }

    let authors = [Author { name: None }, Author { name: Some(Name { first: None, last: None }) }];
    assert_eq!(round_trip(&authors), authors);
    assert_eq!(record::encode(&authors).unwrap().column(0).as_struct().null_count(), 1);
}

/// Arrow lets a column hold any value where the enclosing struct is null. Other writers make use of that.
#[test]
fn columns_under_a_null_struct_are_not_read() {
    #[derive(Debug, Clone, PartialEq, ColumnStruct)]
    struct Measure {
        unit: Unit,
    }

    #[derive(Debug, PartialEq, EmbeddingRecord)]
    struct Sample {
        measure: Option<Measure>,
    }

    let units: ArrayRef = Arc::new(StringArray::from(vec!["no such unit", "Foot"]));
    let fields = Fields::from(vec![Field::new("unit", DataType::Utf8, false)]);
    let measures = StructArray::new(fields, vec![units], Some(vec![false, true].into()));
    let batch = RecordBatch::try_from_iter([("measure", Arc::new(measures) as ArrayRef)]).unwrap();
    let samples = [Sample { measure: None }, Sample { measure: Some(Measure { unit: Unit::Foot }) }];
    assert_eq!(record::decode::<Sample>(&batch).unwrap(), samples);
}
