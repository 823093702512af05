//! What a full text search must be like to be run.

use super::core::Core;
use super::now::Now;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{FullText, TextColumn};
use crate::record::FieldDef;

impl Core {
    /// The query with the names of its columns.
    ///
    /// # Errors
    /// `InvalidInput` for a blank text, a boost that is negative or not finite, and a phrase in a column whose index does
    /// not keep the places of words.
    pub(super) fn resolve_words(&self, query: FullText) -> Result<FullText> {
        let all = self.text_fields().map(|field| TextColumn { name: field.name, boost: 1.0 });
        let query = query.with_columns(&all.collect::<Vec<_>>());
        query.visit(&mut |part| match part {
            FullText::Words { columns, text, all: _, fuzzy } => {
                check_text(text)?;
                if fuzzy.is_some_and(|fuzzy| fuzzy.expansions == 0) {
                    let message = "a fuzzy query that tries no words of the index finds nothing: let it try at least one";
                    return Err(Error::new(ErrorKind::InvalidInput, message));
                }
                columns.iter().try_for_each(|column| {
                    check_factor("boost", column.boost).map_err(|error| error.with_column(column.name))
                })
            }
            FullText::Phrase { column, text, slop: _ } => {
                check_text(text).and_then(|()| self.check_places(column)).map_err(|error| error.with_column(*column))
            }
            FullText::Boolean { .. } => Ok(()),
            FullText::Demoted { factor, .. } => check_factor("factor of a demotion", *factor),
        })?;
        Ok(query)
    }

    /// Fails where a column of the query has no full text index: the engine would read the whole table instead, and cut it
    /// into words in another way. And where other spellings are asked for of rows that are newer than the index: the engine
    /// would look for the words as they are, and say nothing.
    pub(super) async fn check_text_indexes(&self, now: &Now, query: &FullText) -> Result<()> {
        let indexes = now.text_indexes().await?;
        query.visit(&mut |part| {
            let (columns, fuzzy) = match part {
                FullText::Words { columns, fuzzy, .. } => (
                    columns.iter().map(|column| column.name).collect(),
                    fuzzy.is_some_and(|fuzzy| fuzzy.distance > 0),
                ),
                FullText::Phrase { column, .. } => (vec![*column], false),
                FullText::Boolean { .. } | FullText::Demoted { .. } => (Vec::new(), false),
            };
            columns.into_iter().try_for_each(|column| match indexes.get(column) {
                None => Err(no_index(column)),
                Some(&newer) if fuzzy && newer > 0 => Err(not_fuzzy(column, newer)),
                Some(_) => Ok(()),
            })
        })
    }

    /// The fields with full text search, in order of declaration.
    pub(super) fn text_fields(&self) -> impl Iterator<Item = &FieldDef> {
        self.record.fields.iter().filter(|field| field.fts.is_some())
    }

    fn check_places(&self, column: &str) -> Result<()> {
        let declared = self.record.field(column).and_then(|field| field.fts).unwrap_or_default();
        if declared.split(',').any(|option| option == "with_position=true") {
            return Ok(());
        }
        let message = "a phrase needs the places of words, which the index of this column does not keep: declare it with \
                       `#[datus(fts(with_position = true))]` and build it again with `store.create_indices()`";
        Err(Error::new(ErrorKind::InvalidInput, message))
    }
}

fn no_index(column: &str) -> Error {
    let message = "the column has no full text index: build what the record declares with `store.create_indices()`, and search \
                   again";
    Error::new(ErrorKind::MissingIndex, message).with_column(column)
}

fn not_fuzzy(column: &str, newer: u64) -> Error {
    let message = format!(
        "{newer} rows are newer than the full text index of the column, and the engine looks for other spellings in rows of the \
         index alone: take them in with `store.optimize()`, or search for words as they are spelled"
    );
    Error::new(ErrorKind::MissingIndex, message).with_column(column)
}

fn check_text(text: &str) -> Result<()> {
    if !text.trim().is_empty() {
        return Ok(());
    }
    let message = "the text to search for is blank: give the words that are searched for. A search by a vector or by a row has \
                   no text of its own: give one with `.text_query(|t| …)`, or search for `(text, vector)`";
    Err(Error::new(ErrorKind::InvalidInput, message))
}

fn check_factor(what: &str, factor: f32) -> Result<()> {
    if factor.is_finite() && factor >= 0.0 {
        return Ok(());
    }
    let message = format!("a {what} is a finite number from 0, not {factor}");
    Err(Error::new(ErrorKind::InvalidInput, message))
}
