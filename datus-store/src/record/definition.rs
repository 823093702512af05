use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::{VectorIndex, keys};
use crate::model::ModelIdentity;

/// How the distance of two vectors is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Metric {
    /// One minus the cosine of the angle, from 0 (same direction) to 2 (opposite). The default.
    #[default]
    Cosine,
    /// The squared Euclidean distance, as LanceDB reports it: `.distance_range` is of squares too.
    L2,
    /// One minus the inner product; for vectors of length one the same as cosine, without the division.
    Dot,
}

impl Metric {
    /// The name in attributes and in table metadata: `cosine`, `l2` or `dot`.
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
    /// Sorted pages: equality and ranges over many distinct values. What a bare `index` declares.
    BTree,
    /// One bitmap a value: equality over few distinct values.
    Bitmap,
    /// One bitmap a list item: `contains`, `contains_any`, `contains_all`.
    LabelList,
    /// Character n-grams: `contains` on text.
    NGram,
    /// A substring index.
    Fm,
    /// Least and greatest value of each zone.
    ZoneMap,
    /// A Bloom filter a zone: equality.
    Bloom,
}

impl IndexKind {
    /// The name in attributes and in table metadata, such as `label_list`.
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

/// When the store writes the current time into a column, see [`FieldDef::stamp`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stamp {
    /// When a row is new: `#[datus(created_at)]`.
    Created,
    /// Whenever a row is written: `#[datus(updated_at)]`.
    Updated,
}

impl Stamp {
    /// The name in attributes: `created_at` or `updated_at`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created_at",
            Self::Updated => "updated_at",
        }
    }
}

/// One column of a record or of a nested struct, as the derive resolved it.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDef {
    /// The column's name.
    pub name: &'static str,
    /// The Arrow type.
    pub data_type: DataType,
    /// Whether a null can be stored.
    pub nullable: bool,
    /// The doc comment of the field; empty where there is none.
    pub description: &'static str,
    /// Whether a table may lack the column: the field has `#[datus(default)]`.
    pub optional: bool,
    /// The scalar index that the field declares.
    pub index: Option<IndexKind>,
    /// The options of `#[datus(fts)]` as `name=value` pairs with commas; empty for all defaults.
    pub fts: Option<&'static str>,
    /// Whether the store fills the column, with the time of the write. The column is a timestamp.
    pub stamp: Option<Stamp>,
    /// The names that the column had in older tables: `#[datus(rename_from = "…")]`.
    pub renamed_from: &'static [&'static str],
    /// Whether the text must stay on this machine: `#[datus(private)]`.
    pub private: bool,
}

impl FieldDef {
    /// The Arrow field, with the description and the declared roles as metadata.
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

/// One vector column of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorDef {
    /// The column's name.
    pub name: &'static str,
    /// The positions in [`RecordDef::fields`] of what it is made from: one text, or each column that the template names,
    /// once, in the order of the template. When one of them changes, so does the vector.
    pub sources: Vec<usize>,
    /// How the text is made of several columns: the text of `embed(template = "…")` with the names of columns in it, such
    /// as `{table_name}: {definition}`. `None` where the text is the column as it is.
    pub template: Option<&'static str>,
    /// How distances are measured.
    pub metric: Metric,
    /// The index that `embed(index = …)` declares.
    pub index: VectorIndex,
    /// Which of the record's models embeds it, counted from 0 in order of first use.
    pub model: usize,
}

/// The untyped description of a record: what `#[derive(EmbeddingRecord)]` made of the struct.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordDef {
    /// The name of the Rust type, for messages.
    pub record: &'static str,
    /// The name of the table.
    pub table: &'static str,
    /// The doc comment of the struct; empty where there is none.
    pub description: &'static str,
    /// The columns, in order of declaration; the vectors follow them in the table.
    pub fields: Vec<FieldDef>,
    /// The vector columns, in order of declaration.
    pub vectors: Vec<VectorDef>,
    /// The positions of the key's columns in [`RecordDef::fields`]; empty without a key.
    pub key: Vec<usize>,
    /// The version of `#[datus(schema_version = …)]`; 0 where there is none.
    pub schema_version: u32,
    /// The pairs of `#[datus(metadata(…))]`.
    pub metadata: Vec<(&'static str, &'static str)>,
}

impl RecordDef {
    /// The Arrow schema of the table, with each vector column sized by its model.
    ///
    /// `models` has one identity for each model of the record, in order. Vector columns are
    /// `FixedSizeList(Float32, dimension)` and nullable: a row without text has no vector.
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
            Some(vector_field(vector, &self.sources(vector), models.get(vector.model)?))
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

    /// The field of a name.
    pub fn field(&self, name: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The names of the columns that a vector is made from, with commas.
    fn sources(&self, vector: &VectorDef) -> String {
        let sources = vector.sources.iter().filter_map(|&source| self.fields.get(source));
        sources.map(|field| field.name).collect::<Vec<_>>().join(",")
    }

    /// How many models the record is embedded with.
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
    let mut field = Field::new(vector.name, vector_type(model.dimension), true);
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

/// The Arrow type of a vector column: the item field is named and nullable as LanceDB's own clients do.
pub(crate) fn vector_type(dimension: usize) -> DataType {
    let length = i32::try_from(dimension).unwrap_or(i32::MAX);
    DataType::FixedSizeList(Arc::new(Field::new("item", DataType::Float32, true)), length)
}

fn add_metadata<'a>(field: &mut Field, pairs: impl IntoIterator<Item = (&'a str, String)>) {
    let mut metadata = field.metadata().clone();
    metadata.extend(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)));
    field.set_metadata(metadata);
}
