//! The columns with full-text search, and the queries on them: `t.title.matches("tomato soup")`.

use std::fmt;
use std::marker::PhantomData;

use super::{BoostedColumn, FullText, Fuzzy, IntoText, TextQuery};

/// A column of the record `R` with full-text search: the `t.title` in `.search_text(|t| …)`.
pub struct TextCol<R> {
    name: &'static str,
    record: PhantomData<fn() -> R>,
}

impl<R> TextCol<R> {
    /// Creates a handle for the column. Called by generated code.
    pub const fn new(name: &'static str) -> Self {
        Self { name, record: PhantomData }
    }

    /// Multiplies the scores of the column by `boost`, which must be finite and non-negative. The default is 1.0.
    pub fn boost(self, boost: f32) -> TextColumns<R> {
        TextColumns { columns: vec![BoostedColumn { name: self.name, boost }], record: PhantomData }
    }

    /// Adds a column to search. The score of a row is that of its best column.
    pub fn with(self, column: impl Into<TextColumns<R>>) -> TextColumns<R> {
        TextColumns::from(self).with(column)
    }

    /// Finds rows that contain at least one of the words. See [`TextColumns::matches`].
    pub fn matches(self, text: impl Into<String>) -> TextQuery<R> {
        TextColumns::from(self).matches(text)
    }

    /// Finds rows that contain all of the words, in any order.
    pub fn matches_all(self, text: impl Into<String>) -> TextQuery<R> {
        TextColumns::from(self).matches_all(text)
    }

    /// Finds rows that contain at least one of the words, or a similar spelling of it. See [`TextColumns::fuzzy`].
    pub fn fuzzy(self, text: impl Into<String>, fuzzy: impl Into<Fuzzy>) -> TextQuery<R> {
        TextColumns::from(self).fuzzy(text, fuzzy)
    }

    /// Finds rows that contain all of the words, or similar spellings of them. See [`TextColumns::fuzzy`].
    pub fn fuzzy_all(self, text: impl Into<String>, fuzzy: impl Into<Fuzzy>) -> TextQuery<R> {
        TextColumns::from(self).fuzzy_all(text, fuzzy)
    }

    /// Finds rows that contain the words as a phrase.
    ///
    /// The index must store the positions of words: `#[datus(fts(with_position = true))]`. Otherwise the search fails.
    pub fn phrase(self, text: impl Into<String>) -> TextQuery<R> {
        self.phrase_within(text, 0)
    }

    /// Finds rows that contain the words as a phrase, in which words may be moved by at most `slop` positions. See
    /// [`phrase`](Self::phrase).
    pub fn phrase_within(self, text: impl Into<String>, slop: u32) -> TextQuery<R> {
        TextQuery::new(FullText::Phrase { column: self.name, text: text.into(), slop })
    }
}

impl<R> Clone for TextCol<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for TextCol<R> {}

impl<R> fmt::Debug for TextCol<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TextCol({})", self.name)
    }
}

/// Columns of the record `R` that are searched for the same words, each with its boost.
#[must_use = "columns do nothing until a method such as `matches` turns them into a query"]
pub struct TextColumns<R> {
    columns: Vec<BoostedColumn>,
    record: PhantomData<fn() -> R>,
}

impl<R> TextColumns<R> {
    /// Combines all columns with full-text search. Called by generated code.
    pub fn all(columns: impl IntoIterator<Item = TextCol<R>>) -> Self {
        let columns = columns.into_iter().map(|column| BoostedColumn { name: column.name, boost: 1.0 });
        Self { columns: columns.collect(), record: PhantomData }
    }

    /// Adds a column to search. The score of a row is that of its best column.
    pub fn with(mut self, column: impl Into<Self>) -> Self {
        self.columns.extend(column.into().columns);
        self
    }

    /// Finds rows that contain at least one of the words in one of the columns. A row scores higher if it matches more words
    /// or rarer words.
    ///
    /// The tokenizer of the column splits the text into words, and stems them and removes stop words according to the
    /// column's `fts` options. The text has no query syntax.
    ///
    /// A search fails if all words of its query are stop words. In a query with other clauses, text that consists only of
    /// stop words has no effect.
    pub fn matches(self, text: impl Into<String>) -> TextQuery<R> {
        self.into_query(text.into(), false, None)
    }

    /// Finds rows that contain all of the words in one of the columns, in any order.
    ///
    /// In a column with the `ngram` tokenizer, one matching n-gram of the text is enough, as with [`matches`](Self::matches),
    /// because n-grams have no positions.
    pub fn matches_all(self, text: impl Into<String>) -> TextQuery<R> {
        self.into_query(text.into(), true, None)
    }

    /// Finds rows that contain at least one of the words, or a similar spelling of it: `.fuzzy("tomatoe", 1)`.
    ///
    /// The words are not stemmed, but they are compared with the words of the index, which may be stems. Rows that are not
    /// yet in the index are indexed in memory for the search.
    pub fn fuzzy(self, text: impl Into<String>, fuzzy: impl Into<Fuzzy>) -> TextQuery<R> {
        self.into_query(text.into(), false, Some(fuzzy.into()))
    }

    /// Finds rows that contain all of the words, or similar spellings of them, in one of the columns.
    pub fn fuzzy_all(self, text: impl Into<String>, fuzzy: impl Into<Fuzzy>) -> TextQuery<R> {
        self.into_query(text.into(), true, Some(fuzzy.into()))
    }

    pub(super) fn into_columns(self) -> Vec<BoostedColumn> {
        self.columns
    }

    fn into_query(self, text: String, all: bool, fuzzy: Option<Fuzzy>) -> TextQuery<R> {
        TextQuery::new(FullText::Match { columns: self.columns, text, all, fuzzy })
    }
}

impl<R> From<TextCol<R>> for TextColumns<R> {
    fn from(column: TextCol<R>) -> Self {
        column.boost(1.0)
    }
}

impl<R> Clone for TextColumns<R> {
    fn clone(&self) -> Self {
        Self { columns: self.columns.clone(), record: PhantomData }
    }
}

impl<R> fmt::Debug for TextColumns<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TextColumns").field(&self.columns).finish()
    }
}

#[diagnostic::do_not_recommend]
impl<R> IntoText<R> for TextColumns<R> {
    fn into_text(self, text: Option<&str>) -> Option<FullText> {
        Some(self.matches(text?).into_untyped())
    }
}

#[diagnostic::do_not_recommend]
impl<R> IntoText<R> for TextCol<R> {
    fn into_text(self, text: Option<&str>) -> Option<FullText> {
        TextColumns::from(self).into_text(text)
    }
}
