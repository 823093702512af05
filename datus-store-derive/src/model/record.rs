//! The model of a record.

use proc_macro2::Ident;
use syn::{Generics, Path, Visibility};

use crate::choice::{Metric, VectorIndex};
use crate::model::{ColumnModel, SkippedField};

/// A record: one table.
///
/// Every field of the struct is in `columns` or in `skipped`, so a struct literal of both is complete.
pub(crate) struct RecordModel {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// Types and constants only, no lifetimes.
    pub(crate) generics: Generics,
    /// The path of `datus_store`.
    pub(crate) krate: Path,
    pub(crate) table: String,
    /// The doc comment, `None` where there is none.
    pub(crate) description: Option<String>,
    /// 0 where the record says none.
    pub(crate) schema_version: u32,
    /// In the order written; the keys are distinct.
    pub(crate) metadata: Vec<(String, String)>,
    /// In the order of the fields; at least one, with distinct names.
    pub(crate) columns: Vec<ColumnModel>,
    /// In the order of the fields.
    pub(crate) skipped: Vec<SkippedField>,
    /// In the order of the fields.
    pub(crate) embeds: Vec<EmbedModel>,
    /// Indices into `columns` in the order of the key; empty where the record has no key.
    pub(crate) key: Vec<usize>,
}

/// A text whose vector is kept in a column of its own.
pub(crate) struct EmbedModel {
    /// The index into `columns` of the field with `embed`, which names the vector in the user's code.
    pub(crate) column: usize,
    pub(crate) text: TextModel,
    /// The name of the vector's column, distinct from every other column's.
    pub(crate) vector_column: String,
    pub(crate) metric: Metric,
    pub(crate) index: VectorIndex,
    pub(crate) model: ModelChoice,
}

/// What a vector is made from.
pub(crate) enum TextModel {
    /// The column as it is, which is text.
    Column,
    /// A text with columns in it, the one with `embed` among them.
    Template(Vec<TemplatePart>),
}

/// A part of a template, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TemplatePart {
    /// Never empty.
    Text(String),
    /// An index into `columns`.
    Column(usize),
}

impl EmbedModel {
    /// The indices into `columns` of what the vector is made from, each once.
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

/// Which model makes the vectors. Two are the same where they are written alike.
#[derive(PartialEq, Eq)]
pub(crate) enum ModelChoice {
    /// The one that the store is opened with.
    Dynamic,
    /// The one of this tag, known at compile time.
    Fixed(Path),
}
