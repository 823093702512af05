//! Untyped full-text queries.

use std::collections::BTreeSet;

/// A full-text query: words, a phrase, or a combination of queries.
///
/// The tokenizer of the column's index splits texts into words. Query texts have no syntax.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FullText {
    /// Words in one or more columns.
    Match {
        /// The columns, or an empty list for all columns with full-text search. The score of a row is that of its best
        /// column.
        columns: Vec<BoostedColumn>,
        /// The text with the words.
        text: String,
        /// `true` if a column must contain all of the words, `false` if one is enough.
        all: bool,
        /// The settings for a fuzzy match, or `None` for exact matches only.
        fuzzy: Option<Fuzzy>,
    },
    /// Words in several columns that are scored as one text (BM25F).
    Combined {
        /// The columns. Their boosts are at least 1.
        columns: Vec<BoostedColumn>,
        /// The text with the words.
        text: String,
        /// `true` if the columns together must contain all of the words, `false` if one is enough.
        all: bool,
    },
    /// A phrase in one column.
    Phrase {
        /// The column.
        column: &'static str,
        /// The text of the phrase.
        text: String,
        /// The maximum number of positions by which the words may be moved.
        slop: u32,
    },
    /// A boolean combination of queries.
    Boolean {
        /// The queries that must match. Their scores are added.
        must: Vec<Self>,
        /// The queries whose scores are added if they match. If `must` is empty, at least one has to match.
        should: Vec<Self>,
        /// The queries that must not match.
        must_not: Vec<Self>,
    },
    /// A query that lowers the scores of rows that match another query.
    Boost {
        /// The query that must match.
        positive: Box<Self>,
        /// The query that lowers the score.
        negative: Box<Self>,
        /// The fraction of the score of `negative` that is subtracted.
        negative_boost: f32,
    },
    /// An invalid query, with the reason. A search that contains it fails with `InvalidInput`.
    Invalid(String),
}

/// A column to search, with its boost.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct BoostedColumn {
    /// The name of the column.
    pub name: &'static str,
    /// The factor by which the scores of the column are multiplied.
    pub boost: f32,
}

/// The settings of a fuzzy match, which also finds similar spellings of a word. A number converts to a distance:
/// `.fuzzy("tomatoe", 1)`.
///
/// A search fails with `InvalidInput` for a distance above 2, an out-of-range number of expansions, or a word that is too
/// long, such as one of 49 letters with a distance of 2.
///
/// ```
/// use datus_store::query::Fuzzy;
///
/// let fuzzy = Fuzzy::new(2).with_prefix_length(3);
/// assert_eq!((fuzzy.distance, fuzzy.prefix_length, fuzzy.max_expansions), (2, 3, 50));
/// assert_eq!(Fuzzy::from(1), Fuzzy::new(1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fuzzy {
    /// The maximum edit distance, from 0 to 2: the number of letters that may be wrong, missing or extra.
    pub distance: u32,
    /// The number of letters at the start of a word that must match exactly. 0 by default.
    pub prefix_length: u32,
    /// The maximum number of words from the index to try in each column, from 1 to 10,000. 50 by default.
    pub max_expansions: usize,
}

impl Fuzzy {
    /// Creates a `Fuzzy` with a maximum edit distance, without a prefix and with 50 expansions.
    pub fn new(distance: u32) -> Self {
        Self { distance, prefix_length: 0, max_expansions: 50 }
    }

    /// Sets the number of letters at the start of a word that must match exactly. A longer prefix leaves fewer words to try.
    #[must_use]
    pub fn with_prefix_length(mut self, letters: u32) -> Self {
        self.prefix_length = letters;
        self
    }

    /// Sets the maximum number of words from the index to try in each column.
    #[must_use]
    pub fn with_max_expansions(mut self, words: usize) -> Self {
        self.max_expansions = words;
        self
    }
}

impl From<u32> for Fuzzy {
    fn from(distance: u32) -> Self {
        Self::new(distance)
    }
}

impl FullText {
    /// Creates a query for rows that contain at least one of the words in any column.
    pub fn matching(text: impl Into<String>) -> Self {
        Self::Match { columns: Vec::new(), text: text.into(), all: false, fuzzy: None }
    }

