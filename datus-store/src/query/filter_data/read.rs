//! Reads a tree of values as a filter.

use std::borrow::Cow;

use super::limits::{MAX_FILTER_DEPTH, too_complex, too_deep};
use super::lower::predicate;
use super::{Data, flat, operators, problem, scalar};
use crate::query::Filter;
use crate::record::{ColumnKind, FieldType, FilterColumn, Operator, Part, Parts, ScalarKind, Test, Value};

/// Reads the filter of a record. Fails with a message about the first mistake.
pub(crate) fn read(
    data: Data,
    columns: &[FilterColumn],
    combinators: [&'static str; 3],
) -> Result<Parts, String> {
    let Data::Map(entries) = data else { return Err(problem::not_an_object(&data, columns)) };
    let reader = Reader { columns, combinators };
    let is_key = |key: &str| reader.position(key).is_some() || combinators.contains(&key);
    let parts = reader.filter(flat::nest(entries, is_key), 0)?;
    // The depth of a predicate is limited too, and a long chain of conditions counts as several levels.
    match Filter::<()>::from_predicate(predicate(parts.clone(), columns)).into_predicate() {
        crate::query::Predicate::Invalid(_) => Err(too_complex()),
        _ => Ok(parts),
    }
}

/// Reads the filter of a nested struct.
pub(super) fn structure(data: Data, columns: &[FilterColumn]) -> Result<Vec<Option<Part>>, String> {
    match data {
        Data::Map(entries) => Ok(nested(entries, columns, None, "")?.columns),
        other => Err(problem::not_an_object(&other, columns)),
    }
}

struct Reader<'a> {
    columns: &'a [FilterColumn],
    /// The keys for `any`, `all` and `not`.
    combinators: [&'static str; 3],
}

impl Reader<'_> {
    fn position(&self, name: &str) -> Option<usize> {
        position(self.columns, name)
    }

    fn filter(&self, entries: Vec<(String, Data)>, depth: usize) -> Result<Parts, String> {
        if depth > MAX_FILTER_DEPTH {
            return Err(too_deep());
        }
        let [any, all, not] = self.combinators;
        let mut parts = Parts { columns: vec![None; self.columns.len()], ..Parts::default() };
        let mut seen: Vec<String> = Vec::new();
        for (name, value) in entries {
            if seen.contains(&name) {
                return Err(problem::repeated_column(&name, Some(all)));
            }
            match self.position(&name) {
                Some(position) => {
                    parts.columns[position] = column(&self.columns[position], self.columns, value, &name)?;
                }
                None if value == Data::Null && self.combinators.contains(&name.as_str()) => {}
                None if name == any => {
                    parts.any = self.filters(any, value, depth)?;
                    if parts.any.is_empty() {
                        return Err(problem::empty_any(any));
                    }
                }
                None if name == all => parts.all = self.filters(all, value, depth)?,
                None if name == not => match value {
                    Data::Map(entries) => parts.not = Some(Box::new(self.filter(entries, depth + 1)?)),
                    other => return Err(problem::wrong_combinator(not, "an object with a filter", &other)),
                },
                None => return Err(problem::unknown_column(&name, self.columns, &self.combinators, "")),
            }
            seen.push(name);
        }
        Ok(parts)
    }

    fn filters(&self, name: &str, value: Data, depth: usize) -> Result<Vec<Parts>, String> {
        let expected = "a list of objects with filters";
        let Data::List(filters) = value else {
            return Err(problem::wrong_combinator(name, expected, &value));
        };
        let filters = filters.into_iter().map(|filter| match filter {
            Data::Map(entries) => self.filter(entries, depth + 1),
            other => Err(problem::wrong_combinator(name, expected, &other)),
        });
        filters.collect()
    }
}

fn position(columns: &[FilterColumn], name: &str) -> Option<usize> {
    columns.iter().position(|column| column.name == name)
}

