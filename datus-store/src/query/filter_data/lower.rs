//! Converts a filter as data to the predicate that the typed columns would create.

use crate::query::{CompareOp, ListOp, Predicate, TextOp};
use crate::record::{ColumnKind, ColumnPath, FieldType, FilterColumn, Operator, Part, Parts, Test, Value};

/// Converts the filter of a record.
pub(crate) fn predicate(parts: Parts, columns: &[FilterColumn]) -> Predicate {
    let Parts { columns: values, any, all, not } = parts;
    let mut conditions = of_columns(values, columns, ColumnPath::new(&[]));
    conditions.extend(all.into_iter().map(|parts| predicate(parts, columns)));
    conditions.extend(any.into_iter().map(|parts| predicate(parts, columns)).reduce(Predicate::or));
    conditions.extend(not.map(|parts| predicate(*parts, columns).not()));
    join(conditions)
}

/// Combines conditions that must all hold into one chain, in order.
fn join(conditions: Vec<Predicate>) -> Predicate {
    let mut chain = Vec::with_capacity(conditions.len());
    for condition in conditions {
        match condition {
            Predicate::Constant(true) => {}
            Predicate::And(members) => chain.extend(members),
            invalid @ Predicate::Invalid(_) => return invalid,
            condition => chain.push(condition),
        }
    }
    match chain.len() {
        0 => Predicate::Constant(true),
        1 => chain.remove(0),
        _ => Predicate::And(chain),
    }
}

/// Returns the conditions on columns that are inside `parent`.
fn of_columns(values: Vec<Option<Part>>, columns: &[FilterColumn], parent: ColumnPath) -> Vec<Predicate> {
    let conditions = values.into_iter().zip(columns).filter_map(|(part, column)| {
        let path = match column.prefix {
            Some(prefix) => ColumnPath::flattened(prefix),
            None => parent.child(column.name),
        };
        Some(of_column(part?, column.field, path))
    });
    conditions.collect()
}

fn of_column(part: Part, field: FieldType, path: ColumnPath) -> Predicate {
    let mut conditions: Vec<Predicate> =
        part.tests.into_iter().map(|test| of_test(test, field, path)).collect();
    if let ColumnKind::Struct(columns) = field.kind {
        conditions.extend(of_columns(part.columns, columns, path));
    }
    join(conditions)
}

fn of_test(test: Test, field: FieldType, column: ColumnPath) -> Predicate {
    let Test { operator, mut values } = test;
    let is_list = matches!(field.kind, ColumnKind::List(_));
    match operator {
        Operator::In => return is_in(column, values),
        Operator::NotIn => return not_in(column, values),
        Operator::ContainsAny => return Predicate::List { column, op: ListOp::Any, values },
        Operator::ContainsAll => return Predicate::List { column, op: ListOp::All, values },
        Operator::Contains if is_list => return Predicate::List { column, op: ListOp::Any, values },
        _ => {}
    }
    match (operator, values.pop()) {
        (Operator::IsNull, Some(Value::Bool(true))) => Predicate::IsNull { column },
        (Operator::IsNull, Some(Value::Bool(false))) => Predicate::IsNull { column }.not(),
        (Operator::Like, Some(Value::Text(text))) => Predicate::Text { column, op: TextOp::Like, text },
        (Operator::StartsWith, Some(Value::Text(text))) => {
            Predicate::Text { column, op: TextOp::StartsWith, text }
        }
        (Operator::EndsWith, Some(Value::Text(text))) => {
            Predicate::Text { column, op: TextOp::EndsWith, text }
        }
        (Operator::Contains, Some(Value::Text(text))) => {
            Predicate::Text { column, op: TextOp::Contains, text }
        }
        (operator, Some(value)) => match compare_op(operator) {
            Some(op) => Predicate::Compare { column, op, value },
            None => invalid(column, operator),
        },
        (operator, None) => invalid(column, operator),
    }
}

fn compare_op(operator: Operator) -> Option<CompareOp> {
    Some(match operator {
        Operator::Eq => CompareOp::Eq,
        Operator::Ne => CompareOp::Ne,
        Operator::Lt => CompareOp::Lt,
        Operator::Le => CompareOp::Le,
        Operator::Gt => CompareOp::Gt,
        Operator::Ge => CompareOp::Ge,
        _ => return None,
    })
}

/// Returns the predicate for an operator whose value has the wrong form. Neither the typed conditions nor the reader creates
/// such a value.
fn invalid(column: ColumnPath, operator: Operator) -> Predicate {
    Predicate::Invalid(format!("the operator `{}` of column `{column}` has the wrong value", operator.name()))
}

fn is_in(column: ColumnPath, values: Vec<Value>) -> Predicate {
    let (values, has_null) = split_nulls(values);
    let is_in = Predicate::In { column, values };
    if has_null { is_in.or(Predicate::IsNull { column }) } else { is_in }
}

fn not_in(column: ColumnPath, values: Vec<Value>) -> Predicate {
    let (values, has_null) = split_nulls(values);
    let not_in = Predicate::In { column, values }.not();
    if has_null { Predicate::IsNull { column }.not().and(not_in) } else { not_in }
}

fn split_nulls(mut values: Vec<Value>) -> (Vec<Value>, bool) {
    let count = values.len();
    values.retain(|value| *value != Value::Null);
    let has_null = values.len() < count;
    (values, has_null)
}
