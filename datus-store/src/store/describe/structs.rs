//! Writes the struct for a table, and the structs inside it.

use std::collections::BTreeSet;
use std::fmt::Write;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema};

use super::attributes::{Vector, full_text, index};
use super::field_type::{FieldType, Shape, column_name_problem};
use super::rust_name::{FieldName, FieldNames, TypeNames};
use crate::error::Result;
use crate::record::{key_columns, keys, schema_version};
use crate::store::python::PythonModel;

/// The code of a table's struct.
pub(super) struct Structs {
    /// The name of the struct.
    pub(super) record: String,
    pub(super) code: String,
    /// The columns without a field.
    pub(super) omitted_columns: Vec<String>,
}

/// The code so far.
struct Writer {
    types: TypeNames,
    /// The finished structs that are nested in the record.
    nested: Vec<String>,
    features: BTreeSet<&'static str>,
    omitted_columns: Vec<String>,
}

impl Structs {
    pub(super) fn new(table: &str, schema: &Schema) -> Result<Self> {
        let python = PythonModel::read(schema)?;
        let vectors = Vector::all(schema, &python);
        let mut types = TypeNames::new();
        let recorded = schema.metadata().get(keys::RECORD);
        let record = types.claim(recorded.map_or(table, String::as_str));
        let mut writer =
            Writer { types, nested: Vec::new(), features: BTreeSet::new(), omitted_columns: Vec::new() };
        let names = field_names(schema);
        let fields = writer.fields_of_record(&record, schema, &names, &vectors);
        let Writer { nested, features, omitted_columns, .. } = writer;

        let mut code = String::new();
        if !features.is_empty() {
            let names: Vec<String> = features.iter().map(|feature| format!("`{feature}`")).collect();
            let features = if names.len() == 1 { "feature" } else { "features" };
            code += &format!("// Needs the cargo {features} {} of datus-store.\n", names.join(", "));
        }
        if fields.contains("BTreeMap<") || nested.iter().any(|text| text.contains("BTreeMap<")) {
            code += "use std::collections::BTreeMap;\n\n";
        }
        code += match nested.is_empty() {
            true => "use datus_store::EmbeddingRecord;\n\n",
            false => "use datus_store::{ColumnStruct, EmbeddingRecord};\n\n",
        };
        for note in notes(schema, &record, &vectors, recorded.is_some()) {
            code += &format!("// {note}\n");
        }
        if let Some(text) = schema.metadata().get(keys::DESCRIPTION) {
            code += &doc_comment(text, "");
        }
        code += "#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]\n";
        code += &format!("#[datus({})]\n", of_struct(table, schema, &names).join(", "));
        code += &format!("pub struct {record} {{\n{fields}}}\n");
        for text in nested {
            code += &format!("\n{text}");
        }
        Ok(Self { record, code, omitted_columns })
    }
}

/// Returns the comments above the struct.
fn notes(schema: &Schema, record: &str, vectors: &[Vector], is_ours: bool) -> Vec<String> {
    let mut notes: Vec<String> = vectors.iter().map(|vector| vector.made_by.clone()).collect();
    if is_ours {
        return notes;
    }
    let is_vector = |field: &Field| matches!(field.data_type(), DataType::FixedSizeList(item, _) if item.data_type().is_floating());
    let unknown =
        |field: &&FieldRef| is_vector(field) && !vectors.iter().any(|vector| vector.column == *field.name());
    for field in schema.fields().iter().filter(unknown) {
        notes.push(format!(
            "If `{0}` was made from a text column, put `#[datus(embed(column = {0:?}))]` on the field of that column, and remove the field of `{0}`.",
            field.name()
        ));
    }
    if key_columns(schema).is_empty() {
        notes.push("Put `#[datus(key)]` on the field that identifies a row.".to_owned());
    }
    notes.push(format!(
        "Another program made the table: `db.adopt::<{record}>(models)` checks it and records the vectors and the key."
    ));
    notes
}

/// Returns the names of the fields, in the order of the columns.
fn field_names(schema: &Schema) -> Vec<FieldName> {
    let mut names = FieldNames::default();
    schema.fields().iter().map(|field| names.claim(field.name())).collect()
}

