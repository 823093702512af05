use serde_json::{Map, Value};

use super::offer::Offer;
use crate::error::{excerpt, nearest};
use crate::query::{Predicate, column_paths, predicate_from_json};
use crate::record::ColumnPath;

/// The arguments of a call.
pub(super) struct Arguments {
    pub(super) question: Option<String>,
    pub(super) filter: Option<Predicate>,
    pub(super) limit: usize,
    pub(super) columns: Vec<ColumnPath>,
}

const QUESTION: &str = "question";
const FILTER: &str = "filter";
const LIMIT: &str = "limit";
const COLUMNS: &str = "columns";

impl Arguments {
    /// Reads and checks the arguments. Returns a message about the first mistake.
    pub(super) fn read(offer: &Offer, arguments: Value) -> Result<Self, String> {
        let mut arguments = match arguments {
            Value::Object(arguments) => arguments,
            // Clients omit the arguments if a call has none.
            Value::Null => Map::new(),
            other => return Err(format!("the arguments must be an object, not {}", shown(&other))),
        };
        let names = names(offer);
        if let Some(unknown) = arguments.keys().find(|name| !names.contains(&name.as_str())) {
            return Err(unknown_argument(offer, unknown, &names));
        }
        let mut take = |name: &str| arguments.remove(name).filter(|value| !value.is_null());
        Ok(Self {
            question: take(QUESTION).map(question).transpose()?,
            filter: take(FILTER).map(|value| filter(offer, value)).transpose()?,
            limit: take(LIMIT).map_or(Ok(offer.default_limit), |value| limit(offer, &value))?,
            columns: columns(offer, take(COLUMNS))?,
        })
    }
}

/// Returns the names of the arguments.
fn names(offer: &Offer) -> Vec<&'static str> {
    let question = offer.is_searchable().then_some(QUESTION);
    question.into_iter().chain([FILTER, LIMIT, COLUMNS]).collect()
}

fn unknown_argument(offer: &Offer, name: &str, names: &[&str]) -> String {
    let shown_name = excerpt(name);
    if offer.is_scope(name) {
        return format!("`{shown_name}` is not an argument: leave it out, since it is the same in all rows");
    }
    let is_column = offer.filter.iter().any(|column| column.name == name);
    if is_column || offer.combinators.contains(&name) {
        return format!("`{shown_name}` is not an argument: put it into `{FILTER}`");
    }
    let alias = match name.to_lowercase().as_str() {
        "query" | "q" | "text" | "search" | "input" | "prompt" => Some(QUESTION),
        "where" | "filters" | "conditions" => Some(FILTER),
        "k" | "top_k" | "n" | "top_n" | "max_results" | "size" => Some(LIMIT),
        "select" | "fields" | "select_columns" => Some(COLUMNS),
        _ => None,
    };
    let suggestion =
        alias.filter(|alias| names.contains(alias)).or_else(|| nearest(name, names.iter().copied()));
    match suggestion {
        Some(suggestion) => format!("`{shown_name}` is not an argument: did you mean `{suggestion}`?"),
        None => {
            format!("`{shown_name}` is not an argument: the arguments are {}", list(names.iter().copied()))
        }
    }
}

fn question(value: Value) -> Result<String, String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Ok(text),
        Value::String(_) => Err(format!("`{QUESTION}` is blank: write what to search for, or leave it out")),
        other => Err(format!("`{QUESTION}` needs text, not {}", shown(&other))),
    }
}

fn filter(offer: &Offer, value: Value) -> Result<Predicate, String> {
    let value = match value {
        // Some models write the object as JSON text.
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        value => value,
    };
    predicate_from_json(value, &offer.filter, offer.combinators)
}

fn limit(offer: &Offer, value: &Value) -> Result<usize, String> {
    let max = offer.max_limit;
    let number = value.as_u64().or_else(|| {
        let whole = value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..1e15).contains(number));
        whole.map(|number| number as u64)
    });
    match number.and_then(|number| usize::try_from(number).ok()) {
        Some(limit) if (1..=max).contains(&limit) => Ok(limit),
        _ => Err(format!("`{LIMIT}` needs an integer from 1 to {max}, not {}", shown(value))),
    }
}

fn columns(offer: &Offer, value: Option<Value>) -> Result<Vec<ColumnPath>, String> {
    let names: Vec<String> = match value {
        None => offer.columns.iter().map(|name| (*name).to_owned()).collect(),
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(items)) if !items.is_empty() => {
            let names = items.into_iter().map(|item| match item {
                Value::String(name) => Ok(name),
                other => Err(format!("`{COLUMNS}` needs names of columns, not {}", shown(&other))),
            });
            names.collect::<Result<_, _>>()?
        }
        Some(Value::Array(_)) => {
            return Err(format!("`{COLUMNS}` is empty: name at least one column, or leave it out"));
        }
        Some(other) => return Err(format!("`{COLUMNS}` needs a list of names, not {}", shown(&other))),
    };
    let mut offered: Vec<&'static str> = Vec::with_capacity(names.len());
    for name in &names {
        match offer.columns.iter().find(|column| *column == name) {
            Some(column) if !offered.contains(column) => offered.push(column),
            // A column that is named twice is returned once.
            Some(_) => {}
            None => return Err(unknown_column(offer, name)),
        }
    }
    column_paths(&offer.definition, offered).map_err(|error| error.message().to_owned())
}

fn unknown_column(offer: &Offer, name: &str) -> String {
    let shown_name = excerpt(name);
    match nearest(name, offer.columns.iter().copied()) {
        Some(suggestion) => {
            format!("`{COLUMNS}` cannot contain `{shown_name}`: did you mean `{suggestion}`?")
        }
        None => format!(
            "`{COLUMNS}` cannot contain `{shown_name}`: the columns are {}",
            list(offer.columns.iter().copied())
        ),
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Returns a short description of a value.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text \"{}\"", excerpt(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
