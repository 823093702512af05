//! The candidates that a reranker receives: ranks, scores, texts, and vectors of rows.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_row::{RowConverter, Rows, SortField};

use super::Search;
use super::blocks::Row;
use crate::error::{Error, ErrorKind, Result};
use crate::query::FullText;
use crate::record::{ColumnPath, VectorDef, text_at, vector_at};
use crate::rerank::{Candidate, Needs, StoredValue, check_private};
use crate::store::core::StoreVector;
use crate::store::snapshot::Snapshot;

impl Search<'_> {
    /// Returns the rows as candidates. If the reranker needs texts or vectors, this reads the rows and orders them by key.
    pub(super) async fn candidates(
        &self,
        now: &Snapshot,
        rows: &mut Vec<Row>,
        needs: Needs,
    ) -> Result<Vec<Candidate>> {
        let mut candidates: Vec<Candidate> = rows.iter().map(candidate).collect();
        if needs == Needs::default() {
            return Ok(candidates);
        }
        let keys = self.key_paths();
        let texts = TextSource::of(self, &needs)?;
        let vector = self.vector_to_read(&needs)?.map(|vector| ColumnPath::column(vector.name));
        self.check_columns(&needs)?;
        let paths = [&keys, &texts.paths, &needs.columns].into_iter().flatten().copied();
        let paths: Vec<ColumnPath> = paths.chain(vector).collect();
        let ids: Vec<u64> = rows.iter().map(|row| row.id).collect();
        let batch = now.table.take(&ids, &paths).await?;
        let (_, read) = batch.columns().split_at_checked(keys.len()).unwrap_or_default();
        let (text_columns, read) = read.split_at_checked(texts.paths.len()).unwrap_or_default();
        let (values, vectors) = read.split_at_checked(needs.columns.len()).unwrap_or_default();
        let read = if needs.texts { texts.read(&batch, text_columns)? } else { Vec::new() };
        for (candidate, text) in candidates.iter_mut().zip(read) {
            candidate.text = text;
        }
        for (row, candidate) in candidates.iter_mut().enumerate() {
            let values = needs.columns.iter().zip(values);
            candidate.values = values
                .map(|(&column, array)| StoredValue { column, array: Arc::clone(array), row })
                .collect();
            candidate.vector = vectors.first().and_then(|column| vector_at(column, row));
        }
        if let Some(keys) = key_rows(batch.columns().get(..keys.len()).unwrap_or_default())? {
            let mut order: Vec<usize> = (0..rows.len()).collect();
            order.sort_by(|&a, &b| keys.row(a).cmp(&keys.row(b)));
            *rows = order.iter().map(|&position| rows[position]).collect();
            candidates = order.iter().map(|&position| candidates[position].clone()).collect();
        }
        Ok(candidates)
    }

    /// Returns the columns of the key. The result is empty for a record without a key.
    pub(super) fn key_paths(&self) -> Vec<ColumnPath> {
        self.core.key_columns().into_iter().map(ColumnPath::column).collect()
    }

    /// Fails if the reranker reads a private text and sends texts to another machine.
    pub(super) fn check_private(&self) -> Result<()> {
        let Some(reranker) = &self.reranker else { return Ok(()) };
        let needs = reranker.needs();
        let texts = if needs.texts { self.text_columns()? } else { Vec::new() };
        let columns = needs.columns.iter().map(|path| path.root());
        check_private(&**reranker, &self.core.record, texts.into_iter().chain(columns))
    }

    /// Returns the columns that make up the text of a row: those from which the searched vector is computed, or, in a full-text
    /// search, the searched columns.
    fn text_columns(&self) -> Result<Vec<&'static str>> {
        let Some(nearest) = &self.nearest else {
            let names = self.full_text.as_ref().map(FullText::columns).unwrap_or_default();
            return Ok(names.into_iter().collect());
        };
        let definition = &self.core.vector(nearest.number)?.definition;
        Ok(self.core.record.sources(definition).map(|field| field.name).collect())
    }

    /// Checks that the table has the columns that the reranker needs.
    fn check_columns(&self, needs: &Needs) -> Result<()> {
        let has = |path: &ColumnPath| self.core.columns.iter().any(|column| column.root() == path.root());
        let Some(path) = needs.columns.iter().find(|path| !has(path)) else { return Ok(()) };
        let name = self.reranker.as_ref().map_or("", |reranker| reranker.name());
        Err(Error::new(
            ErrorKind::InvalidInput,
            format!("the reranker `{name}` reads a column that the table lacks"),
        )
        .with_help(
            "use a column of the searched record, and open the table with `Drift::ApplySafe` if it is new",
        )
        .with_column(path.to_string()))
    }

    /// Returns the vector column that is searched. For a full-text search, returns the record's first vector column,
    /// preferably one with a single vector for each row.
    pub(super) fn searched_vector(&self) -> Option<&StoreVector> {
        let is_single = |vector: &&StoreVector| !vector.definition.multi;
        match &self.nearest {
            Some(nearest) => self.core.vectors.get(nearest.number),
            None => self.core.own_vectors().find(is_single).or(self.core.vectors.first()),
        }
    }

    /// Returns the vector column to read, which is the searched one.
    fn vector_to_read(&self, needs: &Needs) -> Result<Option<&VectorDef>> {
        if !needs.vectors {
            return Ok(None);
        }
        let (message, help) = match self.searched_vector() {
            Some(vector) if !vector.definition.multi => return Ok(Some(&vector.definition)),
            Some(_) => (
                "the reranker compares one vector of each row, but the column has several",
                "use a reranker that compares no vectors, or search a column without `embed(multi)`",
            ),
            None => (
                "the reranker compares vectors, but the table has no vector column",
                "use a reranker that compares no vectors, or put `#[datus(embed)]` on a field",
            ),
        };
        Err(Error::new(ErrorKind::InvalidInput, message).with_help(help))
    }
}

