//! The expressions that an update's `set_to` accepts.

use super::path;
use crate::EmbeddingRecord;
use crate::query::{ArithmeticOp, ColumnExpr, Expression, IntoColumnExpr, Value};

#[derive(EmbeddingRecord)]
#[datus(crate = crate)]
struct Row {
    visits: i32,
    last: Option<i32>,
    name: String,
    nick: Option<String>,
}

fn stored(name: &'static str) -> Expression {
    Expression::Stored(path(name))
}

fn text(text: &str) -> Expression {
    Expression::Value(Value::Text(text.to_owned()))
}

fn arithmetic(op: ArithmeticOp, left: Expression, right: i32) -> Expression {
    let right = Box::new(Expression::Value(Value::Int32(right)));
    Expression::Arithmetic { op, left: Box::new(left), right }
}

#[test]
fn numbers_are_computed_from_columns_and_expressions() {
    let t = Row::columns();
    let plus = arithmetic(ArithmeticOp::Plus, stored("visits"), 1);
    assert_eq!(t.visits.plus(1).into_expression(), plus);
    assert_eq!(t.visits.minus(1).into_expression(), arithmetic(ArithmeticOp::Minus, stored("visits"), 1));
    assert_eq!(t.visits.times(2).into_expression(), arithmetic(ArithmeticOp::Times, stored("visits"), 2));
    let sum = t.visits.plus(1);
    assert_eq!(sum.clone().plus(2).into_expression(), arithmetic(ArithmeticOp::Plus, plus.clone(), 2));
    assert_eq!(sum.clone().minus(2).into_expression(), arithmetic(ArithmeticOp::Minus, plus.clone(), 2));
    assert_eq!(sum.clone().times(2).into_expression(), arithmetic(ArithmeticOp::Times, plus.clone(), 2));
    let zero = Expression::Coalesce(vec![stored("last"), Expression::Value(Value::Int32(0))]);
    assert_eq!(t.last.unwrap_or(0).into_expression(), zero);
    assert_eq!(t.last.unwrap_or(0).plus(1).into_expression(), arithmetic(ArithmeticOp::Plus, zero, 1));
    assert!(format!("{sum:?}").starts_with("ColumnExpr(Arithmetic { op: Plus"));
}

#[test]
fn texts_are_computed_from_columns_and_expressions() {
    let t = Row::columns();
    let lower = Expression::Lower(Box::new(stored("name")));
    assert_eq!(t.name.lower().into_expression(), lower);
    assert_eq!(t.name.upper().into_expression(), Expression::Upper(Box::new(stored("name"))));
    assert_eq!(t.name.lower().upper().into_expression(), Expression::Upper(Box::new(lower.clone())));
    assert_eq!(t.name.lower().lower().into_expression(), Expression::Lower(Box::new(lower.clone())));
    let parts = |parts: Vec<Expression>| Expression::Concat(parts);
    assert_eq!(t.name.concat("!").into_expression(), parts(vec![stored("name"), text("!")]));
    let flat = t.name.lower().concat(" ").concat_with(t.name).concat("!");
    assert_eq!(flat.into_expression(), parts(vec![lower, text(" "), stored("name"), text("!")]));
    let nested = t.name.concat_with(t.name.concat("!"));
    let inner = parts(vec![stored("name"), text("!")]);
    assert_eq!(nested.into_expression(), parts(vec![stored("name"), inner]));
}

#[test]
fn a_column_and_an_expression_can_set_a_column_that_is_an_option() {
    let t = Row::columns();
    let expression = |expression: ColumnExpr<Row, Option<i32>>| expression.into_expression();
    assert_eq!(expression(t.visits.into_column_expr()), stored("visits"));
    assert_eq!(expression(t.visits.plus(1).into_column_expr()), t.visits.plus(1).into_expression());
    assert_eq!(expression(t.last.into_column_expr()), stored("last"));
    let same: ColumnExpr<Row, i32> = t.visits.plus(1).into_column_expr();
    assert_eq!(same.into_expression(), t.visits.plus(1).into_expression());
}

fn reason<T>(expression: ColumnExpr<Row, T>) -> Option<String> {
    match expression.into_expression() {
        Expression::Value(Value::Invalid(reason)) => Some(reason),
        _ => None,
    }
}

const TOO_DEEP: &str = "the expression is nested more than 8 levels deep";

#[test]
fn an_expression_may_be_nested_eight_levels_deep() {
    let t = Row::columns();
    let levels = |levels: i32| (1..levels).fold(t.name.lower(), |text, _| text.upper());
    assert_eq!(reason(levels(8)), None);
    assert_eq!(reason(levels(9)).as_deref(), Some(TOO_DEEP));
    assert_eq!(reason(levels(8).lower()).as_deref(), Some(TOO_DEEP));
    assert_eq!(reason(levels(8).concat("!")).as_deref(), Some(TOO_DEEP));
    assert_eq!(reason(t.name.concat_with(levels(8))).as_deref(), Some(TOO_DEEP));
    assert_eq!(reason(levels(7).concat("!").concat("!")), None, "a chain is one level");
    assert_eq!(reason(levels(7).concat("!").lower()).as_deref(), Some(TOO_DEEP));
    let numbers = |levels: i32| (0..levels).fold(t.last.unwrap_or(0), |number, _| number.plus(1));
    assert_eq!(reason(numbers(7)), None);
    assert_eq!(reason(numbers(8)).as_deref(), Some(TOO_DEEP), "`unwrap_or` is a level");
    let deep: ColumnExpr<Row, Option<String>> = levels(8).into_column_expr();
    assert_eq!(reason(deep.unwrap_or("")).as_deref(), Some(TOO_DEEP));
}

#[test]
fn an_invalid_expression_keeps_its_reason() {
    let t = Row::columns();
    let deep = || (0..9).fold(t.name.lower(), |text, _| text.upper());
    for text in [deep().lower(), deep().upper(), deep().concat("!"), deep().concat_with(t.name)] {
        assert_eq!(reason(text).as_deref(), Some(TOO_DEEP));
    }
    let number = || (0..9).fold(t.visits.plus(1), |number, _| number.plus(1));
    assert_eq!(reason(number().times(2)).as_deref(), Some(TOO_DEEP));
}

#[test]
fn a_concatenation_has_at_most_16_parts() {
    let t = Row::columns();
    let parts = |parts: i32| (2..parts).fold(t.name.concat("!"), |text, _| text.concat("!"));
    assert_eq!(reason(parts(16)), None);
    let message = "the text is a concatenation of more than 16 parts";
    assert_eq!(reason(parts(17)).as_deref(), Some(message));
    assert_eq!(reason(t.nick.concat("!")), None);
}