    /// Calls `each` on this query and on all queries inside it, and stops at the first error.
    ///
    /// # Errors
    /// Returns the first error from `each`.
    pub fn visit<E>(&self, each: &mut impl FnMut(&Self) -> Result<(), E>) -> Result<(), E> {
        each(self)?;
        match self {
            Self::Match { .. } | Self::Combined { .. } | Self::Phrase { .. } | Self::Invalid(_) => Ok(()),
            Self::Boolean { must, should, must_not } => {
                must.iter().chain(should).chain(must_not).try_for_each(|query| query.visit(each))
            }
            Self::Boost { positive, negative, negative_boost: _ } => {
                positive.visit(each)?;
                negative.visit(each)
            }
        }
    }

    /// Returns the names of the columns that the query searches.
    pub fn columns(&self) -> BTreeSet<&'static str> {
        let mut names = BTreeSet::new();
        self.each(&mut |part| match part {
            Self::Match { columns, .. } | Self::Combined { columns, .. } => {
                names.extend(columns.iter().map(|column| column.name));
            }
            Self::Phrase { column, .. } => names.extend([*column]),
            Self::Boolean { .. } | Self::Boost { .. } | Self::Invalid(_) => {}
        });
        names
    }

    /// Returns `true` if the engine answers the query correctly only for indexed rows. Among rows that are newer than the
    /// index, the engine does not look for other spellings, and it returns wrong rows for a `must_not` clause inside another
    /// clause.
    #[cfg(any(feature = "store", test))]
    pub(crate) fn needs_index(&self) -> bool {
        let mut fuzzy = false;
        self.each(&mut |part| {
            fuzzy |= matches!(part, Self::Match { fuzzy: Some(fuzzy), .. } if fuzzy.distance > 0);
        });
        fuzzy
            || match self {
                Self::Boolean { must, should, must_not } => {
                    must.iter().chain(should).chain(must_not).any(Self::has_exclusion)
                }
                Self::Boost { positive, negative, negative_boost: _ } => {
                    positive.has_exclusion() || negative.has_exclusion()
                }
                Self::Match { .. } | Self::Combined { .. } | Self::Phrase { .. } | Self::Invalid(_) => false,
            }
    }

    #[cfg(any(feature = "store", test))]
    fn has_exclusion(&self) -> bool {
        let mut found = false;
        self.each(&mut |part| {
            found |= matches!(part, Self::Boolean { must_not, .. } if !must_not.is_empty());
        });
        found
    }

    fn each(&self, each: &mut impl FnMut(&Self)) {
        let Ok(()) = self.visit(&mut |part| {
            each(part);
            Ok::<(), std::convert::Infallible>(())
        });
    }

    /// Returns the texts of the clauses that should match, separated by spaces. A reranker receives this text as the query
    /// text.
    pub fn text(&self) -> String {
        match self {
            Self::Match { text, .. } | Self::Combined { text, .. } | Self::Phrase { text, .. } => {
                text.clone()
            }
            Self::Boolean { must, should, must_not: _ } => {
                must.iter().chain(should).map(Self::text).collect::<Vec<_>>().join(" ")
            }
            Self::Boost { positive, .. } => positive.text(),
            Self::Invalid(_) => String::new(),
        }
    }

    /// Sets the columns of clauses that search all columns.
    #[must_use]
    pub fn with_columns(self, all_columns: &[BoostedColumn]) -> Self {
        let each =
            |queries: Vec<Self>| queries.into_iter().map(|query| query.with_columns(all_columns)).collect();
        match self {
            Self::Match { columns, text, all, fuzzy } if columns.is_empty() => {
                Self::Match { columns: all_columns.to_vec(), text, all, fuzzy }
            }
            other @ (Self::Match { .. } | Self::Combined { .. } | Self::Phrase { .. } | Self::Invalid(_)) => {
                other
            }
            Self::Boolean { must, should, must_not } => {
                Self::Boolean { must: each(must), should: each(should), must_not: each(must_not) }
            }
            Self::Boost { positive, negative, negative_boost } => Self::Boost {
                positive: Box::new(positive.with_columns(all_columns)),
                negative: Box::new(negative.with_columns(all_columns)),
                negative_boost,
            },
        }
    }
}