fn candidate(row: &Row) -> Candidate {
    let candidate = Candidate::default();
    let candidate = match row.nearest {
        Some(leg) => candidate.with_nearest(leg),
        None => candidate,
    };
    match row.full_text {
        Some(leg) => candidate.with_full_text(leg),
        None => candidate,
    }
}

/// Converts keys to rows that can be compared. Returns `None` for a record without a key.
pub(super) fn key_rows(columns: &[ArrayRef]) -> Result<Option<Rows>> {
    if columns.is_empty() {
        return Ok(None);
    }
    let fields = columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
    let rows = RowConverter::new(fields).and_then(|converter| converter.convert_columns(columns));
    rows.map(Some).map_err(|source| {
        Error::new(ErrorKind::Engine, "the keys of the rows cannot be compared").with_source(source)
    })
}

/// The source of a row's text.
struct TextSource {
    paths: Vec<ColumnPath>,
    /// The function that applies a template, and the position of the vector; `None` joins the columns with line breaks.
    made: Option<(crate::query::TextsOf, usize)>,
}

impl TextSource {
    /// Returns the source text of the searched vector; in a full-text search, the searched columns.
    fn of(search: &Search<'_>, needs: &Needs) -> Result<Self> {
        let core = search.core;
        if !needs.texts {
            return Ok(Self { paths: Vec::new(), made: None });
        }
        let joined = || -> Result<Vec<ColumnPath>> {
            Ok(search.text_columns()?.into_iter().map(ColumnPath::column).collect())
        };
        let Some(nearest) = &search.nearest else { return Ok(Self { paths: joined()?, made: None }) };
        let vector = nearest.number;
        Ok(match (&core.vector(vector)?.definition.template, search.ranking.texts) {
            (Some(_), Some(texts)) => Self { paths: core.columns.clone(), made: Some((texts, vector)) },
            _ => Self { paths: joined()?, made: None },
        })
    }

    fn read(&self, batch: &RecordBatch, columns: &[ArrayRef]) -> Result<Vec<Option<String>>> {
        if let Some((made, vector)) = self.made {
            return made(batch, vector);
        }
        let text = |row| {
            let parts: Vec<&str> = columns.iter().filter_map(|column| text_at(column, row)).collect();
            (!parts.is_empty()).then(|| parts.join("\n"))
        };
        Ok((0..batch.num_rows()).map(text).collect())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use arrow_array::types::Int32Type;
    use arrow_array::{DictionaryArray, StringArray};

    use super::*;

    #[test]
    fn the_texts_of_several_columns_are_joined_also_if_one_is_a_dictionary() {
        let titles: ArrayRef = Arc::new(StringArray::from(vec![Some("soup"), None, None]));
        let cities: DictionaryArray<Int32Type> = [Some("Oslo"), Some("Bergen"), None].into_iter().collect();
        let cities: ArrayRef = Arc::new(cities);
        let batch = RecordBatch::try_from_iter([("title", titles), ("city", cities)]).unwrap();
        let texts = TextSource { paths: Vec::new(), made: None }.read(&batch, batch.columns()).unwrap();
        let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
        assert_eq!(texts, [Some("soup\nOslo"), Some("Bergen"), None]);
    }
}
