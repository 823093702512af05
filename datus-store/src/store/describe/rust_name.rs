//! Names of Rust types and fields, generated from the names of tables and columns.

use std::collections::HashSet;

/// The keywords that can be identifiers with `r#`.
const RAW: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The keywords that cannot be identifiers.
const NEVER: &[&str] = &["crate", "self", "super", "_"];

/// The names that the generated code itself uses.
const TAKEN_TYPES: &[&str] = &[
    "Self",
    "String",
    "Vec",
    "Option",
    "BTreeMap",
    "Debug",
    "Clone",
    "PartialEq",
    "EmbeddingRecord",
    "ColumnStruct",
    "Some",
    "None",
    "Ok",
    "Err",
    "Box",
    "Result",
    "Default",
    "Send",
    "Sync",
    "Sized",
    "Copy",
    "Eq",
    "Ord",
    "Drop",
];

/// The type names that are already taken.
#[derive(Debug)]
pub(super) struct TypeNames(HashSet<String>);

impl TypeNames {
    pub(super) fn new() -> Self {
        Self(TAKEN_TYPES.iter().map(|name| (*name).to_owned()).collect())
    }

    /// Returns a name in Pascal case that no other type has.
    pub(super) fn claim(&mut self, text: &str) -> String {
        let mut name: String = words(text).iter().map(|word| capitalized(word)).collect();
        if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            name.insert_str(0, "Table");
        }
        unused(&mut self.0, name, "Row")
    }
}

/// The field names that are already taken in one struct.
#[derive(Debug, Default)]
pub(super) struct FieldNames(HashSet<String>);

/// The name of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldName {
    /// The identifier as it is written, with `r#` if it is a keyword.
    pub(super) ident: String,
    /// `true` if the column has a different name, so that the field needs `rename`.
    pub(super) renamed: bool,
}

impl FieldNames {
    /// Returns a field name in snake case for a column. No other field has this name.
    pub(super) fn claim(&mut self, column: &str) -> FieldName {
        let mut name = match is_snake_case(column) {
            true => column.to_owned(),
            false => words(column).join("_"),
        };
        if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
            name.insert_str(0, "column_");
        }
        if NEVER.contains(&name.as_str()) {
            name.push('_');
        }
        let name = unused(&mut self.0, name, "_");
        let renamed = name != column;
        let ident = if RAW.contains(&name.as_str()) { format!("r#{name}") } else { name };
        FieldName { ident, renamed }
    }
}

/// Appends `suffix` until the name is unused.
fn unused(taken: &mut HashSet<String>, mut name: String, suffix: &str) -> String {
    while !taken.insert(name.clone()) {
        name.push_str(suffix);
    }
    name
}

/// Returns `true` for a name that rustc accepts for a field without a warning.
fn is_snake_case(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    starts && name.chars().all(allowed) && !name.contains("__") && name.chars().any(|c| c != '_')
}

/// Splits a name into its words, in lower case. It splits at all characters other than ASCII letters and digits, and before
/// an uppercase letter that follows a lowercase letter or a digit.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut before, mut inside) = (' ', false);
    for c in name.chars() {
        let starts = !inside || c.is_ascii_uppercase() && !before.is_ascii_uppercase();
        match (c.is_ascii_alphanumeric(), words.last_mut()) {
            (false, _) => inside = false,
            (true, Some(word)) if !starts => word.push(c.to_ascii_lowercase()),
            (true, _) => {
                words.push(c.to_ascii_lowercase().to_string());
                inside = true;
            }
        }
        before = c;
    }
    words
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_gets_a_field_of_its_own() {
        let mut names = FieldNames::default();
        let columns = [
            "id",
            "tableName",
            "type",
            "self",
            "2024",
            "größe",
            "HTTP-Code",
            "table_name",
            "日本",
            "a__b",
            "_",
        ];
        let idents: Vec<String> = columns.iter().map(|column| names.claim(column).ident).collect();
        let expected = [
            "id",
            "table_name",
            "r#type",
            "self_",
            "column_2024",
            "gr_e",
            "http_code",
            "table_name_",
            "column_",
            "a_b",
            "column__",
        ];
        assert_eq!(idents, expected);
        let mut names = FieldNames::default();
        let renamed = ["id", "type", "self", "tableName"].map(|column| names.claim(column).renamed);
        assert_eq!(renamed, [false, false, true, true]);
    }

    #[test]
    fn every_type_gets_a_name_of_its_own() {
        let mut names = TypeNames::new();
        let types = ["schema_metadata", "schemaMetadata", "string", "2024-sales", "a.b"]
            .map(|name| names.claim(name));
        assert_eq!(types, ["SchemaMetadata", "SchemaMetadataRow", "StringRow", "Table2024Sales", "AB"]);
    }
}
