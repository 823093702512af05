//! The texts of rows, for a reranker.

use arrow_array::{ArrayRef, RecordBatch};

use crate::error::{Error, ErrorKind, Result};
use crate::query::{QuerySpec, TextsOf};
use crate::record::{ColumnPath, RecordDef, text_at};

/// The source of the texts of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texts {
    definition: fn() -> RecordDef,
    /// The function that applies templates.
    made: TextsOf,
}

/// The columns that the texts of a search are read from.
#[derive(Debug)]
pub(super) struct TextColumns {
    /// The columns, in the order in which their texts are joined.
    columns: Vec<ColumnPath>,
    /// The function that applies a template, and the number of the vector; `None` joins the columns by line breaks.
    made: Option<(TextsOf, usize)>,
    /// The number of columns that the search selects, and of those that are read in addition.
    added: Option<(usize, usize)>,
}

impl Texts {
    pub(super) fn new(definition: fn() -> RecordDef, made: TextsOf) -> Self {
        Self { definition, made }
    }

    /// Adds the columns of the texts to a search: those of the searched vector, or of the full-text query.
    pub(super) fn add_to(self, spec: &mut QuerySpec) -> TextColumns {
        let definition = (self.definition)();
        let column = ColumnPath::column;
        let vector = spec.nearest.as_ref().map(|nearest| nearest.vector);
        let (mut made, mut columns) = (None, Vec::new());
        match vector.and_then(|number| Some((number, definition.vectors.get(number)?))) {
            Some((number, vector)) if vector.template.is_some() => {
                made = Some((self.made, number));
                columns.extend(definition.fields.iter().map(|field| column(field.name)));
            }
            Some((_, vector)) => columns.extend(definition.sources(vector).map(|field| column(field.name))),
            None => {
                let mut names = spec.full_text.as_ref().map(|query| query.columns()).unwrap_or_default();
                if names.is_empty() {
                    let fields = definition.fields.iter().filter(|field| field.fts.is_some());
                    names.extend(fields.map(|field| field.name));
                }
                columns.extend(names.into_iter().map(column));
            }
        }
        let added = spec.columns.as_mut().map(|selected| {
            let own = selected.len();
            let missing = columns.iter().filter(|column| !selected.contains(column));
            let missing: Vec<ColumnPath> = missing.copied().collect();
            selected.extend(missing);
            (own, selected.len() - own)
        });
        TextColumns { columns, made, added }
    }
}

impl TextColumns {
    /// Returns the texts of the rows, and the batch without the columns that were read in addition.
    pub(super) fn take(&self, batch: RecordBatch) -> Result<(Vec<Option<String>>, RecordBatch)> {
        let texts = match self.made {
            Some((made, vector)) => made(&batch, vector)?,
            None => self.joined(&batch),
        };
        let Some((own, added)) = self.added else { return Ok((texts, batch)) };
        let kept: Vec<usize> = (0..own).chain(own + added..batch.num_columns()).collect();
        let batch = batch.project(&kept).map_err(|source| {
            Error::new(ErrorKind::Decode, "the columns of the search are not in the result")
                .with_source(source)
        })?;
        Ok((texts, batch))
    }

    fn joined(&self, batch: &RecordBatch) -> Vec<Option<String>> {
        let columns = self.columns.iter().filter_map(|path| batch.column_by_name(&path.to_string()));
        let columns: Vec<&ArrayRef> = columns.collect();
        let text = |row| {
            let parts: Vec<&str> = columns.iter().filter_map(|column| text_at(column, row)).collect();
            (!parts.is_empty()).then(|| parts.join("\n"))
        };
        (0..batch.num_rows()).map(text).collect()
    }
}
