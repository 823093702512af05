//! The `embedding_functions` metadata, in which LanceDB's Python client records the models of a table.

use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};
use serde_json::{Value, json};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{EmbeddingModel, PythonArguments};
use crate::record::{RecordDef, VectorDef};

/// The key of the schema metadata that describes embedding functions.
pub(in crate::store) const EMBEDDING_FUNCTIONS: &str = "embedding_functions";

/// The model of one vector column, as Python recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct PythonModel {
    /// The name of the function in Python's registry, such as `sentence-transformers`.
    pub(in crate::store) function: String,
    /// The name of the model, or `None` if the metadata does not contain it and the function has no default.
    pub(in crate::store) model: Option<String>,
    /// The text column from which the vectors are computed.
    pub(in crate::store) source: String,
    /// The vector column.
    pub(in crate::store) vector: String,
}

impl PythonModel {
    /// Returns the models of a table. The result is empty for a table without this metadata.
    ///
    /// # Errors
    /// `Decode` when the metadata is not a list of functions as Python writes it.
    pub(in crate::store) fn read(schema: &Schema) -> Result<Vec<Self>> {
        let Some(text) = schema.metadata().get(EMBEDDING_FUNCTIONS) else { return Ok(Vec::new()) };
        let unreadable = || {
            let message = format!("the metadata `{EMBEDDING_FUNCTIONS}` of the table cannot be read");
            Error::new(ErrorKind::Decode, message)
                .with_help("write it with LanceDB's Python client, or remove it from the table's schema")
        };
        let value: Value = serde_json::from_str(text).map_err(|source| unreadable().with_source(source))?;
        let functions = value.as_array().ok_or_else(unreadable)?;
        functions.iter().map(|function| Self::parse(function).ok_or_else(unreadable)).collect()
    }

    fn parse(function: &Value) -> Option<Self> {
        let text = |key: &str| Some(function.get(key)?.as_str()?.to_owned());
        let name = text("name")?;
        let given = function.get("model").and_then(|model| model.get("name")?.as_str());
        let model = given.or(default_model(&name)).map(str::to_owned);
        Some(Self { model, source: text("source_column")?, vector: text("vector_column")?, function: name })
    }

    /// Returns `false` if the metadata names a model other than `id`. A name without an organization, such as
    /// `all-MiniLM-L6-v2`, counts as equal to the same name with an organization.
    pub(in crate::store) fn may_be(&self, id: &str) -> bool {
        let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        self.model.as_deref().is_none_or(|model| last(model) == last(id))
    }

    /// Returns the name of the model, or the name of the function if the model is unknown.
    pub(in crate::store) fn name(&self) -> &str {
        self.model.as_deref().unwrap_or(&self.function)
    }
}

/// Adds the functions of the models that Python supports to the metadata of a new table.
pub(in crate::store) fn with_functions(
    schema: &SchemaRef,
    record: &RecordDef,
    models: &[Arc<dyn EmbeddingModel>],
) -> SchemaRef {
    match functions(None, record, models) {
        None => Arc::clone(schema),
        Some(text) => {
            let mut metadata = schema.metadata().clone();
            metadata.insert(EMBEDDING_FUNCTIONS.to_owned(), text);
            Arc::new(Schema::new_with_metadata(schema.fields().clone(), metadata))
        }
    }
}

/// Returns the metadata for a table whose vectors are computed by these models, or `None` if Python supports none of them.
/// The functions of vectors that the record lacks are copied unchanged from `stored`.
pub(in crate::store) fn functions(
    stored: Option<&String>,
    record: &RecordDef,
    models: &[Arc<dyn EmbeddingModel>],
) -> Option<String> {
    let is_of_record = |name: &str| record.vectors.iter().any(|vector| vector.name == name);
    let mut list = without(stored, is_of_record);
    list.extend(record.vectors.iter().filter_map(|vector| function(vector, record, models)));
    to_text(&list)
}

/// Returns the metadata without the functions of these vectors, or `None` if no function is left.
pub(in crate::store) fn without_functions(stored: &String, vectors: &[&str]) -> Option<String> {
    to_text(&without(Some(stored), |name| vectors.contains(&name)))
}

