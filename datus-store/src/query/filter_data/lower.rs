//! Converts a filter as data to a predicate, which equals that of the typed columns.

use crate::query::{CompareOp, ListOp, Predicate, TextOp};
use crate::record::{ColumnKind, ColumnPath, FieldType, FilterColumn, Operator, Part, Parts, Test, Value};

/// Converts the filter of a record.
pub(crate) fn predicate(parts: Parts, columns: &[FilterColumn]) -> Predicate {
    let Parts { columns: values, any, all, not } = parts;
    let mut filter = of_columns(values, columns, ColumnPath::new(&[]));
    filter = all.into_iter().map(|parts| predicate(parts, columns)).fold(filter, Predicate::and);
    let any = any.into_iter().map(|parts| predicate(parts, columns)).reduce(Predicate::or);
    filter = any.into_iter().fold(filter, Predicate::and);
    let not = not.map(|parts| predicate(*parts, columns).not());
    not.into_iter().fold(filter, Predicate::and)
}

/// Joins the conditions on columns that are inside `parent`.
fn of_columns(values: Vec<Option<Part>>, columns: &[FilterColumn], parent: ColumnPath) -> Predicate {
    let conditions = values.into_iter().zip(columns).filter_map(|(part, column)| {
        let path = match column.prefix {
            Some(prefix) => ColumnPath::flattened(prefix),
            None => parent.child(column.name),
        };
        Some(of_column(part?, column.field, path))
    });
    conditions.fold(Predicate::Constant(true), Predicate::and)
}

fn of_column(part: Part, field: FieldType, path: ColumnPath) -> Predicate {
    let tests = part.tests.into_iter().map(|test| of_test(test, field, path));
    let own = tests.fold(Predicate::Constant(true), Predicate::and);
    match field.kind {
        ColumnKind::Struct(columns) => own.and(of_columns(part.columns, columns, path)),
        ColumnKind::Opaque | ColumnKind::Json | ColumnKind::Scalar(_) | ColumnKind::List(_) => own,
    }
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

/// Returns the predicate for an operator whose value has the wrong form, which neither the typed conditions nor the reader
/// creates.
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
