//! Highlights: the parts of a page's texts that match the full-text query.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Field};

use super::Search;
use crate::backend::TextIndex;
use crate::error::{Error, ErrorKind, Result};
use crate::model::run_on_pool;
use crate::query::{HIGHLIGHTS, Highlight, Matcher, highlight_column, snippet};
use crate::record::ColumnPath;
use crate::store::snapshot::Snapshot;

/// The columns to highlight, and the terms of the query in each.
pub(super) struct Highlighter {
    columns: Vec<HighlightedColumn>,
    /// The maximum number of characters in a highlight.
    length: usize,
}

struct HighlightedColumn {
    name: &'static str,
    index: TextIndex,
    matcher: Matcher,
}

impl Search<'_> {
    /// Returns the highlighter of the search, or `None` if the search has no highlights.
    pub(super) async fn highlighter(&self, now: &Snapshot) -> Result<Option<Highlighter>> {
        let (Some(length), Some(query)) = (self.highlight, &self.full_text) else { return Ok(None) };
        let indexes = now.text_indexes().await?;
        let mut columns = Vec::new();
        for name in query.columns() {
            let index = indexes.get(name).cloned().ok_or_else(|| {
                Error::new(ErrorKind::MissingIndex, "the column has no full-text index").with_column(name)
            })?;
            let matcher = Matcher::new(query, name, &|text| index.tokens(text))
                .map_err(|error| error.with_column(name))?;
            columns.push(HighlightedColumn { name, index, matcher });
        }
        Ok(Some(Highlighter { columns, length }))
    }
}

impl Highlighter {
    /// Returns the columns to read.
    pub(super) fn paths(&self) -> Vec<ColumnPath> {
        self.columns.iter().map(|column| ColumnPath::column(column.name)).collect()
    }

    /// Returns the column with the highlights of each row. `texts` contains the columns at [`paths`](Self::paths).
    pub(super) async fn highlight(self, texts: Vec<ArrayRef>) -> Result<(Field, ArrayRef)> {
        let failed = |source| {
            Error::new(ErrorKind::Engine, "the highlights could not be computed").with_source(source)
        };
        let rows = run_on_pool(move || self.rows(&texts)).await.map_err(failed)??;
        let column = highlight_column(&rows)?;
        Ok((Field::new(HIGHLIGHTS, column.data_type().clone(), false), column))
    }

    fn rows(&self, texts: &[ArrayRef]) -> Result<Vec<Vec<Highlight>>> {
        let mut rows = vec![Vec::new(); texts.first().map_or(0, |column| column.len())];
        for (column, texts) in self.columns.iter().zip(texts) {
            let failed = |error: Error| error.with_column(column.name);
            let texts = arrow_cast::cast(texts, &DataType::Utf8).map_err(|source| {
                failed(Error::new(ErrorKind::Engine, "the column cannot be read as text").with_source(source))
            })?;
            for (highlights, text) in rows.iter_mut().zip(texts.as_string::<i32>()) {
                let Some(text) = text else { continue };
                let matches = column.matcher.find(&column.index.tokens(text).map_err(failed)?);
                highlights.extend(snippet(column.name, text, &matches, self.length));
            }
        }
        Ok(rows)
    }
}
