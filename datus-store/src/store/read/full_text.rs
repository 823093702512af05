//! Checks full-text queries before they are run.

use std::collections::HashMap;

use crate::backend::TextIndex;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{BoostedColumn, FullText, Fuzzy};
use crate::record::FieldDef;
use crate::store::core::Core;
use crate::store::snapshot::Snapshot;

/// The maximum edit distance of a fuzzy query, as in Lucene. The engine builds an automaton for each word. At a distance of
/// 3, the automaton is too large for a word of 12 letters.
const MAX_DISTANCE: u32 = 2;

/// The maximum length in letters of a fuzzy word, for distances of 1 and 2. The engine builds an automaton only up to
/// this length.
const LONGEST_WORDS: [usize; 2] = [255, 49];

/// The maximum length in bytes of a fuzzy query's text. The engine compares each of its words with the words in the index.
const LONGEST_FUZZY: usize = 1024;

/// The maximum number of fuzzy clauses in a query.
const MAX_FUZZY: usize = 32;

/// The maximum number of index words that a fuzzy query tries.
const MAX_EXPANSIONS: usize = 10_000;

/// The maximum boost, which is also lance's maximum for BM25F. Scores stay far below `f32::MAX`.
const GREATEST_FACTOR: f32 = 1_048_576.0;

/// The maximum length in bytes of the text to search for. The engine looks up each of its words.
const LONGEST_TEXT: usize = 1 << 20;

impl Core {
    /// Fills in the columns of a query and checks it.
    ///
    /// # Errors
    /// `InvalidInput` for query text that is blank or too long, for numbers out of range, for a phrase in a column whose
    /// index does not store word positions, and for a query that is nested too deeply or has too many clauses.
    pub(in crate::store) fn resolve_full_text(&self, query: FullText) -> Result<FullText> {
        let all = self.text_fields().map(|field| BoostedColumn { name: field.name, boost: 1.0 });
        let query = query.with_columns(&all.collect::<Vec<_>>());
        let mut fuzzies = 0;
        query.visit(&mut |part| match part {
            FullText::Match { columns, text, all: _, fuzzy } => {
                check_text(text)?;
                if let Some(fuzzy) = fuzzy {
                    fuzzies += 1;
                    if fuzzies > MAX_FUZZY {
                        let message = format!("the query has more than {MAX_FUZZY} fuzzy clauses");
                        return Err(Error::new(ErrorKind::InvalidInput, message)
                            .with_help("pass several words as one text: `t.title.fuzzy(\"a b c\", 1)`"));
                    }
                    check_fuzzy(*fuzzy, text)?;
                }
                columns.iter().try_for_each(|column| {
                    check_factor("boost", column.boost).map_err(|error| error.with_column(column.name))
                })
            }
            FullText::Combined { columns, text, all: _ } => {
                check_text(text)?;
                check_combined(columns)
            }
            FullText::Phrase { column, text, slop: _ } => {
                check_text(text).and_then(|()| self.check_positions(column)).map_err(|error| error.with_column(*column))
            }
            FullText::Boolean { .. } => Ok(()),
            FullText::Boost { negative_boost, .. } => check_factor("factor of a demotion", *negative_boost),
            FullText::Invalid(reason) => {
                let help = "join clauses of one kind in one chain, and pass many words as one text: `t.title.matches(\"a b c\")`";
                Err(Error::new(ErrorKind::InvalidInput, reason).with_help(help))
            }
        })?;
        Ok(query)
    }

