//! The texts of rows, for a reranker.

use arrow_array::{ArrayRef, RecordBatch};

use crate::error::{Error, ErrorKind, Result};
use crate::query::{QuerySpec, TextsOf};
use crate::record::{ColumnPath, RecordDef, text_at};
use crate::rerank::{Reranker, check_private};

/// The source of the texts of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextSource {
    definition: fn() -> RecordDef,
    /// The function that applies the templates of vectors.
    made: TextsOf,
}

/// The columns from which the texts of a search are read.
#[derive(Debug)]
pub(super) struct TextColumns {
    /// The columns, in the order in which their texts are joined.
    columns: Vec<ColumnPath>,
    /// The function that applies a template, and the position of the vector. `None` joins the columns with line breaks.
    made: Option<(TextsOf, usize)>,
    /// The number of columns that the search selects and the number of columns that are added for the texts, or `None` if the
    /// search reads all columns.
    added: Option<(usize, usize)>,
}

impl TextSource {
    pub(super) fn new(definition: fn() -> RecordDef, made: TextsOf) -> Self {
        Self { definition, made }
    }

    /// Fails if a text of the search is private and the reranker would send it to another machine.
    pub(super) fn check_private(self, spec: &QuerySpec, reranker: &dyn Reranker) -> Result<()> {
        let definition = (self.definition)();
        check_private(reranker, &definition, sources(&definition, spec))
    }

    /// Adds the columns of the texts to a search: those of the searched vector, or of the full-text query.
    pub(super) fn add_to(self, spec: &mut QuerySpec) -> TextColumns {
        let definition = (self.definition)();
        let number = spec.nearest.as_ref().map(|nearest| nearest.vector);
        let template = number
            .filter(|number| definition.vectors.get(*number).is_some_and(|vector| vector.template.is_some()));
        let names = match template {
            // The function that applies the template reads whole records.
            Some(_) => definition.fields.iter().map(|field| field.name).collect(),
            None => sources(&definition, spec),
        };
        let columns: Vec<ColumnPath> = names.into_iter().map(ColumnPath::column).collect();
        let made = template.map(|number| (self.made, number));
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

/// Returns the source columns of the text of a row.
fn sources(definition: &RecordDef, spec: &QuerySpec) -> Vec<&'static str> {
    let vector = spec.nearest.as_ref().and_then(|nearest| definition.vectors.get(nearest.vector));
    if let Some(vector) = vector {
        return definition.sources(vector).map(|field| field.name).collect();
    }
    let names = spec.full_text.as_ref().map(|query| query.columns()).unwrap_or_default();
    match names.is_empty() {
        true => {
            let fields = definition.fields.iter().filter(|field| field.fts.is_some());
            fields.map(|field| field.name).collect()
        }
        false => names.into_iter().collect(),
    }
}

impl TextColumns {
    /// Returns the texts of the rows, and the batch without the columns that were added for the texts.
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