/// Returns the keys of the struct's `#[datus(…)]` attribute.
fn of_struct(table: &str, schema: &Schema, names: &[FieldName]) -> Vec<String> {
    let mut parts = vec![format!("table = {table:?}")];
    let version = schema_version(schema);
    if version > 0 {
        parts.push(format!("schema_version = {version}"));
    }
    let key = key_columns(schema);
    if key.len() > 1 {
        let ident = |column: &String| schema.index_of(column).ok().and_then(|place| names.get(place));
        let idents: Vec<&str> = key.iter().filter_map(ident).map(|name| name.ident.as_str()).collect();
        parts.push(format!("key({})", idents.join(", ")));
    }
    parts
}

impl Writer {
    fn fields_of_record(
        &mut self,
        record: &str,
        schema: &Schema,
        names: &[FieldName],
        vectors: &[Vector],
    ) -> String {
        let key = key_columns(schema);
        let field_of = |column: &str| {
            let found = schema.index_of(column).ok().and_then(|place| names.get(place));
            found.map_or(column, |name| name.ident.trim_start_matches("r#")).to_owned()
        };
        let mut code = String::new();
        for (field, name) in schema.fields().iter().zip(names) {
            let column = field.name();
            let is_made = vectors.iter().any(|vector| vector.column == *column);
            if is_made || column.ends_with(keys::STANDBY) {
                continue;
            }
            let found = column_name_problem(column).map_or_else(|| FieldType::of(field), Err);
            let found = match found {
                Ok(found) => found,
                Err(reason) => {
                    code += &format!(
                        "    // The column `{}` {reason}: no field can hold it.\n",
                        column.escape_debug()
                    );
                    self.omitted_columns.push(column.clone());
                    continue;
                }
            };
            let mut parts = Vec::new();
            if name.renamed {
                parts.push(format!("rename = {column:?}"));
            }
            if key == [column.as_str()] {
                parts.push("key".to_owned());
            }
            let embeds = vectors.iter().filter(|vector| vector.sources.last() == Some(column));
            parts.extend(embeds.map(|vector| vector.embed(vectors.len() == 1, field_of)));
            parts.extend(full_text(field));
            parts.extend(index(field));
            code += &self.field(record, field, name, found, parts);
        }
        code
    }

    /// Writes one field. `parts` are the keys of the field's attribute, without the storage key, which this method appends.
    fn field(
        &mut self,
        owner: &str,
        field: &Field,
        name: &FieldName,
        found: FieldType,
        mut parts: Vec<String>,
    ) -> String {
        let FieldType { shape, storage, feature } = found;
        self.features.extend(feature);
        parts.extend(storage);
        let mut code = String::new();
        if let Some(text) = field.metadata().get(keys::DESCRIPTION) {
            code += &doc_comment(text, "    ");
        }
        if !parts.is_empty() {
            code += &format!("    #[datus({})]\n", parts.join(", "));
        }
        let data_type = self.written(&shape, &format!("{owner}_{}", field.name()));
        // Writing to a string does not fail.
        let _ = writeln!(code, "    pub {}: {data_type},", name.ident);
        code
    }

    /// Returns the code of a type. `path` becomes the name of a struct inside it.
    fn written(&mut self, shape: &Shape, path: &str) -> String {
        match shape {
            Shape::Plain(text) => text.clone(),
            Shape::Option(inner) => format!("Option<{}>", self.written(inner, path)),
            Shape::Vec(inner) => format!("Vec<{}>", self.written(inner, path)),
            Shape::Map(inner) => format!("BTreeMap<String, {}>", self.written(inner, path)),
            Shape::Struct(fields) => {
                let name = self.types.claim(path);
                let place = self.nested.len();
                self.nested.push(String::new());
                let fields = self.nested_fields(&name, fields);
                let code = format!(
                    "#[derive(Debug, Clone, PartialEq, ColumnStruct)]\npub struct {name} {{\n{fields}}}\n"
                );
                if let Some(slot) = self.nested.get_mut(place) {
                    *slot = code;
                }
                name
            }
        }
    }

    fn nested_fields(&mut self, owner: &str, fields: &Fields) -> String {
        let mut names = FieldNames::default();
        let mut code = String::new();
        for field in fields {
            let name = names.claim(field.name());
            let parts = if name.renamed { vec![format!("rename = {:?}", field.name())] } else { Vec::new() };
            match FieldType::of(field) {
                Ok(found) => code += &self.field(owner, field, &name, found, parts),
                // `FieldType::of` has checked the fields of the struct.
                Err(reason) => code += &format!("    // The column `{}` {reason}.\n", field.name()),
            }
        }
        code
    }
}

fn doc_comment(text: &str, indent: &str) -> String {
    text.lines().map(|line| format!("{indent}/// {line}").trim_end().to_owned() + "\n").collect()
}
