use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::vector_layout::VectorLayout;
use super::{ColumnKind, VectorElement, VectorIndex, keys};
use crate::model::ModelIdentity;

/// The distance metric between two vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Metric {
    /// One minus the cosine of the angle, from 0 (same direction) to 2 (opposite). The default.
    #[default]
    Cosine,
    /// The squared Euclidean distance, as LanceDB reports it. The bounds of `.distance_range` are squared distances too.
    L2,
    /// One minus the inner product. For vectors of unit length, it equals the cosine distance and avoids a division.
    Dot,
}

impl Metric {
    /// Returns the name in attributes and in table metadata: `cosine`, `l2` or `dot`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::L2 => "l2",
            Self::Dot => "dot",
        }
    }
}

/// A kind of scalar index that a field declares with `#[datus(index = …)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IndexKind {
    /// Sorted pages, for equality and ranges over many distinct values. This is the default kind of `#[datus(index)]`.
    BTree,
    /// A bitmap per value, for equality over few distinct values.
    Bitmap,
    /// A bitmap per list item, for `contains`, `contains_any` and `contains_all`.
    LabelList,
    /// Character n-grams, for `contains` on text.
    NGram,
    /// An FM-index, for substrings.
    Fm,
    /// The minimum and maximum of each zone.
    ZoneMap,
    /// A Bloom filter per zone, for equality.
    Bloom,
}

impl IndexKind {
    /// Returns the name in attributes and in table metadata, such as `label_list`.
    pub fn name(self) -> &'static str {
        match self {
            Self::BTree => "btree",
            Self::Bitmap => "bitmap",
            Self::LabelList => "label_list",
            Self::NGram => "ngram",
            Self::Fm => "fm",
            Self::ZoneMap => "zone_map",
            Self::Bloom => "bloom",
        }
    }
}

/// The kind of write that sets a column to the current time; see [`FieldDef::auto_timestamp`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AutoTimestamp {
    /// The write that creates the row: `#[datus(created_at)]`.
    Created,
    /// Every write of the row: `#[datus(updated_at)]`.
    Updated,
}

impl AutoTimestamp {
    /// Returns the name in attributes: `created_at` or `updated_at`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created_at",
            Self::Updated => "updated_at",
        }
    }
}

/// A column of a record or of a nested struct, as resolved by the derive.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDef {
    /// The column's name.
    pub name: &'static str,
    /// The Arrow type.
    pub data_type: DataType,
    /// `true` if the column can store a null.
    pub nullable: bool,
    /// The doc comment of the field, or an empty string if absent.
    pub description: &'static str,
    /// `true` if a table may lack the column because the field has `#[datus(default)]`.
    pub optional: bool,
    /// The scalar index that the field declares.
    pub index: Option<IndexKind>,
    /// The options of `#[datus(fts)]` as `name=value` pairs separated by commas. `None` if the field has no `fts`, and empty if
    /// all options are defaults.
    pub fts: Option<&'static str>,
    /// The kind of write that sets the column to the current time, or `None` if the store does not set it. Such a column is a
    /// timestamp.
    pub auto_timestamp: Option<AutoTimestamp>,
    /// The names of the column in older tables: `#[datus(rename_from = "…")]`.
    pub renamed_from: &'static [&'static str],
    /// `true` if the text must stay on this machine: `#[datus(private)]`.
    pub private: bool,
    /// The kind of value that the column holds, for code that does not know its Rust type.
    #[doc(hidden)]
    pub kind: ColumnKind,
}

impl FieldDef {
    /// Returns the Arrow field. Its metadata holds the description and the declared indexes.
    pub fn to_arrow(&self) -> Field {
        let Self { name, data_type, nullable, description, index, fts, .. } = self;
        let mut metadata = HashMap::new();
        if !description.is_empty() {
            metadata.insert(keys::DESCRIPTION.to_owned(), (*description).to_owned());
        }
        if let Some(kind) = index {
            metadata.insert(keys::INDEX.to_owned(), kind.name().to_owned());
        }
        if let Some(options) = fts {
            metadata.insert(keys::FTS.to_owned(), (*options).to_owned());
        }
        Field::new(*name, data_type.clone(), *nullable).with_metadata(metadata)
    }
}

/// A vector column of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorDef {
    /// The column's name.
    pub name: &'static str,
    /// The positions in [`RecordDef::fields`] of the source columns: one text column, or the distinct columns of the template
    /// in order. If one of them changes, the vector is recomputed.
    pub sources: Vec<usize>,
    /// The template that combines several columns into one text, with column names in braces, such as
    /// `{table_name}: {definition}`. `None` if the text is a single column.
    pub template: Option<&'static str>,
    /// The distance metric.
    pub metric: Metric,
    /// The index that the field declares with `embed(index = …)`.
    pub index: VectorIndex,
    /// The type of the components that the field declares with `embed(element = …)`.
    pub element: VectorElement,
    /// `true` if each row contains a list of vectors: `embed(multi)`.
    pub multi: bool,
    /// The position of the model among the record's models. Models are counted from 0 in order of first use.
    pub model: usize,
}

impl VectorDef {
    /// Returns the layout of the column for a model with this dimension.
    pub(crate) fn layout(&self, dimension: usize) -> VectorLayout {
        VectorLayout { dimension, element: self.element, multi: self.multi }
    }
}