    /// Returns the query without the clauses that have no word in the indexes, such as clauses that contain only stop words.
    ///
    /// # Errors
    /// `MissingIndex` when a column of the query has no full-text index, because the engine would then read the whole
    /// table and split it into words differently; `InvalidInput` when no clause is left and the search has no vector.
    pub(in crate::store) async fn check_text_indexes(
        &self,
        now: &Snapshot,
        query: &FullText,
        only: bool,
    ) -> Result<FullText> {
        let indexes = now.text_indexes().await?;
        let has_index = |column: &str| match indexes.contains_key(column) {
            true => Ok(()),
            false => Err(no_index(column)),
        };
        query.visit(&mut |part| match part {
            FullText::Match { columns, .. } => columns.iter().try_for_each(|column| has_index(column.name)),
            FullText::Combined { columns, .. } => {
                columns.iter().try_for_each(|column| has_index(column.name))?;
                check_tokens(columns, &indexes)
            }
            FullText::Phrase { column, .. } => has_index(column),
            FullText::Boolean { .. } | FullText::Boost { .. } | FullText::Invalid(_) => Ok(()),
        })?;
        match with_words(query, &indexes)? {
            Some(query) => Ok(query),
            // The vector leg still finds rows.
            None if !only => Ok(query.clone()),
            None => {
                let message = "the query has no indexed words: the index leaves out stop words, punctuation, and words that are too long";
                let help = "search for other words, or keep stop words with `#[datus(fts(remove_stop_words = false))]`";
                Err(Error::new(ErrorKind::InvalidInput, message).with_help(help))
            }
        }
    }

    /// Returns the fields with full-text search, in order of declaration.
    pub(in crate::store) fn text_fields(&self) -> impl Iterator<Item = &FieldDef> {
        self.record.fields.iter().filter(|field| field.fts.is_some())
    }

    fn check_positions(&self, column: &str) -> Result<()> {
        let declared = self.record.field(column).and_then(|field| field.fts).unwrap_or_default();
        if declared.split(',').any(|option| option == "with_position=true") {
            return Ok(());
        }
        let message = "a phrase needs word positions, which the index of this column does not store";
        let help =
            "declare the column with `#[datus(fts(with_position = true))]` and call `store.create_indexes()`";
        Err(Error::new(ErrorKind::InvalidInput, message).with_help(help))
    }
}

/// Returns the query without the clauses that have no word in the indexes, or `None` if no clause is left that a row
/// could match.
fn with_words(query: &FullText, indexes: &HashMap<String, TextIndex>) -> Result<Option<FullText>> {
    let has_words = |column: &str, text: &str| match indexes.get(column) {
        Some(index) => index.has_tokens(text).map_err(|error| error.with_column(column)),
        None => Ok(true),
    };
    let all = |queries: &[FullText]| -> Result<Vec<FullText>> {
        queries.iter().filter_map(|query| with_words(query, indexes).transpose()).collect()
    };
    Ok(match query {
        // The engine compares a fuzzy word as it is with the words in the index: it is not stemmed, and stop words are not
        // removed.
        FullText::Match { columns, text, all, fuzzy: Some(fuzzy) } if fuzzy.distance > 0 => {
            let lower = |column: &BoostedColumn| indexes.get(column.name).is_some_and(TextIndex::lower_cases);
            let text = if columns.iter().all(lower) { text.to_lowercase() } else { text.clone() };
            let can_match = text.contains(char::is_alphanumeric);
            can_match.then(|| FullText::Match {
                columns: columns.clone(),
                text,
                all: *all,
                fuzzy: Some(*fuzzy),
            })
        }
        FullText::Match { columns, text, all, fuzzy } => {
            let mut kept = Vec::with_capacity(columns.len());
            for column in columns {
                if has_words(column.name, text)? {
                    kept.push(*column);
                }
            }
            let words = FullText::Match { columns: kept, text: text.clone(), all: *all, fuzzy: *fuzzy };
            Some(words).filter(|words| !words.columns().is_empty())
        }
        FullText::Combined { columns, text, all: _ } => match columns.first() {
            // All columns have the same tokenizer.
            Some(column) => has_words(column.name, text)?.then(|| query.clone()),
            None => None,
        },
        FullText::Phrase { column, text, slop: _ } => has_words(column, text)?.then(|| query.clone()),
        FullText::Boolean { must, should, must_not } => {
            let (must, should, must_not) = (all(must)?, all(should)?, all(must_not)?);
            let can_match = !must.is_empty() || !should.is_empty();
            can_match.then_some(FullText::Boolean { must, should, must_not })
        }
        FullText::Boost { positive, negative, negative_boost } => {
            match (with_words(positive, indexes)?, with_words(negative, indexes)?) {
                (Some(positive), Some(negative)) => Some(FullText::Boost {
                    positive: Box::new(positive),
                    negative: Box::new(negative),
                    negative_boost: *negative_boost,
                }),
                (positive, _) => positive,
            }
        }
        FullText::Invalid(_) => Some(query.clone()),
    })
}

