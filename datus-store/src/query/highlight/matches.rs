//! Finds the tokens of a text that match a full-text query.

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;

use std::collections::HashMap;

use super::phrase::Phrase;
use super::token::{Match, TextToken};
use crate::error::Result;
use crate::query::{FullText, Fuzzy};

/// The terms of a query to look for in one column.
#[derive(Debug, Default)]
pub(crate) struct Matcher {
    words: HashMap<String, usize>,
    fuzzy: Vec<FuzzyWord>,
    phrases: Vec<Phrase>,
    terms: usize,
}

/// A word, and the spellings that match it.
#[derive(Debug)]
struct FuzzyWord {
    letters: Vec<char>,
    fuzzy: Fuzzy,
    term: usize,
}

impl Matcher {
    /// Collects the terms that a row can match, except those in `must_not` clauses and those that demote a row. `tokens`
    /// splits a text the way the column's index does.
    pub(crate) fn new(
        query: &FullText,
        column: &str,
        tokens: &dyn Fn(&str) -> Result<Vec<TextToken>>,
    ) -> Result<Self> {
        let mut matcher = Self::default();
        matcher.collect(query, column, tokens)?;
        Ok(matcher)
    }

    fn collect(
        &mut self,
        query: &FullText,
        column: &str,
        tokens: &dyn Fn(&str) -> Result<Vec<TextToken>>,
    ) -> Result<()> {
        match query {
            FullText::Match { columns, text, all: _, fuzzy } if columns.iter().any(|c| c.name == column) => {
                match fuzzy.filter(|fuzzy| fuzzy.distance > 0) {
                    Some(fuzzy) => self.add_fuzzy(text, fuzzy),
                    None => self.add_words(tokens(text)?),
                }
            }
            FullText::Combined { columns, text, all: _ } if columns.iter().any(|c| c.name == column) => {
                self.add_words(tokens(text)?);
            }
            FullText::Phrase { column: searched, text, slop } if *searched == column => {
                let tokens = tokens(text)?;
                self.phrases.push(Phrase::new(&tokens, *slop, self.terms));
                self.terms += tokens.len();
            }
            FullText::Boolean { must, should, must_not: _ } => {
                for clause in must.iter().chain(should) {
                    self.collect(clause, column, tokens)?;
                }
            }
            FullText::Boost { positive, negative: _, negative_boost: _ } => {
                self.collect(positive, column, tokens)?
            }
            FullText::Match { .. }
            | FullText::Combined { .. }
            | FullText::Phrase { .. }
            | FullText::Invalid(_) => {}
        }
        Ok(())
    }

    fn add_words(&mut self, tokens: Vec<TextToken>) {
        for token in tokens {
            let next = self.terms;
            if *self.words.entry(token.text).or_insert(next) == next {
                self.terms += 1;
            }
        }
    }

    /// Adds the words of a fuzzy query. Like the engine, it splits the text at characters that are not alphanumeric, and does
    /// not stem the words.
    fn add_fuzzy(&mut self, text: &str, fuzzy: Fuzzy) {
        let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        for word in words {
            self.fuzzy.push(FuzzyWord { letters: word.chars().collect(), fuzzy, term: self.terms });
            self.terms += 1;
        }
    }

    /// Returns the matches among the tokens of a text, in the order of their positions.
    pub(crate) fn find(&self, tokens: &[TextToken]) -> Vec<Match> {
        let mut matches = Vec::new();
        for token in tokens {
            let fuzzy = || self.fuzzy.iter().find(|word| word.matches(&token.text)).map(|word| word.term);
            if let Some(term) = self.words.get(&token.text).copied().or_else(fuzzy) {
                matches.push(Match { start: token.range.start, end: token.range.end, term });
            }
        }
        for phrase in &self.phrases {
            phrase.find(tokens, &mut matches);
        }
        matches.sort_unstable();
        matches.dedup();
        matches
    }
}

impl FuzzyWord {
    /// Returns `true` if the token has the same prefix as the word and the edit distance is small enough.
    fn matches(&self, token: &str) -> bool {
        let letters: Vec<char> = token.chars().collect();
        let distance = self.fuzzy.distance as usize;
        let prefix = (self.fuzzy.prefix_length as usize).min(self.letters.len());
        letters.len().abs_diff(self.letters.len()) <= distance
            && letters.get(..prefix) == self.letters.get(..prefix)
            && edit_distance(&self.letters, &letters) <= distance
    }
}

/// Returns the number of letters that must be inserted, removed or replaced.
fn edit_distance(left: &[char], right: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, a) in left.iter().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(right) {
            let replaced = diagonal + usize::from(a != b);
            diagonal = *cell;
            before = replaced.min(diagonal + 1).min(before + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
