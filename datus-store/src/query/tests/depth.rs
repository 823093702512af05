//! The depth of filters, which is at most 20.

use super::{Book, path};
use crate::EmbeddingRecord;
use crate::query::{Filter, ListOp, Predicate, Value};

fn leaf() -> Filter<Book> {
    Book::columns().id.eq(1)
}

fn is_refused(filter: Filter<Book>) -> bool {
    match filter.into_predicate() {
        Predicate::Invalid(reason) => {
            assert_eq!(reason, "the filter is nested more than 20 levels deep");
            true
        }
        _ => false,
    }
}

/// Returns a filter that is `levels` deep. Each level is a chain of two members.
fn nested(levels: u32) -> Filter<Book> {
    (0..levels).fold(leaf(), |filter, level| match level % 2 {
        0 => filter.and(leaf()),
        _ => filter.or(leaf()),
    })
}

fn chain(members: usize, combine: fn(Filter<Book>, Filter<Book>) -> Filter<Book>) -> Filter<Book> {
    (1..members).fold(leaf(), |filter, _| combine(filter, leaf()))
}

/// Asserts that the filter is `depth` levels deep, both as tracked while it was built and as measured afterwards.
#[track_caller]
fn assert_depth(filter: &Filter<Book>, depth: u32) {
    // The operators alternate, because a second operator of the same kind would extend the chain instead of adding a level.
    let deeper = |levels: u32, filter: Filter<Book>| {
        (0..levels).fold(filter, |filter, _| match filter.predicate() {
            Predicate::And(_) => filter.or(leaf()),
            _ => filter.and(leaf()),
        })
    };
    for filter in [filter.clone(), Filter::from_predicate(filter.predicate().clone())] {
        assert!(!is_refused(deeper(20 - depth, filter.clone())), "more than {depth} levels");
        assert!(is_refused(deeper(21 - depth, filter)), "less than {depth} levels");
    }
}

#[test]
fn twenty_levels_are_accepted_and_one_more_is_refused() {
    for levels in [0, 1, 2, 3, 19, 20] {
        assert_depth(&nested(levels), levels);
    }
    assert!(is_refused(nested(21)));
    let measured = Predicate::Not(Box::new(nested(20).into_predicate()));
    assert!(is_refused(Filter::from_predicate(measured)));
    assert!(is_refused(nested(21).not()) && is_refused(leaf().or(nested(21))));
}

#[test]
fn a_chain_is_as_deep_as_a_balanced_tree() {
    type Combine = fn(Filter<Book>, Filter<Book>) -> Filter<Book>;
    let combinations: [Combine; 2] = [|filter, other| filter.and(other), |filter, other| filter.or(other)];
    for combine in combinations {
        for (members, depth) in [(2, 1), (3, 2), (4, 2), (5, 3), (8, 3), (9, 4), (1000, 10)] {
            assert_depth(&chain(members, combine), depth);
        }
    }
    let [and_chain, or_chain] = combinations.map(|combine| move |members| chain(members, combine));
    // The two chains become one. Its depth depends on the number of its members and on the deepest member.
    let both = and_chain(4).and(and_chain(4));
    assert_depth(&both, 3);
    assert_depth(&or_chain(2).and(leaf()).and(and_chain(2)), 3);
    assert_depth(&and_chain(2).or(leaf()).or(or_chain(2)), 3);
}

#[test]
fn a_negation_is_one_level_and_its_negation_is_none() {
    assert_depth(&leaf().not(), 1);
    assert_depth(&leaf().not().not(), 0);
    assert_depth(&nested(3).not(), 4);
    assert_depth(&nested(3).not().not(), 3);
}

#[test]
fn the_values_of_a_list_are_a_chain() {
    let list = |values: usize| {
        let values = vec![Value::Text("a".to_owned()); values];
        Filter::from_predicate(Predicate::List { column: path("tags"), op: ListOp::All, values })
    };
    assert_depth(&list(1), 1);
    assert_depth(&list(4), 2);
    assert_depth(&list(5), 3);
    let values = vec![Value::Int32(1); 1000];
    assert_depth(&Filter::from_predicate(Predicate::In { column: path("year"), values }), 0);
}

#[test]
fn a_filter_for_all_rows_adds_no_level() {
    for levels in [3, 4] {
        assert_depth(&nested(levels).and(Filter::all()), levels);
        assert_depth(&Filter::all().and(nested(levels)), levels);
    }
}

#[test]
fn an_invalid_filter_stays_the_same() {
    let invalid = || Filter::from_predicate(Predicate::Invalid("a reason".to_owned()));
    assert_eq!(invalid().and(nested(3)), invalid());
    assert_eq!(nested(20).or(invalid()), invalid());
    assert_eq!(invalid().not(), invalid());
}

#[test]
fn a_very_deep_predicate_is_refused_without_recursion() {
    let deep = (0..200_000).fold(Predicate::Constant(true), |inner, level| match level % 3 {
        0 => Predicate::Not(Box::new(inner)),
        1 => Predicate::And(vec![inner]),
        _ => Predicate::Or(vec![inner]),
    });
    assert!(is_refused(Filter::from_predicate(deep)));
}
