//! The columns of full text search, which are asked for words: `t.title.matches("tomato soup")`.

use std::fmt;
use std::marker::PhantomData;

use super::{FullText, Fuzzy, TextColumn, TextQuery};

/// A column of the record `R` with full text search: what `t.title` is in `.search_text(|t| …)`.
pub struct TextCol<R> {
    name: &'static str,
    record: PhantomData<fn() -> R>,
}

impl<R> TextCol<R> {
    /// Refers to the column. Called by generated code.
    pub const fn new(name: &'static str) -> Self {
        Self { name, record: PhantomData }
    }

    /// Multiplies the column's scores: 2.0 counts twice, and a column counts 1.0 by itself. Finite and not negative.
    pub fn boost(self, boost: f32) -> TextColumns<R> {
        TextColumns { columns: vec![TextColumn { name: self.name, boost }], record: PhantomData }
    }

    /// Searches another column too. A row's score is that of its best column.
    pub fn with(self, column: impl Into<TextColumns<R>>) -> TextColumns<R> {
        TextColumns::from(self).with(column)
    }

    /// Finds rows that have at least one of the words. See [`TextColumns::matches`].
    pub fn matches(self, words: impl Into<String>) -> TextQuery<R> {
        TextColumns::from(self).matches(words)
    }

    /// Finds rows that have all of the words, in any order.
    pub fn matches_all(self, words: impl Into<String>) -> TextQuery<R> {
        TextColumns::from(self).matches_all(words)
    }

    /// Finds rows that have at least one of the words, or one spelled like it. See [`TextColumns::fuzzy`].
    pub fn fuzzy(self, words: impl Into<String>, fuzzy: impl Into<Fuzzy>) -> TextQuery<R> {
        TextColumns::from(self).fuzzy(words, fuzzy)
    }

    /// Finds rows that have all of the words, or ones spelled like them. See [`TextColumns::fuzzy`].
    pub fn fuzzy_all(self, words: impl Into<String>, fuzzy: impl Into<Fuzzy>) -> TextQuery<R> {
        TextColumns::from(self).fuzzy_all(words, fuzzy)
    }

    /// Finds rows in which the words stand one after the other.
    ///
    /// The index needs the places of words: `#[datus(fts(with_position = true))]`. Without, the search is an error.
    pub fn phrase(self, words: impl Into<String>) -> TextQuery<R> {
        self.phrase_within(words, 0)
    }

    /// Finds rows in which the words stand at most so many places apart from where the phrase has them. See
    /// [`phrase`](Self::phrase).
    pub fn phrase_within(self, words: impl Into<String>, slop: u32) -> TextQuery<R> {
        TextQuery::new(FullText::Phrase { column: self.name, text: words.into(), slop })
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
#[must_use = "columns find nothing until they are asked for words"]
pub struct TextColumns<R> {
    columns: Vec<TextColumn>,
    record: PhantomData<fn() -> R>,
}

impl<R> TextColumns<R> {
    /// All columns with full text search. Called by generated code.
    pub fn all(columns: impl IntoIterator<Item = TextCol<R>>) -> Self {
        let columns = columns.into_iter().map(|column| TextColumn { name: column.name, boost: 1.0 });
        Self { columns: columns.collect(), record: PhantomData }
    }

    /// Searches another column too. A row's score is that of its best column.
    pub fn with(mut self, column: impl Into<Self>) -> Self {
        self.columns.extend(column.into().columns);
        self
    }

    /// Finds rows that have at least one of the words in one of the columns; more of them, and rarer ones, score more.
    ///
    /// A text of stop words only is an error when the search runs; joined to other clauses it asks for nothing.
    ///
    /// The words are cut out of the text by the tokenizer of the column, which also leaves out stop words and stems, as the
    /// column's `fts` says. Nothing in the text is syntax.
    pub fn matches(self, words: impl Into<String>) -> TextQuery<R> {
        self.words(words.into(), false, None)
    }

    /// Finds rows that have all of the words in one of the columns, in any order.
    pub fn matches_all(self, words: impl Into<String>) -> TextQuery<R> {
        self.words(words.into(), true, None)
    }

    /// Finds rows that have at least one of the words, or one spelled like it: `.fuzzy("tomatoe", 1)`.
    ///
    /// Words are compared with those of the index, which may be stems; the ones given are not stemmed. Rows that are newer than
    /// the index are indexed in memory for it.
    pub fn fuzzy(self, words: impl Into<String>, fuzzy: impl Into<Fuzzy>) -> TextQuery<R> {
        self.words(words.into(), false, Some(fuzzy.into()))
    }

    /// Finds rows that have all of the words in one of the columns, or ones spelled like them.
    pub fn fuzzy_all(self, words: impl Into<String>, fuzzy: impl Into<Fuzzy>) -> TextQuery<R> {
        self.words(words.into(), true, Some(fuzzy.into()))
    }

    fn words(self, text: String, all: bool, fuzzy: Option<Fuzzy>) -> TextQuery<R> {
        TextQuery::new(FullText::Words { columns: self.columns, text, all, fuzzy })
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
