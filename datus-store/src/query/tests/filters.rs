//! The generated filters as values: equality, `Debug`, and the filter of a nested struct as data.

use crate::query::{Condition, StructCondition};
use crate::{ColumnStruct, EmbeddingRecord};

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
#[datus(crate = crate)]
struct Place {
    city: String,
    people: i32,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(crate = crate)]
struct Person {
    name: String,
    born: Option<Place>,
}

fn oslo() -> PlaceFilter {
    PlaceFilter { city: Some("Oslo".into()), ..Default::default() }
}

#[test]
fn filters_are_equal_if_their_conditions_are() {
    let condition = |people: i32| Condition::<i32>::ge(people);
    assert!(condition(1) == condition(1) && condition(1) != condition(2));
    let bergen = PlaceFilter { city: Some("Bergen".into()), ..Default::default() };
    assert!(oslo() == oslo() && oslo() != bergen);
    let born_in = |place: PlaceFilter| PersonFilter { born: Some(place.into()), ..Default::default() };
    assert!(born_in(oslo()) == born_in(oslo()) && born_in(oslo()) != born_in(bergen));
    let somewhere = PersonFilter { born: Some(StructCondition::is_not_null()), ..Default::default() };
    assert!(born_in(oslo()) != somewhere);
}

#[test]
fn filters_print_the_conditions_that_are_given() {
    let place = format!("{:?}", oslo());
    assert!(
        place.starts_with("PlaceFilter") && place.contains("\"city\"") && place.contains("Oslo"),
        "{place}"
    );
    assert!(!place.contains("people"), "{place}");
    let born = PersonFilter { born: Some(oslo().into()), not: Some(Box::default()), ..Default::default() };
    let person = format!("{born:?}");
    assert!(person.starts_with("PersonFilter") && person.contains("Oslo"), "{person}");
    assert!(person.contains("\"not\": {}"), "{person}");
    let condition = format!("{:?}", Condition::<i32>::ge(7));
    assert!(condition.contains("ge") && condition.contains('7'), "{condition}");
    assert_eq!(format!("{:?}", Person::columns().name), "Col(name)");
}

#[test]
fn the_filter_of_a_nested_struct_is_data_of_its_own() {
    let both = PlaceFilter { people: Some(Condition::ge(1000)), ..oslo() };
    let json = serde_json::json!({ "city": "Oslo", "people": { "ge": 1000 } });
    assert_eq!(serde_json::to_value(&both).unwrap(), json);
    assert_eq!(serde_json::from_value::<PlaceFilter>(json).unwrap(), both);
    for (wrong, part) in [(r#"{"town": "Oslo"}"#, "`town` is not a column"), ("[]", "a filter is an object")]
    {
        let error = serde_json::from_str::<PlaceFilter>(wrong).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
