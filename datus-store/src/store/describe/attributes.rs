//! The keys of `#[datus(…)]` that the metadata of a table declares.

use arrow_schema::{DataType, Field, Schema};

use crate::model::ModelIdentity;
use crate::record::keys;
use crate::store::python::PythonModel;

/// A vector column, and the text that it is computed from.
#[derive(Debug)]
pub(super) struct Vector {
    /// The column.
    pub(super) column: String,
    /// The text columns. The field of the last one has the `embed` key.
    pub(super) sources: Vec<String>,
    template: Option<String>,
    metric: Option<String>,
    /// `true` for a list of vectors.
    multi: bool,
    /// `true` for 16-bit floats.
    is_half: bool,
    /// The model, as a sentence for a comment.
    pub(super) made_by: String,
}

impl Vector {
    /// Returns the vectors of a table whose source columns were recorded by this crate or by Python.
    pub(super) fn all(schema: &Schema, python: &[PythonModel]) -> Vec<Self> {
        schema.fields().iter().filter_map(|field| Self::of(field, schema, python)).collect()
    }

    fn of(field: &Field, schema: &Schema, python: &[PythonModel]) -> Option<Self> {
        let column = field.name().clone();
        let text = |key: &str| field.metadata().get(key).cloned();
        let (vector, multi) = match field.data_type() {
            DataType::List(vector) => (vector.data_type(), true),
            vector => (vector, false),
        };
        let is_half = match vector {
            DataType::FixedSizeList(item, _) if *item.data_type() == DataType::Float32 => false,
            DataType::FixedSizeList(item, _) if *item.data_type() == DataType::Float16 => true,
            _ => return None,
        };
        if column.ends_with(keys::STANDBY) {
            return None;
        }
        let made = match text(keys::VECTOR_OF) {
            Some(sources) => Self {
                sources: sources.split(',').map(str::to_owned).collect(),
                template: text(keys::TEMPLATE),
                metric: text(keys::METRIC).filter(|metric| metric != "cosine"),
                made_by: match ModelIdentity::from_metadata(field.metadata()) {
                    Some(model) => format!("The model {model} made `{column}`."),
                    None => format!("The table does not record the model that made `{column}`."),
                },
                multi,
                is_half,
                column,
            },
            None => {
                let found = python.iter().find(|model| model.vector == column)?;
                Self {
                    sources: vec![found.source.clone()],
                    template: None,
                    metric: None,
                    made_by: format!(
                        "Python's function `{}` made `{column}` with the model `{}`.",
                        found.function,
                        found.name()
                    ),
                    multi,
                    is_half,
                    column,
                }
            }
        };
        let is_text = |source: &String| {
            let field = schema.field_with_name(source);
            field.is_ok_and(|field| is_text(field.data_type()) || made.template.is_some())
        };
        made.sources.iter().all(is_text).then_some(made)
    }

    /// Returns the `embed` key. `field_of` returns the name of the field for a column.
    pub(super) fn embed(&self, only: bool, field_of: impl Fn(&str) -> String) -> String {
        let mut options = Vec::new();
        if self.multi {
            options.push("multi".to_owned());
        }
        if self.column != "vector" || !only {
            options.push(format!("column = {:?}", self.column));
        }
        options.extend(self.metric.as_ref().map(|metric| format!("metric = {metric}")));
        if self.is_half {
            options.push("element = f16".to_owned());
        }
        if let Some(template) = &self.template {
            let named = self.sources.iter().fold(template.clone(), |text, source| {
                text.replace(&format!("{{{source}}}"), &format!("{{{}}}", field_of(source)))
            });
            options.push(format!("template = {named:?}"));
        }
        if options.is_empty() { "embed".to_owned() } else { format!("embed({})", options.join(", ")) }
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => **values == DataType::Utf8,
        other => *other == DataType::Utf8,
    }
}

/// Returns the key for the scalar index that a column declares.
pub(super) fn index(field: &Field) -> Option<String> {
    match field.metadata().get(keys::INDEX)?.as_str() {
        "btree" => Some("index".to_owned()),
        kind => Some(format!("index = {kind}")),
    }
}

/// Returns the key for the full-text search that a column declares.
pub(super) fn full_text(field: &Field) -> Option<String> {
    let options = field.metadata().get(keys::FTS)?;
    let pairs: Vec<(&str, &str)> = options.split(',').filter_map(|pair| pair.split_once('=')).collect();
    let value = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let tokenizer = value("tokenizer").unwrap_or("simple");
    // The defaults that the derive writes.
    let of_words = !matches!(tokenizer, "ngram" | "code");
    let splits = value("split_identifiers") == Some("true");
    let stop_words = value("stop_words").is_some();
    let is_default = |name: &str, value: &str| match name {
        "language" => value == "English",
        "tokenizer" => value == "simple",
        "stem" => value == of_words.to_string(),
        "remove_stop_words" => value == (of_words || stop_words).to_string(),
        "ascii_folding" | "lower_case" => value == "true",
        "with_position" | "index_operators" | "prefix_only" | "split_identifiers" => value == "false",
        "max_token_length" => value == "255",
        "split_on_numerics" | "preserve_original" => value == "true" || !splits,
        _ => false,
    };
    let parts =
        pairs.iter().filter(|(name, value)| !is_default(name, value)).map(|(name, value)| match *name {
            "language" | "tokenizer" => format!("{name} = {value:?}"),
            "stop_words" => {
                let words: Vec<String> = value.split(' ').map(|word| format!("{word:?}")).collect();
                format!("stop_words({})", words.join(", "))
            }
            _ => format!("{name} = {value}"),
        });
    let parts: Vec<String> = parts.collect();
    Some(if parts.is_empty() { "fts".to_owned() } else { format!("fts({})", parts.join(", ")) })
}