/// Reads the value of a column. A null adds no condition.
fn column(
    column: &FilterColumn,
    siblings: &[FilterColumn],
    value: Data,
    path: &str,
) -> Result<Option<Part>, String> {
    let field = column.field;
    let part = match (field.kind, value) {
        (_, Data::Null) => return Ok(None),
        (ColumnKind::Struct(columns), Data::Map(entries)) => {
            nested(entries, columns, field.nullable.then_some(field), path)?
        }
        (ColumnKind::Struct(columns), other) => return Err(problem::needs_columns(path, columns, &other)),
        _ if operators::of(field).is_empty() => return Err(problem::no_operators(path, siblings)),
        (_, Data::Map(entries)) => {
            let mut tests: Vec<Test> = Vec::with_capacity(entries.len());
            for (name, value) in entries {
                let test = test(path, field, &name, value)?;
                if tests.iter().any(|other| other.operator == test.operator) {
                    return Err(problem::repeated_operator(path, test.operator));
                }
                tests.push(test);
            }
            if tests.is_empty() {
                return Err(problem::no_operator_given(path, field));
            }
            Part { tests, columns: Vec::new() }
        }
        (kind, value) => {
            let test = match kind {
                ColumnKind::Scalar(kind) => {
                    Test { operator: Operator::Eq, values: vec![read_value(path, None, kind, &value)?] }
                }
                ColumnKind::List(kind) => {
                    Test { operator: Operator::ContainsAll, values: values(path, None, kind, false, &value)? }
                }
                ColumnKind::Opaque | ColumnKind::Json | ColumnKind::Struct(_) => {
                    return Err(problem::needs_operator(path, field, &value));
                }
            };
            Part { tests: vec![test], columns: Vec::new() }
        }
    };
    Ok(Some(part))
}

/// Reads the columns of a nested struct, and `is_null` if it can be null.
fn nested(
    entries: Vec<(String, Data)>,
    columns: &[FilterColumn],
    nullable: Option<FieldType>,
    path: &str,
) -> Result<Part, String> {
    let mut part = Part { tests: Vec::new(), columns: vec![None; columns.len()] };
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in entries {
        let inside: Cow<'_, str> =
            if path.is_empty() { name.as_str().into() } else { format!("{path}.{name}").into() };
        if seen.contains(&name) {
            return Err(problem::repeated_column(&inside, None));
        }
        match (position(columns, &name), nullable) {
            (Some(position), _) => {
                part.columns[position] = column(&columns[position], columns, value, &inside)?;
            }
            (None, Some(field)) if name == Operator::IsNull.name() => {
                part.tests.push(test(path, field, &name, value)?);
            }
            (None, Some(_)) => {
                return Err(problem::unknown_column(&name, columns, &[Operator::IsNull.name()], path));
            }
            (None, None) => return Err(problem::unknown_column(&name, columns, &[], path)),
        }
        seen.push(name);
    }
    Ok(part)
}

/// Reads an operator with its value.
fn test(path: &str, field: FieldType, name: &str, value: Data) -> Result<Test, String> {
    let operator = Operator::ALL.into_iter().find(|operator| operator.name() == name);
    let Some(operator) = operator.filter(|operator| operators::has(field, *operator)) else {
        return Err(problem::unknown_operator(path, name, field));
    };
    let kind = match field.kind {
        ColumnKind::Scalar(kind) | ColumnKind::List(kind) => kind,
        ColumnKind::Opaque | ColumnKind::Json | ColumnKind::Struct(_) => ScalarKind::Bool,
    };
    let values = match operator {
        Operator::IsNull => match scalar::read(ScalarKind::Bool, &value) {
            Some(value) => vec![value],
            None => return Err(problem::wrong_argument(path, operator, "true or false", &value)),
        },
        Operator::In | Operator::NotIn => values(path, Some(operator), kind, field.nullable, &value)?,
        Operator::ContainsAny | Operator::ContainsAll => values(path, Some(operator), kind, false, &value)?,
        _ => vec![read_value(path, Some(operator), kind, &value)?],
    };
    Ok(Test { operator, values })
}

/// Reads a list of values. A single value is read as a list of one.
fn values(
    path: &str,
    operator: Option<Operator>,
    kind: ScalarKind,
    nullable: bool,
    data: &Data,
) -> Result<Vec<Value>, String> {
    let item = |data: &Data| match data {
        Data::Null if nullable => Ok(Value::Null),
        data => read_value(path, operator, kind, data),
    };
    match data {
        Data::List(items) => items.iter().map(item).collect(),
        Data::Map(_) | Data::Null => {
            let expected = format!("a list of values, each {}", scalar::expected(kind));
            Err(match operator {
                Some(operator) => problem::wrong_argument(path, operator, &expected, data),
                None => problem::wrong_value(path, operator, kind, data),
            })
        }
        data => Ok(vec![item(data)?]),
    }
}

fn read_value(
    path: &str,
    operator: Option<Operator>,
    kind: ScalarKind,
    data: &Data,
) -> Result<Value, String> {
    scalar::read(kind, data).ok_or_else(|| problem::wrong_value(path, operator, kind, data))
}
