//! Writes a filter as a tree of values.

use super::{Data, problem, scalar};
use crate::record::{ColumnKind, FieldType, FilterColumn, Operator, Part, Parts, ScalarKind, Test, Value};

/// Writes the filter of a record. Fails with a message if plain data cannot represent a value.
pub(super) fn filter(
    parts: Parts,
    columns: &[FilterColumn],
    combinators: [&'static str; 3],
) -> Result<Data, String> {
    let Parts { columns: values, any, all, not } = parts;
    let mut entries = self::columns(values, columns)?;
    let list = |filters: Vec<Parts>| {
        let filters = filters.into_iter().map(|parts| filter(parts, columns, combinators));
        filters.collect::<Result<_, _>>().map(Data::List)
    };
    for (name, filters) in [(combinators[0], any), (combinators[1], all)] {
        if !filters.is_empty() {
            entries.push((name.to_owned(), list(filters)?));
        }
    }
    if let Some(parts) = not {
        entries.push((combinators[2].to_owned(), filter(*parts, columns, combinators)?));
    }
    Ok(Data::Map(entries))
}

/// Writes the entries for columns that have a condition.
pub(super) fn columns(
    values: Vec<Option<Part>>,
    columns: &[FilterColumn],
) -> Result<Vec<(String, Data)>, String> {
    let given = values.into_iter().zip(columns).filter_map(|(part, column)| Some((part?, column)));
    given.map(|(part, column)| Ok((column.name.to_owned(), self::column(part, column)?))).collect()
}

fn column(part: Part, column: &FilterColumn) -> Result<Data, String> {
    let FilterColumn { name, field, .. } = *column;
    if let [test] = part.tests.as_slice()
        && let Some(data) = short_form(test, field)?
    {
        return Ok(data);
    }
    let mut entries: Vec<(String, Data)> = Vec::new();
    for test in &part.tests {
        let operator = test.operator;
        if entries.iter().any(|(name, _)| name == operator.name()) {
            return Err(problem::repeated_operator(name, operator));
        }
        entries.push((operator.name().to_owned(), argument(test, field)?));
    }
    if let ColumnKind::Struct(inside) = field.kind {
        entries.extend(columns(part.columns, inside)?);
    }
    Ok(Data::Map(entries))
}

/// Writes a condition without its operator, or returns `None` if the operator must be written.
fn short_form(test: &Test, field: FieldType) -> Result<Option<Data>, String> {
    match (field.kind, test.operator, test.values.as_slice()) {
        (ColumnKind::Scalar(kind), Operator::Eq, [value]) => scalar::write(kind, value).map(Some),
        (ColumnKind::List(kind), Operator::ContainsAll, values) => list(kind, values).map(Some),
        _ => Ok(None),
    }
}

fn argument(test: &Test, field: FieldType) -> Result<Data, String> {
    let kind = match (test.operator, field.kind) {
        (Operator::IsNull, _) => ScalarKind::Bool,
        (_, ColumnKind::Scalar(kind) | ColumnKind::List(kind)) => kind,
        (operator, ColumnKind::Opaque | ColumnKind::Json | ColumnKind::Struct(_)) => {
            return Err(format!("the column does not have the operator `{}`", operator.name()));
        }
    };
    match (test.operator.takes_list(), test.values.as_slice()) {
        (true, values) => list(kind, values),
        (false, [value]) => scalar::write(kind, value),
        (false, _) => Err(format!("the operator `{}` needs one value", test.operator.name())),
    }
}

fn list(kind: ScalarKind, values: &[Value]) -> Result<Data, String> {
    values.iter().map(|value| scalar::write(kind, value)).collect::<Result<_, _>>().map(Data::List)
}
