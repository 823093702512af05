//! The messages for data that is not a filter. Each message states in one sentence what is wrong and what is accepted, so
//! that a language model can correct its arguments.

use std::fmt::Write;

use super::{Data, operators, scalar};
use crate::error::{excerpt, nearest};
use crate::record::{ColumnKind, FieldType, FilterColumn, Operator, ScalarKind};

/// The maximum number of names that a message lists.
const MAX_NAMES: usize = 30;

pub(super) fn not_an_object(found: &Data, columns: &[FilterColumn]) -> String {
    let columns = names(columns);
    format!("a filter is an object with columns as keys, not {}: the columns are {columns}", shown(found))
}

/// Returns the message for a key that is neither a column nor one of `combinators`.
pub(super) fn unknown_column(
    name: &str,
    columns: &[FilterColumn],
    combinators: &[&str],
    path: &str,
) -> String {
    let shown_name = excerpt(name);
    let inside = if path.is_empty() { String::new() } else { format!(" of `{path}`") };
    let combines = match name.trim_start_matches('$').to_lowercase().as_str() {
        "or" | "should" | "either" => combinators.first(),
        "and" | "must" | "where" | "filter" => combinators.get(1),
        "must_not" | "nor" | "none" => combinators.get(2),
        _ => None,
    };
    let candidates = usable(columns).map(|column| column.name).chain(combinators.iter().copied());
    match combines.copied().or_else(|| nearest(name, candidates)) {
        Some(suggestion) => {
            format!("`{shown_name}` is not a column{inside}: did you mean `{suggestion}`?")
        }
        None => format!("`{shown_name}` is not a column{inside}: the columns are {}", names(columns)),
    }
}

pub(super) fn repeated_column(path: &str, all: Option<&str>) -> String {
    match all {
        Some(all) => format!("`{path}` is given twice: give it once, and combine filters with `{all}`"),
        None => format!("`{path}` is given twice: give it once"),
    }
}

pub(super) fn no_operators(path: &str, columns: &[FilterColumn]) -> String {
    format!("column `{path}` cannot be filtered: the columns are {}", names(columns))
}

pub(super) fn unknown_operator(path: &str, name: &str, field: FieldType) -> String {
    let operators = operators::of(field);
    let known: Vec<&str> = operators.iter().map(|operator| operator.name()).collect();
    let alias = operators::alias(&name.to_lowercase()).filter(|alias| known.contains(alias));
    let suggestion = alias.or_else(|| nearest(name, known.iter().copied()));
    let shown_name = excerpt(name);
    let operators = list(known.into_iter());
    match suggestion {
        Some(suggestion) => format!(
            "column `{path}` has no operator `{shown_name}`: did you mean `{suggestion}`? It has {operators}"
        ),
        None => format!("column `{path}` has no operator `{shown_name}`: it has {operators}"),
    }
}

pub(super) fn repeated_operator(path: &str, operator: Operator) -> String {
    let name = operator.name();
    format!("column `{path}` has the operator `{name}` twice: give it once, and combine filters with `all`")
}

pub(super) fn no_operator_given(path: &str, field: FieldType) -> String {
    let operators = operators::of(field);
    format!(
        "column `{path}` has an empty object: give it an operator ({}), or leave it out",
        list(operators.iter().map(|operator| operator.name()))
    )
}

/// Returns the message for a value that the column cannot hold. `operator` is `None` for a value without an operator.
pub(super) fn wrong_value(path: &str, operator: Option<Operator>, kind: ScalarKind, found: &Data) -> String {
    let place = place(path, operator);
    if *found == Data::Null {
        return null_value(&place, operator, kind);
    }
    if let (ScalarKind::Enum(names), Data::Text(text)) = (kind, found)
        && let Some(name) = nearest(text, names.iter().copied())
    {
        return format!("{place} cannot be \"{}\": did you mean \"{name}\"?", excerpt(text));
    }
    format!("{place} needs {}, not {}", scalar::expected(kind), shown(found))
}

fn null_value(place: &str, operator: Option<Operator>, kind: ScalarKind) -> String {
    let expected = scalar::expected(kind);
    match operator {
        Some(Operator::Eq | Operator::Ne) => {
            format!(
                "{place} needs {expected}, not null: to find nulls, use the operator `is_null` if the column has it"
            )
        }
        _ => format!("{place} needs {expected}, not null: leave it out if it should not be tested"),
    }
}

/// Returns the message for a wrong value of an operator that takes a list or a boolean instead of one value of the column.
pub(super) fn wrong_argument(path: &str, operator: Operator, expected: &str, found: &Data) -> String {
    format!("{} needs {expected}, not {}", place(path, Some(operator)), shown(found))
}

/// Returns the message for a wrong value of a column that accepts only an object of operators.
pub(super) fn needs_operator(path: &str, field: FieldType, found: &Data) -> String {
    let operators = operators::of(field);
    let operators = list(operators.iter().map(|operator| operator.name()));
    format!("column `{path}` needs an object with an operator ({operators}), not {}", shown(found))
}

/// Returns the message for a nested struct whose value is not an object.
pub(super) fn needs_columns(path: &str, columns: &[FilterColumn], found: &Data) -> String {
    format!("column `{path}` needs an object with the columns {}, not {}", names(columns), shown(found))
}

/// Returns the message for a combinator with a wrong value: `any` and `all` need a list of filters, and `not` needs a
/// filter.
pub(super) fn wrong_combinator(name: &str, expected: &str, found: &Data) -> String {
    format!("`{name}` needs {expected}, not {}", shown(found))
}

pub(super) fn empty_any(name: &str) -> String {
    format!("`{name}` has no filters, so no row could pass: add a filter to it, or leave it out")
}

fn place(path: &str, operator: Option<Operator>) -> String {
    match operator {
        Some(operator) => format!("`{}` of column `{path}`", operator.name()),
        None => format!("column `{path}`"),
    }
}

/// Returns a short description of a value.
pub(super) fn shown(data: &Data) -> String {
    match data {
        Data::Null => "null".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => format!("the number {value}"),
        Data::Float(value) => format!("the number {value}"),
        Data::Text(text) => format!("the text \"{}\"", excerpt(text)),
        Data::List(_) => "a list".to_owned(),
        Data::Map(_) => "an object".to_owned(),
    }
}

/// Returns the columns that have operators.
pub(super) fn usable(columns: &[FilterColumn]) -> impl Iterator<Item = &FilterColumn> {
    columns.iter().filter(|column| match column.field.kind {
        ColumnKind::Struct(_) => true,
        _ => !operators::of(column.field).is_empty(),
    })
}

fn names(columns: &[FilterColumn]) -> String {
    list(usable(columns).map(|column| column.name))
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let mut text = String::new();
    for (index, name) in names.iter().take(MAX_NAMES).enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        let _ = write!(text, "{separator}`{name}`");
    }
    if let Some(more) = names.len().checked_sub(MAX_NAMES).filter(|more| *more > 0) {
        let _ = write!(text, " and {more} more");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn a_message_lists_at_most_thirty_names() {
        let names = |count: usize| list(std::iter::repeat_n("a", count));
        assert_eq!(names(2), "`a`, `a`");
        assert!(names(30).ends_with("`a`, `a`"), "{}", names(30));
        for (count, end) in [(31, "`a` and 1 more"), (40, "`a` and 10 more")] {
            assert!(names(count).ends_with(end) && names(count).matches("`a`").count() == 30);
        }
    }
}
