//! Predicates: how they are combined, and when they are true for every row.

use super::path;
use crate::query::{CompareOp, Predicate, Value};

fn is(year: i32) -> Predicate {
    Predicate::Compare { column: path("year"), op: CompareOp::Eq, value: Value::Int32(year) }
}

fn invalid() -> Predicate {
    Predicate::Invalid("a reason".to_owned())
}

const TRUE: Predicate = Predicate::Constant(true);
const FALSE: Predicate = Predicate::Constant(false);

#[test]
fn chains_of_and_stay_flat() {
    let and = |members: &[i32]| Predicate::And(members.iter().map(|year| is(*year)).collect());
    assert_eq!(is(1).and(is(2)), and(&[1, 2]));
    assert_eq!(and(&[1, 2]).and(is(3)), and(&[1, 2, 3]));
    assert_eq!(is(3).and(and(&[1, 2])), and(&[1, 2, 3]));
    assert_eq!(and(&[1, 2]).and(and(&[3])), and(&[1, 2, 3]));
    assert_eq!(and(&[1, 2]).and(and(&[3, 4])), and(&[1, 2, 3, 4]));
    assert_eq!(and(&[1]).and(and(&[2, 3])), and(&[2, 3, 1]), "the shorter chain is moved");
    assert_eq!((is(1).and(TRUE), TRUE.and(is(1))), (is(1), is(1)));
    assert_eq!(is(1).and(FALSE), Predicate::And(vec![is(1), FALSE]));
    assert_eq!((is(1).and(invalid()), invalid().and(is(1))), (invalid(), invalid()));
    assert_eq!(TRUE.and(invalid()), invalid());
}

#[test]
fn chains_of_or_stay_flat() {
    let or = |members: &[i32]| Predicate::Or(members.iter().map(|year| is(*year)).collect());
    assert_eq!(is(1).or(is(2)), or(&[1, 2]));
    assert_eq!(or(&[1, 2]).or(is(3)), or(&[1, 2, 3]));
    assert_eq!(is(3).or(or(&[1, 2])), or(&[1, 2, 3]));
    assert_eq!(or(&[1, 2]).or(or(&[3])), or(&[1, 2, 3]));
    assert_eq!(or(&[1]).or(or(&[2, 3])), or(&[2, 3, 1]));
    assert_eq!(is(1).or(TRUE), Predicate::Or(vec![is(1), TRUE]));
    assert_eq!((is(1).or(invalid()), invalid().or(is(1))), (invalid(), invalid()));
    let members = vec![or(&[1, 2]), is(3)];
    assert_eq!(or(&[1, 2]).and(is(3)), Predicate::And(members), "`and` does not join a chain of `or`");
}

#[test]
fn the_negation_of_a_negation_is_the_predicate() {
    assert_eq!(is(1).not(), Predicate::Not(Box::new(is(1))));
    assert_eq!(is(1).not().not(), is(1));
    assert_eq!(invalid().not(), invalid());
}

#[test]
fn a_predicate_that_no_data_can_change_is_always_true() {
    let none = || Predicate::In { column: path("year"), values: Vec::new() };
    let one = || Predicate::In { column: path("year"), values: vec![Value::Int32(1)] };
    for always in [
        TRUE,
        FALSE.not(),
        none().not(),
        Predicate::And(vec![]),
        Predicate::And(vec![TRUE, none().not()]),
        Predicate::Or(vec![is(1), TRUE]),
        Predicate::Or(vec![FALSE, none()]).not(),
        Predicate::And(vec![is(1), FALSE]).not(),
        Predicate::Not(Box::new(TRUE.not())),
    ] {
        assert!(always.is_always_true(), "{always:?}");
    }
    for sometimes in [
        FALSE,
        is(1),
        is(1).not(),
        none(),
        one(),
        one().not(),
        invalid(),
        Predicate::Or(vec![]),
        Predicate::And(vec![TRUE, is(1)]),
        Predicate::Or(vec![FALSE, is(1)]),
        Predicate::Or(vec![FALSE, is(1)]).not(),
        Predicate::And(vec![is(1), TRUE]).not(),
        Predicate::Not(Box::new(FALSE.not())),
        TRUE.not(),
    ] {
        assert!(!sometimes.is_always_true(), "{sometimes:?}");
    }
}
