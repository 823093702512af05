//! What a full text search must be like to be run.

use std::collections::HashMap;

use super::core::Core;
use super::now::Now;
use crate::backend::TextIndex;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{FullText, Fuzzy, TextColumn};
use crate::record::FieldDef;

/// The greatest distance of a fuzzy query, as in Lucene. The engine makes an automaton of a word, which at a distance of 3 is
/// too large for a word of 12 letters.
const MOST_DISTANCE: u32 = 2;

/// The letters of a word that the engine makes an automaton of, for distances of 1 and 2.
const LONGEST_WORDS: [usize; 2] = [255, 49];

/// The longest text of a fuzzy query, in bytes: the engine compares each of its words with the words of the index.
const LONGEST_FUZZY: usize = 1024;

/// The most fuzzy parts of a query.
const MOST_FUZZY: usize = 32;

/// The most words of an index that a fuzzy query tries.
const MOST_EXPANSIONS: usize = 10_000;

/// The greatest boost: that of BM25F in lance. Scores stay far from what a float holds.
const GREATEST_FACTOR: f32 = 1_048_576.0;

/// The bytes of the longest text that is searched for. The engine looks up each of its words.
const LONGEST_TEXT: usize = 1 << 20;

impl Core {
    /// The query with the names of its columns.
    ///
    /// # Errors
    /// `InvalidInput` for a text that is blank or too long, numbers out of their range, a phrase in a column whose index does not
    /// keep the places of words, and a query that is nested too deep or has too many clauses.
    pub(super) fn resolve_words(&self, query: FullText) -> Result<FullText> {
        let all = self.text_fields().map(|field| TextColumn { name: field.name, boost: 1.0 });
        let query = query.with_columns(&all.collect::<Vec<_>>());
        let mut fuzzies = 0;
        query.visit(&mut |part| match part {
            FullText::Words { columns, text, all: _, fuzzy } => {
                check_text(text)?;
                if let Some(fuzzy) = fuzzy {
                    fuzzies += 1;
                    if fuzzies > MOST_FUZZY {
                        let message = format!("the query has more than {MOST_FUZZY} fuzzy parts");
                        return Err(Error::new(ErrorKind::InvalidInput, message)
                            .with_help("give several words as one text: `t.title.fuzzy(\"a b c\", 1)`"));
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
                check_text(text).and_then(|()| self.check_places(column)).map_err(|error| error.with_column(*column))
            }
            FullText::Boolean { .. } => Ok(()),
            FullText::Demoted { factor, .. } => check_factor("factor of a demotion", *factor),
            FullText::Invalid(reason) => {
                let help = "join clauses of one kind in one chain, and give many words as one text: `t.title.matches(\"a b c\")`";
                Err(Error::new(ErrorKind::InvalidInput, reason).with_help(help))
            }
        })?;
        Ok(query)
    }

    /// The query without the clauses of which the indexes keep no word, such as those of stop words.
    ///
    /// # Errors
    /// `MissingIndex` where a column of the query has no full text index: the engine would read the whole table instead, and cut it
    /// into words in another way. `InvalidInput` where no clause is left and nothing else is searched for.
    pub(super) async fn check_text_indexes(
        &self,
        now: &Now,
        query: &FullText,
        only: bool,
    ) -> Result<FullText> {
        let indexes = now.text_indexes().await?;
        let has_index = |column: &str| match indexes.contains_key(column) {
            true => Ok(()),
            false => Err(no_index(column)),
        };
        query.visit(&mut |part| match part {
            FullText::Words { columns, .. } => columns.iter().try_for_each(|column| has_index(column.name)),
            FullText::Combined { columns, .. } => {
                columns.iter().try_for_each(|column| has_index(column.name))?;
                check_tokens(columns, &indexes)
            }
            FullText::Phrase { column, .. } => has_index(column),
            FullText::Boolean { .. } | FullText::Demoted { .. } | FullText::Invalid(_) => Ok(()),
        })?;
        match with_words(query, &indexes)? {
            Some(query) => Ok(query),
            // The other leg finds what there is.
            None if !only => Ok(query.clone()),
            None => {
                let message = "the query has no words to look for, since the index leaves out stop words, marks, and words that are too long";
                let help = "search for other words, or keep stop words with `#[datus(fts(remove_stop_words = false))]`";
                Err(Error::new(ErrorKind::InvalidInput, message).with_help(help))
            }
        }
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
        let message = "a phrase needs the places of words, which the index of this column does not keep";
        let help =
            "declare the column with `#[datus(fts(with_position = true))]` and call `store.create_indices()`";
        Err(Error::new(ErrorKind::InvalidInput, message).with_help(help))
    }
}

/// The query without the clauses of which the indexes keep no word; `None` where nothing is left that has to be met.
fn with_words(query: &FullText, indexes: &HashMap<String, TextIndex>) -> Result<Option<FullText>> {
    let has_words = |column: &str, text: &str| match indexes.get(column) {
        Some(index) => index.has_words(text).map_err(|error| error.with_column(column)),
        None => Ok(true),
    };
    let all = |queries: &[FullText]| -> Result<Vec<FullText>> {
        queries.iter().filter_map(|query| with_words(query, indexes).transpose()).collect()
    };
    Ok(match query {
        // The engine compares a fuzzy word with those of the index as it is given: it is not stemmed, and stop words count.
        FullText::Words { columns, text, all, fuzzy: Some(fuzzy) } if fuzzy.distance > 0 => {
            let lower = |column: &TextColumn| indexes.get(column.name).is_some_and(TextIndex::lower_cases);
            let text = if columns.iter().all(lower) { text.to_lowercase() } else { text.clone() };
            let asks = text.contains(char::is_alphanumeric);
            asks.then(|| FullText::Words { columns: columns.clone(), text, all: *all, fuzzy: Some(*fuzzy) })
        }
        FullText::Words { columns, text, all, fuzzy } => {
            let mut kept = Vec::with_capacity(columns.len());
            for column in columns {
                if has_words(column.name, text)? {
                    kept.push(*column);
                }
            }
            let words = FullText::Words { columns: kept, text: text.clone(), all: *all, fuzzy: *fuzzy };
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
            let is_asked = !must.is_empty() || !should.is_empty();
            is_asked.then_some(FullText::Boolean { must, should, must_not })
        }
        FullText::Demoted { query, by, factor } => {
            match (with_words(query, indexes)?, with_words(by, indexes)?) {
                (Some(query), Some(by)) => {
                    Some(FullText::Demoted { query: Box::new(query), by: Box::new(by), factor: *factor })
                }
                (query, _) => query,
            }
        }
        FullText::Invalid(_) => Some(query.clone()),
    })
}

fn no_index(column: &str) -> Error {
    let message = "the column has no full text index";
    let help = "build what the record declares with `store.create_indices()`, and search again";
    Error::new(ErrorKind::MissingIndex, message).with_help(help).with_column(column)
}

fn check_text(text: &str) -> Result<()> {
    let (message, help) = if text.trim().is_empty() {
        (
            "the text to search for is blank",
            "give the words that are searched for. A search by a vector or by a row has no text of its own: give one with \
             `.text_query(|t| …)`, or search for `(text, vector)`",
        )
    } else if text.len() > LONGEST_TEXT {
        ("the text to search for is longer than 1 MiB", "search for its most telling words, or by its vector")
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidInput, message).with_help(help))
}

fn check_fuzzy(fuzzy: Fuzzy, text: &str) -> Result<()> {
    let Fuzzy { distance, expansions, .. } = fuzzy;
    // Some tokenizers cut a text at spaces only.
    let longest = text.split_whitespace().map(|word| word.chars().count()).max();
    let longest = longest.unwrap_or_default();
    let most = distance.checked_sub(1).and_then(|index| LONGEST_WORDS.get(index as usize));
    let message = if distance > MOST_DISTANCE {
        format!("the distance of a fuzzy query is a number from 0 to {MOST_DISTANCE}, not {distance}")
    } else if expansions == 0 || expansions > MOST_EXPANSIONS {
        format!("a fuzzy query tries 1 to {MOST_EXPANSIONS} words of the index, not {expansions}")
    } else if text.len() > LONGEST_FUZZY {
        format!("a fuzzy query takes texts of up to {LONGEST_FUZZY} bytes, not {}", text.len())
    } else if let Some(most) = most.filter(|most| longest > **most) {
        format!(
            "a fuzzy query with a distance of {distance} takes words of up to {most} letters, not {longest}"
        )
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidInput, message).with_help(
        "set what `Fuzzy::new` and its methods take within these bounds, or search with `matches`",
    ))
}