fn no_index(column: &str) -> Error {
    let message = "the column has no full-text index";
    let help = "build what the record declares with `store.create_indexes()`, and search again";
    Error::new(ErrorKind::MissingIndex, message).with_help(help).with_column(column)
}

fn check_text(text: &str) -> Result<()> {
    let (message, help) = if text.trim().is_empty() {
        (
            "the text to search for is blank",
            "pass a text to search for. For a search by vector or by row, set the text with `.text_query(|t| …)`, or search \
             for `(text, vector)`",
        )
    } else if text.len() > LONGEST_TEXT {
        (
            "the text to search for is longer than 1 MiB",
            "search for its most important words, or by its vector",
        )
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidInput, message).with_help(help))
}

fn check_fuzzy(fuzzy: Fuzzy, text: &str) -> Result<()> {
    let Fuzzy { distance, max_expansions, .. } = fuzzy;
    // Some tokenizers split text only at spaces.
    let longest = text.split_whitespace().map(|word| word.chars().count()).max();
    let longest = longest.unwrap_or_default();
    let max_length = distance.checked_sub(1).and_then(|index| LONGEST_WORDS.get(index as usize));
    let message = if distance > MAX_DISTANCE {
        format!("the distance of a fuzzy query must be a number from 0 to {MAX_DISTANCE}, not {distance}")
    } else if max_expansions == 0 || max_expansions > MAX_EXPANSIONS {
        format!("a fuzzy query tries 1 to {MAX_EXPANSIONS} words of the index, not {max_expansions}")
    } else if text.len() > LONGEST_FUZZY {
        format!("a fuzzy query accepts texts of up to {LONGEST_FUZZY} bytes, not {}", text.len())
    } else if let Some(max_length) = max_length.filter(|max_length| longest > **max_length) {
        format!(
            "a fuzzy query with a distance of {distance} accepts words of up to {max_length} letters, not {longest}"
        )
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidInput, message).with_help(
        "keep the values of `Fuzzy::new` and its methods within these bounds, or search with `matches`",
    ))
}

fn check_combined(columns: &[BoostedColumn]) -> Result<()> {
    for (index, column) in columns.iter().enumerate() {
        let BoostedColumn { name, boost } = *column;
        let (message, help) = if columns[..index].iter().any(|other| other.name == name) {
            ("the column is combined with itself".to_owned(), "name each column once in `combined_with`")
        } else if !(1.0..=GREATEST_FACTOR).contains(&boost) {
            (
                format!(
                    "the boost of a combined column must be a number from 1 to {GREATEST_FACTOR}, not {boost}"
                ),
                "leave this column at 1 and boost the others",
            )
        } else {
            continue;
        };
        return Err(Error::new(ErrorKind::InvalidInput, message).with_help(help).with_column(name));
    }
    Ok(())
}

/// Fails if the indexes of combined columns split text differently, since the engine splits the query text only once.
fn check_tokens(columns: &[BoostedColumn], indexes: &HashMap<String, TextIndex>) -> Result<()> {
    let indexes: Vec<_> =
        columns.iter().filter_map(|column| Some((column.name, indexes.get(column.name)?))).collect();
    for pair in indexes.windows(2) {
        if let [(first, index), (second, other)] = pair
            && !index.tokenizes_like(other)
        {
            let message = format!(
                "the indexes of `{first}` and `{second}` split texts differently, so they cannot be combined"
            );
            let help = "declare the columns with the same `#[datus(fts(…))]` and call `store.create_indexes()`, or combine them with `with`";
            return Err(Error::new(ErrorKind::InvalidInput, message).with_help(help).with_column(*second));
        }
    }
    Ok(())
}

fn check_factor(what: &str, factor: f32) -> Result<()> {
    if (0.0..=GREATEST_FACTOR).contains(&factor) {
        return Ok(());
    }
    let message = format!("a {what} must be a finite number from 0 to {GREATEST_FACTOR}, not {factor}");
    Err(Error::new(ErrorKind::InvalidInput, message))
}
