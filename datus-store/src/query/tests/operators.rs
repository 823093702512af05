//! The predicate that each operator of a column creates.

use super::path;
use crate::EmbeddingRecord;
use crate::query::IntoOrder;
use crate::query::{CompareOp, Filter, ListOp, Predicate, SortDirection, SortKey, TextOp, Value};

#[derive(EmbeddingRecord)]
#[datus(crate = crate)]
struct Row {
    text: String,
    number: Option<i32>,
    tags: Vec<String>,
}

fn predicate(filter: Filter<Row>) -> Predicate {
    filter.into_predicate()
}

fn compare(op: CompareOp, value: i32) -> Predicate {
    Predicate::Compare { column: path("number"), op, value: Value::Int32(value) }
}

fn is_null() -> Predicate {
    Predicate::IsNull { column: path("number") }
}

fn is_in(values: &[i32]) -> Predicate {
    let values = values.iter().map(|value| Value::Int32(*value)).collect();
    Predicate::In { column: path("number"), values }
}

#[test]
fn comparisons_have_their_operator_and_their_value() {
    let t = Row::columns();
    assert_eq!(predicate(t.number.eq(1)), compare(CompareOp::Eq, 1));
    assert_eq!(predicate(t.number.ne(1)), compare(CompareOp::Ne, 1));
    assert_eq!(predicate(t.number.lt(1)), compare(CompareOp::Lt, 1));
    assert_eq!(predicate(t.number.le(1)), compare(CompareOp::Le, 1));
    assert_eq!(predicate(t.number.gt(1)), compare(CompareOp::Gt, 1));
    assert_eq!(predicate(t.number.ge(1)), compare(CompareOp::Ge, 1));
    let between = vec![compare(CompareOp::Ge, 1), compare(CompareOp::Le, 2)];
    assert_eq!(predicate(t.number.between(1, 2)), Predicate::And(between));
}

#[test]
fn none_compares_with_null() {
    let t = Row::columns();
    assert_eq!(predicate(t.number.eq(None::<i32>)), is_null());
    assert_eq!(predicate(t.number.ne(None::<i32>)), is_null().not());
    assert_eq!(predicate(t.number.is_null()), is_null());
    assert_eq!(predicate(t.number.is_not_null()), is_null().not());
    let one = &Some(1);
    assert_eq!(predicate(t.number.eq(one)), compare(CompareOp::Eq, 1));
}

#[test]
fn a_none_among_the_values_of_a_list_is_null() {
    let t = Row::columns();
    assert_eq!(predicate(t.number.is_in([1, 2])), is_in(&[1, 2]));
    assert_eq!(predicate(t.number.is_in([None, Some(1)])), Predicate::Or(vec![is_in(&[1]), is_null()]));
    assert_eq!(predicate(t.number.not_in([1, 2])), is_in(&[1, 2]).not());
    let both = vec![is_null().not(), is_in(&[1]).not()];
    assert_eq!(predicate(t.number.not_in([None, Some(1)])), Predicate::And(both));
    assert_eq!(predicate(t.number.is_in([0; 0])), is_in(&[]));
}

#[test]
fn texts_and_lists_are_tested_by_their_operators() {
    let t = Row::columns();
    let text = |op| Predicate::Text { column: path("text"), op, text: "a%".to_owned() };
    assert_eq!(predicate(t.text.like("a%")), text(TextOp::Like));
    assert_eq!(predicate(t.text.not_like("a%")), text(TextOp::Like).not());
    assert_eq!(predicate(t.text.starts_with("a%")), text(TextOp::StartsWith));
    assert_eq!(predicate(t.text.ends_with("a%")), text(TextOp::EndsWith));
    assert_eq!(predicate(t.text.contains("a%")), text(TextOp::Contains));
    let list = |op, values: &[&str]| {
        let values = values.iter().map(|value| Value::Text((*value).to_owned())).collect();
        Predicate::List { column: path("tags"), op, values }
    };
    assert_eq!(predicate(t.tags.contains("a")), list(ListOp::Any, &["a"]));
    assert_eq!(predicate(t.tags.contains_any(["a", "b"])), list(ListOp::Any, &["a", "b"]));
    assert_eq!(predicate(t.tags.contains_all(["a", "b"])), list(ListOp::All, &["a", "b"]));
}

#[test]
fn orders_have_their_column_and_direction() {
    let t = Row::columns();
    let key = |direction| vec![SortKey { column: path("number"), direction }];
    assert_eq!(IntoOrder::<Row>::into_keys(t.number.asc()), key(SortDirection::Ascending));
    assert_eq!(IntoOrder::<Row>::into_keys(t.number.desc()), key(SortDirection::Descending));
    let printed = format!("{:?}", t.number.desc());
    assert!(printed.starts_with("Order(SortKey { column: `number`, direction: Descending"), "{printed}");
}

#[test]
fn filters_are_combined_by_methods_and_operators() {
    let t = Row::columns();
    let (one, two) = (|| t.number.eq(1), || t.number.eq(2));
    let each = || vec![compare(CompareOp::Eq, 1), compare(CompareOp::Eq, 2)];
    for both in [one().and(two()), one() & two()] {
        assert_eq!(predicate(both), Predicate::And(each()));
    }
    for either in [one().or(two()), one() | two()] {
        assert_eq!(either.predicate(), &Predicate::Or(each()));
    }
    for not in [one().not(), !one()] {
        assert_eq!(predicate(not), compare(CompareOp::Eq, 1).not());
    }
    assert_eq!(predicate(Filter::all()), Predicate::Constant(true));
    assert_eq!(predicate(Filter::none()), Predicate::Constant(false));
    assert_eq!(predicate(Filter::all().and(one())), compare(CompareOp::Eq, 1));
    assert!(one() == one().clone() && one() != two());
    assert!(format!("{:?}", one()).starts_with("Filter(Compare {"));
}
