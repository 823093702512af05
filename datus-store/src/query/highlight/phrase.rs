//! Finds phrases in a text, as the engine does.

use super::token::{Match, TextToken};

/// The words of a phrase, in order.
#[derive(Debug)]
pub(super) struct Phrase {
    words: Vec<PhraseWord>,
    slop: i64,
}

#[derive(Debug)]
struct PhraseWord {
    text: String,
    position: i64,
    term: usize,
}

/// An occurrence of a word of the phrase in a text.
struct Occurrence {
    /// The position in the text minus the position in the phrase. It is the same for all words of an exact phrase.
    relative: i64,
    start: usize,
    end: usize,
    /// `true` as long as each neighboring word that was checked occurs at a matching position.
    fits: bool,
}

impl Phrase {
    /// Creates a phrase whose words are the terms starting at `first_term`.
    pub(super) fn new(tokens: &[TextToken], slop: u32, first_term: usize) -> Self {
        let words = tokens.iter().enumerate().map(|(number, token)| PhraseWord {
            text: token.text.clone(),
            position: token.position as i64,
            term: first_term + number,
        });
        Self { words: words.collect(), slop: i64::from(slop) }
    }

    /// Adds the words of all occurrences of the phrase to `matches`.
    ///
    /// Compared with the phrase, each word of an occurrence is shifted to the right at least as far as the word before it, and
    /// at most `slop` positions farther.
    pub(super) fn find(&self, tokens: &[TextToken], matches: &mut Vec<Match>) {
        let mut words: Vec<Vec<Occurrence>> =
            self.words.iter().map(|word| occurrences(word, tokens)).collect();
        // The forward pass drops the occurrences without a matching predecessor, and the backward pass those without a successor.
        for at in 1..words.len() {
            let (before, after) = words.split_at_mut(at);
            let (Some(before), Some(after)) = (before.last(), after.first_mut()) else { return };
            keep(after, before, self.slop, Side::After);
        }
        for at in (1..words.len()).rev() {
            let (before, after) = words.split_at_mut(at);
            let (Some(before), Some(after)) = (before.last_mut(), after.first()) else { return };
            keep(before, after, self.slop, Side::Before);
        }
        for (word, occurrences) in self.words.iter().zip(&words) {
            for &Occurrence { start, end, fits, .. } in occurrences {
                if fits {
                    matches.push(Match { start, end, term: word.term });
                }
            }
        }
    }
}

fn occurrences(word: &PhraseWord, tokens: &[TextToken]) -> Vec<Occurrence> {
    let tokens = tokens.iter().filter(|token| token.text == word.text);
    let mut found: Vec<Occurrence> = tokens
        .map(|token| Occurrence {
            relative: token.position as i64 - word.position,
            start: token.range.start,
            end: token.range.end,
            fits: true,
        })
        .collect();
    found.sort_by_key(|occurrence| occurrence.relative);
    found
}

/// The position of an occurrence relative to its neighbors.
#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

/// Drops the occurrences that have no matching neighbor.
fn keep(occurrences: &mut [Occurrence], neighbors: &[Occurrence], slop: i64, side: Side) {
    let neighbors: Vec<i64> =
        neighbors.iter().filter(|neighbor| neighbor.fits).map(|neighbor| neighbor.relative).collect();
    for occurrence in occurrences {
        let at = occurrence.relative;
        let nearest = match side {
            Side::After => {
                let end = neighbors.partition_point(|&neighbor| neighbor <= at);
                end.checked_sub(1).and_then(|last| neighbors.get(last))
            }
            Side::Before => neighbors.get(neighbors.partition_point(|&neighbor| neighbor < at)),
        };
        occurrence.fits &= nearest.is_some_and(|nearest| nearest.abs_diff(at) <= slop.unsigned_abs());
    }
}
