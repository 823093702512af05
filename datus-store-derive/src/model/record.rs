//! The model of a record.

use proc_macro2::Ident;
use syn::{Generics, Path, Visibility};

use crate::choice::{Metric, VectorElement, VectorIndex};
use crate::model::{ColumnModel, SkippedField};

/// A record, which describes a table.
///
/// Every field of the struct is either in `columns` or in `skipped`.
pub(crate) struct RecordModel {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// The type and const parameters. There are no lifetimes.
    pub(crate) generics: Generics,
    /// The path of `datus_store`.
    pub(crate) krate: Path,
    pub(crate) table: String,
    /// The doc comment, or `None` if absent.
    pub(crate) description: Option<String>,
    /// The schema version, or 0 if absent.
    pub(crate) schema_version: u32,
    /// The metadata in the order written. The names are distinct.
    pub(crate) metadata: Vec<(String, String)>,
    /// The columns in the order of the fields. There is at least one, and their names are distinct.
    pub(crate) columns: Vec<ColumnModel>,
    /// The fields that are not columns, in order.
    pub(crate) skipped: Vec<SkippedField>,
    /// The vectors in the order of their fields.
    pub(crate) embeds: Vec<EmbedModel>,
    /// The indexes into `columns` of the key columns, in the order of the key. Empty if there is no key.
    pub(crate) key: Vec<usize>,
    /// The indexes into `columns` of the scope columns, in order. Empty if there is no scope. These columns are not in
    /// `key`.
    pub(crate) scope: Vec<usize>,
}

impl RecordModel {
    /// Returns the distinct models that embed the record, in order of first use.
    pub(crate) fn models(&self) -> Vec<&ModelChoice> {
        let mut models: Vec<&ModelChoice> = Vec::new();
        for embed in &self.embeds {
            if !models.contains(&&embed.model) {
                models.push(&embed.model);
            }
        }
        models
    }

    /// Returns a template with column names in braces.
    pub(crate) fn template(&self, parts: &[TemplatePart]) -> String {
        let escaped = |text: &str| text.replace('{', "{{").replace('}', "}}");
        let parts = parts.iter().map(|part| match part {
            TemplatePart::Text(text) => escaped(text),
            TemplatePart::Column(column) => format!("{{{}}}", escaped(&self.columns[*column].field.name)),
        });
        parts.collect()
    }
}

/// A vector column with the text that it is computed from.
pub(crate) struct EmbedModel {
    /// The index into `columns` of the field with `embed`. In the user's code, the vector has the name of this field.
    pub(crate) column: usize,
    pub(crate) text: TextModel,
    /// The name of the vector column, which differs from the name of every other column.
    pub(crate) vector_column: String,
    pub(crate) metric: Metric,
    pub(crate) index: VectorIndex,
    pub(crate) element: VectorElement,
    pub(crate) model: ModelChoice,
}

/// The source text of a vector.
pub(crate) enum TextModel {
    /// The text of the column with `embed`.
    Column,
    /// A template that names several columns, including the one with `embed`.
    Template(Vec<TemplatePart>),
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TemplatePart {
    /// Literal text, which is not empty.
    Text(String),
    /// An index into `columns`.
    Column(usize),
}

impl EmbedModel {
    /// Returns the distinct indexes into `columns` of the source columns.
    pub(crate) fn sources(&self) -> Vec<usize> {
        let TextModel::Template(parts) = &self.text else { return vec![self.column] };
        let mut sources = Vec::new();
        for part in parts {
            match part {
                TemplatePart::Column(column) if !sources.contains(column) => sources.push(*column),
                TemplatePart::Column(_) | TemplatePart::Text(_) => {}
            }
        }
        sources
    }
}

/// The model of a vector. Two models are equal if their paths are written in the same way.
#[derive(PartialEq, Eq)]
pub(crate) enum ModelChoice {
    /// The model that is chosen when the store is opened.
    Dynamic,
    /// The model with several vectors per text that is chosen when the store is opened.
    Multi,
    /// The model with this tag, which is known at compile time.
    Fixed(Path),
}