/// The untyped description of a record, as resolved by `#[derive(EmbeddingRecord)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordDef {
    /// The name of the Rust type, for messages.
    pub record: &'static str,
    /// The name of the table. It is [`EmbeddingRecord::TABLE`](super::EmbeddingRecord::TABLE) unless the table was opened with
    /// a different name.
    pub table: Cow<'static, str>,
    /// The doc comment of the struct, or an empty string if absent.
    pub description: &'static str,
    /// The columns, in order of declaration. In the table, the vector columns follow them.
    pub fields: Vec<FieldDef>,
    /// The vector columns, in order of declaration.
    pub vectors: Vec<VectorDef>,
    /// The positions of the key columns in [`RecordDef::fields`]. Empty if the record has no key. The scope columns come first,
    /// because keys are unique within a scope.
    pub key: Vec<usize>,
    /// The positions of the scope columns in [`RecordDef::fields`]. Empty if the record has no scope.
    pub scope: Vec<usize>,
    /// The version from `#[datus(schema_version = …)]`, or 0 by default.
    pub schema_version: u32,
    /// The pairs from `#[datus(metadata(…))]`.
    pub metadata: Vec<(&'static str, &'static str)>,
}

impl RecordDef {
    /// Returns the Arrow schema of the table. The model of a vector column determines the column's dimension.
    ///
    /// `models` contains one identity for each model of the record, in order. A vector column has the type
    /// `FixedSizeList(Float32, dimension)`, or `Float16` items with `embed(element = f16)`. It is nullable, because a row
    /// without text has no vector. With `embed(multi)`, it is a `List` of these.
    pub fn arrow_schema(&self, models: &[ModelIdentity]) -> SchemaRef {
        let mut fields: Vec<Field> = self.fields.iter().map(FieldDef::to_arrow).collect();
        for (position, &column) in self.key.iter().enumerate() {
            if let Some(field) = fields.get_mut(column) {
                add_metadata(field, [(keys::KEY, position.to_string())]);
            }
        }
        for (column, field) in fields.iter_mut().enumerate() {
            let vectors = self.vectors.iter().filter(|vector| vector.sources.contains(&column));
            let names: Vec<&str> = vectors.map(|vector| vector.name).collect();
            if !names.is_empty() {
                add_metadata(field, [(keys::SOURCE_OF, names.join(","))]);
            }
        }
        fields.extend(self.vectors.iter().filter_map(|vector| {
            Some(vector_field(vector, &self.source_list(vector), models.get(vector.model)?))
        }));
        let mut metadata: HashMap<String, String> =
            self.metadata.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        metadata.insert(keys::RECORD.to_owned(), self.record.to_owned());
        if !self.description.is_empty() {
            metadata.insert(keys::DESCRIPTION.to_owned(), self.description.to_owned());
        }
        if self.schema_version != 0 {
            metadata.insert(keys::SCHEMA_VERSION.to_owned(), self.schema_version.to_string());
        }
        Arc::new(Schema::new_with_metadata(fields, metadata))
    }

    /// Returns the field with this name.
    pub fn field(&self, name: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Returns the names of a vector's source columns, separated by commas.
    fn source_list(&self, vector: &VectorDef) -> String {
        self.sources(vector).map(|field| field.name).collect::<Vec<_>>().join(",")
    }

    /// Returns the fields of the key, in key order. A store checks their positions when it opens a table.
    #[cfg(feature = "store")]
    pub(crate) fn key_fields(&self) -> impl Iterator<Item = &FieldDef> {
        self.key.iter().filter_map(|&position| self.fields.get(position))
    }

    /// Returns the fields of the scope, in order. A store checks their positions when it opens a table.
    #[cfg(feature = "store")]
    pub(crate) fn scope_fields(&self) -> impl Iterator<Item = &FieldDef> {
        self.scope.iter().filter_map(|&position| self.fields.get(position))
    }

    /// Returns the fields of the key without those of the scope: the fields of [`Keyed::Key`](super::Keyed::Key).
    #[cfg(feature = "store")]
    pub(crate) fn own_key_fields(&self) -> impl Iterator<Item = &FieldDef> {
        self.key_fields().skip(self.scope.len())
    }

    /// Returns the fields from which a vector is computed. A store checks their positions when it opens a table.
    pub(crate) fn sources(&self, vector: &VectorDef) -> impl Iterator<Item = &FieldDef> {
        vector.sources.iter().filter_map(|&position| self.fields.get(position))
    }

    /// Returns the number of models that embed the record.
    pub fn model_count(&self) -> usize {
        self.vectors.iter().map(|vector| vector.model + 1).max().unwrap_or(0)
    }
}

impl fmt::Display for RecordDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record `{}` of table `{}`", self.record, self.table)
    }
}

fn vector_field(vector: &VectorDef, sources: &str, model: &ModelIdentity) -> Field {
    let mut field = Field::new(vector.name, vector.layout(model.dimension).data_type(), true);
    let template = vector.template.map(|template| (keys::TEMPLATE, template.to_owned()));
    add_metadata(
        &mut field,
        [(keys::VECTOR_OF, sources.to_owned()), (keys::METRIC, vector.metric.name().to_owned())]
            .into_iter()
            .chain(template),
    );
    add_metadata(&mut field, model.to_metadata());
    field
}

fn add_metadata<'a>(field: &mut Field, pairs: impl IntoIterator<Item = (&'a str, String)>) {
    let mut metadata = field.metadata().clone();
    metadata.extend(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)));
    field.set_metadata(metadata);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_attributes_are_those_of_the_kinds() {
        assert_eq!(
            [AutoTimestamp::Created, AutoTimestamp::Updated].map(AutoTimestamp::name),
            ["created_at", "updated_at"]
        );
        let metrics = [Metric::Cosine, Metric::L2, Metric::Dot].map(|metric| metric.to_string());
        assert_eq!(metrics, ["cosine", "l2", "dot"]);
        assert_eq!([VectorElement::Float32, VectorElement::Float16].map(VectorElement::name), ["f32", "f16"]);
    }
}