/// Returns the metadata with renamed columns. Each pair contains the old and the new name.
pub(in crate::store) fn renamed_functions(stored: &str, renames: &[(&str, &str)]) -> Option<String> {
    let mut list = parsed(stored);
    for function in &mut list {
        for key in ["source_column", "vector_column"] {
            let Some(column) = function.get_mut(key) else { continue };
            let new = renames.iter().find(|(from, _)| column.as_str() == Some(from));
            if let Some((_, to)) = new {
                *column = Value::from(*to);
            }
        }
    }
    to_text(&list)
}

fn parsed(text: &str) -> Vec<Value> {
    let value: Option<Value> = serde_json::from_str(text).ok();
    value.and_then(|value| value.as_array().cloned()).unwrap_or_default()
}

fn without(stored: Option<&String>, is_removed: impl Fn(&str) -> bool) -> Vec<Value> {
    let mut list = stored.map(|text| parsed(text)).unwrap_or_default();
    let vector = |function: &Value| function.get("vector_column")?.as_str().map(&is_removed);
    list.retain(|function| vector(function) != Some(true));
    list
}

fn to_text(functions: &[Value]) -> Option<String> {
    (!functions.is_empty()).then(|| Value::from(functions.to_vec()).to_string())
}

/// Returns the function of a vector. Python embeds one column, so a vector with a template has no function.
fn function(vector: &VectorDef, record: &RecordDef, models: &[Arc<dyn EmbeddingModel>]) -> Option<Value> {
    let function = models.get(vector.model)?.python_function()?;
    let [source] = &record.sources(vector).collect::<Vec<_>>()[..] else { return None };
    if vector.template.is_some() {
        return None;
    }
    let arguments = serde_json::to_value(PythonArguments(&function)).ok()?;
    Some(json!({
        "name": function.name(),
        "model": arguments,
        "source_column": source.name,
        "vector_column": vector.name,
    }))
}

/// Returns the model that a function in Python's registry uses if its arguments do not name one. Python records only the
/// arguments.
fn default_model(function: &str) -> Option<&'static str> {
    match function {
        "sentence-transformers" => Some("all-MiniLM-L6-v2"),
        "openai" => Some("text-embedding-ada-002"),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<PythonModel>> {
        let metadata = [(EMBEDDING_FUNCTIONS.to_owned(), text.to_owned())].into();
        PythonModel::read(&Schema::empty().with_metadata(metadata))
    }

    #[test]
    fn the_functions_that_python_writes_are_read_with_their_default_models() {
        let text = r#"[
            {"name": "sentence-transformers", "model": {"device": "cpu"}, "source_column": "text", "vector_column": "vector"},
            {"name": "openai", "model": {"name": "text-embedding-3-small", "dim": 256}, "source_column": "a", "vector_column": "b"},
            {"name": "mine", "model": {}, "source_column": "c", "vector_column": "d"}
        ]"#;
        let models = read(text).unwrap();
        let names: Vec<_> = models.iter().map(|model| (model.model.as_deref(), model.name())).collect();
        assert_eq!(
            names,
            [
                (Some("all-MiniLM-L6-v2"), "all-MiniLM-L6-v2"),
                (Some("text-embedding-3-small"), "text-embedding-3-small"),
                (None, "mine")
            ]
        );
        assert_eq!((models[1].source.as_str(), models[1].vector.as_str()), ("a", "b"));
        assert!(models[0].may_be("sentence-transformers/all-minilm-l6-v2") && models[2].may_be("anything"));
        assert!(!models[0].may_be("sentence-transformers/all-MiniLM-L12-v2"));
    }

    #[test]
    fn other_json_is_an_error_and_no_metadata_is_no_model() {
        for text in ["", "{}", "[1]", r#"[{"name": "openai", "model": {}}]"#] {
            assert_eq!(read(text).unwrap_err().kind(), ErrorKind::Decode, "{text}");
        }
        assert_eq!(PythonModel::read(&Schema::empty()).unwrap(), []);
    }
}
