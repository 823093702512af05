//! What a full text search looks for, untyped.

use std::collections::BTreeSet;

/// A full text query: words, a phrase, or several queries together.
///
/// Texts are data. They are cut into words by the tokenizer of the column's index, and nothing in them is read as syntax.
#[derive(Debug, Clone, PartialEq)]
pub enum FullText {
    /// Words in one column or several.
    Words {
        /// The columns; none for all columns with full text search. A row's score is that of its best column.
        columns: Vec<TextColumn>,
        /// The words.
        text: String,
        /// Whether a column must have all of the words, or one.
        all: bool,
        /// How a word may be spelled otherwise; `None` for not at all.
        fuzzy: Option<Fuzzy>,
    },
    /// Words that stand together in one column.
    Phrase {
        /// The column.
        column: &'static str,
        /// The words.
        text: String,
        /// How many places the words may be apart from where the phrase has them.
        slop: u32,
    },
    /// Queries of which some must be met and some must not.
    Boolean {
        /// All of these are met; their scores are added.
        must: Vec<Self>,
        /// Their scores are added where they are met. One of them is met where nothing must be.
        should: Vec<Self>,
        /// None of these is met.
        must_not: Vec<Self>,
    },
    /// A query whose rows score less where another one is met.
    Demoted {
        /// What must be met.
        query: Box<Self>,
        /// What lowers the score.
        by: Box<Self>,
        /// What part of the score of `by` is taken away.
        factor: f32,
    },
    /// A query that can't be asked, with the reason. A search that holds one fails with `InvalidInput`.
    Invalid(String),
}

/// A column to search, and how much it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextColumn {
    /// The column.
    pub name: &'static str,
    /// What its scores are multiplied with.
    pub boost: f32,
}

/// How a word may be spelled otherwise. A number is a distance: `.fuzzy("tomatoe", 1)`.
///
/// A distance above 2, a number of expansions out of its range, and a word that is too long to be compared (49 letters with a
/// distance of 2) are errors of kind `InvalidInput` when the search runs.
///
/// ```
/// use datus_store::query::Fuzzy;
///
/// let fuzzy = Fuzzy::new(2).with_prefix(3);
/// assert_eq!((fuzzy.distance, fuzzy.prefix, fuzzy.expansions), (2, 3, 50));
/// assert_eq!(Fuzzy::from(1), Fuzzy::new(1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fuzzy {
    /// The number of letters that may be wrong, missing or too many, 0 to 2.
    pub distance: u32,
    /// How many letters at the beginning must be right. 0 by default.
    pub prefix: u32,
    /// The number of words of the index that are tried at most, in each column, 1 to 10,000. 50 by default.
    pub expansions: usize,
}

impl Fuzzy {
    /// Lets so many letters be wrong, missing or too many.
    pub fn new(distance: u32) -> Self {
        Self { distance, prefix: 0, expansions: 50 }
    }

    /// Sets how many letters at the beginning must be right: fewer words are tried.
    #[must_use]
    pub fn with_prefix(mut self, letters: u32) -> Self {
        self.prefix = letters;
        self
    }

    /// Sets how many words of the index are tried at most, in each column.
    #[must_use]
    pub fn with_expansions(mut self, words: usize) -> Self {
        self.expansions = words;
        self
    }
}

impl From<u32> for Fuzzy {
    fn from(distance: u32) -> Self {
        Self::new(distance)
    }
}

impl FullText {
    /// Words in all columns: what a plain text becomes.
    pub fn words(text: impl Into<String>) -> Self {
        Self::Words { columns: Vec::new(), text: text.into(), all: false, fuzzy: None }
    }

    /// Calls `each` on this query and all that it is made of, and stops at the first error.
    ///
    /// # Errors
    /// Those of `each`.
    pub fn visit<E>(&self, each: &mut impl FnMut(&Self) -> Result<(), E>) -> Result<(), E> {
        each(self)?;
        match self {
            Self::Words { .. } | Self::Phrase { .. } | Self::Invalid(_) => Ok(()),
            Self::Boolean { must, should, must_not } => {
                must.iter().chain(should).chain(must_not).try_for_each(|query| query.visit(each))
            }
            Self::Demoted { query, by, factor: _ } => {
                query.visit(each)?;
                by.visit(each)
            }
        }
    }

    /// The columns that are searched.
    pub fn columns(&self) -> BTreeSet<&'static str> {
        let mut names = BTreeSet::new();
        self.each(&mut |part| match part {
            Self::Words { columns, .. } => names.extend(columns.iter().map(|column| column.name)),
            Self::Phrase { column, .. } => names.extend([*column]),
            Self::Boolean { .. } | Self::Demoted { .. } | Self::Invalid(_) => {}
        });
        names
    }

    /// Returns `true` if the engine answers it only for rows that the index covers. In newer rows it does not look for other
    /// spellings, and it finds the wrong rows where a clause that must not be met is inside another clause.
    #[cfg(feature = "store")]
    pub(crate) fn needs_index(&self) -> bool {
        let mut fuzzy = false;
        self.each(&mut |part| {
            fuzzy |= matches!(part, Self::Words { fuzzy: Some(fuzzy), .. } if fuzzy.distance > 0);
        });
        fuzzy
            || match self {
                Self::Boolean { must, should, must_not } => {
                    must.iter().chain(should).chain(must_not).any(Self::has_exclusion)
                }
                Self::Demoted { query, by, factor: _ } => query.has_exclusion() || by.has_exclusion(),
                Self::Words { .. } | Self::Phrase { .. } | Self::Invalid(_) => false,
            }
    }

    #[cfg(feature = "store")]
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

    /// The texts of what is to be found, one after the other: what a reranker is told was searched for.
    pub fn text(&self) -> String {
        let all = |queries: &[Self]| queries.iter().map(Self::text).collect::<Vec<_>>().join(" ");
        match self {
            Self::Words { text, .. } | Self::Phrase { text, .. } => text.clone(),
            Self::Boolean { must, should, must_not: _ } if should.is_empty() => all(must),
            Self::Boolean { must, should, must_not: _ } => {
                format!("{} {}", all(must), all(should)).trim().to_owned()
            }
            Self::Demoted { query, .. } => query.text(),
            Self::Invalid(_) => String::new(),
        }
    }

    /// Names the columns of words that are searched for in all.
    #[must_use]
    pub fn with_columns(self, all_columns: &[TextColumn]) -> Self {
        let each =
            |queries: Vec<Self>| queries.into_iter().map(|query| query.with_columns(all_columns)).collect();
        match self {
            Self::Words { columns, text, all, fuzzy } if columns.is_empty() => {
                Self::Words { columns: all_columns.to_vec(), text, all, fuzzy }
            }
            other @ (Self::Words { .. } | Self::Phrase { .. } | Self::Invalid(_)) => other,
            Self::Boolean { must, should, must_not } => {
                Self::Boolean { must: each(must), should: each(should), must_not: each(must_not) }
            }
            Self::Demoted { query, by, factor } => Self::Demoted {
                query: Box::new(query.with_columns(all_columns)),
                by: Box::new(by.with_columns(all_columns)),
                factor,
            },
        }
    }
}
