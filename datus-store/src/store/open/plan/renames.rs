use std::collections::HashMap;

use arrow_schema::{Field, Schema};

use crate::record::{RecordDef, is_standby, keys};

/// The stored columns whose name is an older name of one of the record's columns.
pub(super) struct Renames {
    /// The columns to rename, from the stored name to the record's.
    pub(super) columns: Vec<(String, String)>,
    /// Maps the older names of columns to the record's names, including the older names of columns that have already been
    /// renamed. The metadata of other columns may still contain the older name.
    names: HashMap<&'static str, &'static str>,
}

impl Renames {
    pub(super) fn find(record: &RecordDef, expected: &Schema, stored: &Schema) -> Self {
        let is = |schema: &Schema, name: &str| schema.field_with_name(name).is_ok();
        let (mut columns, mut names) = (Vec::new(), HashMap::new());
        for field in &record.fields {
            // A name that the record gives to another column is not an older name, even if it was one before.
            let mut older = field.renamed_from.iter().copied().filter(|old| !is(expected, old));
            if !is(stored, field.name)
                && let Some(old) = older.clone().find(|old| is(stored, old) && !names.contains_key(old))
            {
                names.insert(old, field.name);
                columns.push((old.to_owned(), field.name.to_owned()));
            }
            older.by_ref().filter(|old| !is(stored, old)).for_each(|old| {
                names.entry(old).or_insert(field.name);
            });
        }
        let mut renames = Self { columns, names };
        renames.find_vectors(expected, stored);
        renames
    }

    /// Finds renamed vector columns. Vector columns have no older names, so a stored vector column that the record lacks
    /// counts as renamed if it is the only one with the sources of a vector column that the table lacks.
    fn find_vectors(&mut self, expected: &Schema, stored: &Schema) {
        for vector in expected.fields() {
            let Some(sources) = vector.metadata().get(keys::VECTOR_OF) else { continue };
            if stored.field_with_name(vector.name()).is_ok() {
                continue;
            }
            let mut candidates = stored.fields().iter().filter(|field| {
                let made_of = field.metadata().get(keys::VECTOR_OF).map(|sources| self.in_list(sources));
                made_of.as_ref() == Some(sources)
                    && !is_standby(field)
                    && expected.field_with_name(field.name()).is_err()
                    && !self.columns.iter().any(|(from, _)| from == field.name())
            });
            if let (Some(only), None) = (candidates.next(), candidates.next()) {
                self.columns.push((only.name().clone(), vector.name().clone()));
            }
        }
    }

    /// Returns the record's name for a stored column.
    pub(super) fn current_name<'a>(&'a self, stored: &'a str) -> &'a str {
        self.columns.iter().find(|(from, _)| from == stored).map_or(stored, |(_, to)| to)
    }

    /// Returns the name that a column of the record has in the table.
    pub(super) fn stored<'a>(&'a self, column: &'a str) -> &'a str {
        self.columns.iter().find(|(_, to)| to == column).map_or(column, |(from, _)| from)
    }

    /// Returns the stored schema with the record's names, including in its metadata.
    pub(super) fn apply(&self, stored: &Schema) -> Schema {
        let fields = stored.fields().iter().map(|field| {
            let mut metadata = field.metadata().clone();
            if let Some(sources) = metadata.get_mut(keys::VECTOR_OF) {
                *sources = self.in_list(sources);
            }
            if let Some(template) = metadata.get_mut(keys::TEMPLATE) {
                *template = self.in_template(template);
            }
            Field::clone(field).with_name(self.current_name(field.name())).with_metadata(metadata)
        });
        Schema::new_with_metadata(fields.collect::<Vec<_>>(), stored.metadata().clone())
    }

    fn name<'a>(&self, name: &'a str) -> &'a str {
        self.names.get(name).copied().unwrap_or(name)
    }

    /// Renames the columns in a comma-separated list.
    fn in_list(&self, names: &str) -> String {
        names.split(',').map(|name| self.name(name)).collect::<Vec<_>>().join(",")
    }

    /// Renames the columns in the placeholders of a template. `{{` is an escaped brace.
    fn in_template(&self, template: &str) -> String {
        let mut renamed = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open + 1);
            renamed.push_str(before);
            rest = from;
            if let Some(after) = rest.strip_prefix('{') {
                renamed.push('{');
                rest = after;
            } else if let Some((name, after)) = rest.split_once('}') {
                renamed.extend([self.name(name), "}"]);
                rest = after;
            }
        }
        renamed.push_str(rest);
        renamed
    }
}