fn check_combined(columns: &[TextColumn]) -> Result<()> {
    for (index, column) in columns.iter().enumerate() {
        let TextColumn { name, boost } = *column;
        let (message, help) = if columns[..index].iter().any(|other| other.name == name) {
            ("the column is combined with itself".to_owned(), "name each column once in `combined_with`")
        } else if !(1.0..=GREATEST_FACTOR).contains(&boost) {
            (
                format!(
                    "the boost of a combined column is a number from 1 to {GREATEST_FACTOR}, not {boost}"
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

/// Combined columns need the same tokens: the engine splits the text of the query once.
fn check_tokens(columns: &[TextColumn], indexes: &HashMap<String, TextIndex>) -> Result<()> {
    let indexes: Vec<_> =
        columns.iter().filter_map(|column| Some((column.name, indexes.get(column.name)?))).collect();
    for pair in indexes.windows(2) {
        if let [(first, index), (second, other)] = pair
            && !index.splits_as(other)
        {
            let message = format!(
                "the indexes of `{first}` and `{second}` split texts differently, so they can't be combined"
            );
            let help = "declare the columns with the same `#[datus(fts(…))]` and call `store.create_indices()`, or combine them with `with`";
            return Err(Error::new(ErrorKind::InvalidInput, message).with_help(help).with_column(*second));
        }
    }
    Ok(())
}

fn check_factor(what: &str, factor: f32) -> Result<()> {
    if (0.0..=GREATEST_FACTOR).contains(&factor) {
        return Ok(());
    }
    let message = format!("a {what} is a finite number from 0 to {GREATEST_FACTOR}, not {factor}");
    Err(Error::new(ErrorKind::InvalidInput, message))
}
