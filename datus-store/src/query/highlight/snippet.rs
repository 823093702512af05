//! Shortens a text to a snippet of limited length around its best matches.

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;

use std::ops::Range;

use super::Highlight;
use super::token::Match;

/// The maximum number of characters by which an end of a snippet is moved to avoid splitting a word.
const LONGEST_CUT_WORD: usize = 24;

/// Returns the best part of a text, of up to `length` characters, or `None` if nothing matches. `matches` must be in
/// order.
pub(crate) fn snippet(column: &str, text: &str, matches: &[Match], length: usize) -> Option<Highlight> {
    if matches.is_empty() || length == 0 {
        return None;
    }
    let text_in_characters = Characters::new(text);
    let window = match text_in_characters.count() <= length {
        true => 0..text.len(),
        false => text_in_characters.window(matches, length),
    };
    let shown = text.get(window.clone())?;
    Some(Highlight {
        column: column.to_owned(),
        text: shown.to_owned(),
        start: window.start,
        ranges: merged(matches, &window),
        continues: window.end < text.len(),
    })
}

/// Returns the parts of the matches inside the window, relative to its start.
fn merged(matches: &[Match], window: &Range<usize>) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for found in matches {
        let (start, end) = (found.start.max(window.start), found.end.min(window.end));
        if start >= end {
            continue;
        }
        let (start, end) = (start - window.start, end - window.start);
        match ranges.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => ranges.push(start..end),
        }
    }
    ranges
}

/// A text with the byte offsets of its characters.
struct Characters<'a> {
    text: &'a str,
    /// The byte offset of each character, followed by the length of the text in bytes.
    starts: Vec<usize>,
}

impl<'a> Characters<'a> {
    fn new(text: &'a str) -> Self {
        let starts = text.char_indices().map(|(start, _)| start).chain([text.len()]);
        Self { text, starts: starts.collect() }
    }

    fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Returns the number of characters before a byte offset.
    fn before(&self, byte: usize) -> usize {
        self.starts.partition_point(|&start| start < byte)
    }

    fn byte(&self, character: usize) -> usize {
        self.starts.get(character).copied().unwrap_or(self.text.len())
    }

    /// Returns the byte range of the part of the text around the best matches.
    fn window(&self, matches: &[Match], length: usize) -> Range<usize> {
        let spans: Vec<MatchSpan> = matches
            .iter()
            .map(|found| MatchSpan {
                start: self.before(found.start),
                end: self.before(found.end),
                term: found.term,
            })
            .collect();
        let best = best(&spans, length);
        let spare = length.saturating_sub(best.len());
        let start = best.start.saturating_sub(spare / 2).min(self.count().saturating_sub(length));
        let end = start.saturating_add(length).min(self.count());
        let (start, end) = (self.byte(start), self.byte(end));
        let (first, last) = (self.byte(best.start), self.byte(best.end).min(end));
        self.start_of_word(start, first)..self.end_of_word(end, last)
    }

    /// Moves the start of the window to the next word if it is inside or at the end of a word, but not past the first match.
    fn start_of_word(&self, start: usize, first: usize) -> usize {
        let part = self.text.get(start..first).unwrap_or_default();
        let before = self.text.get(..start).and_then(|before| before.chars().next_back());
        let inside = before.is_some_and(char::is_alphanumeric);
        let mut letters = part.char_indices().take(LONGEST_CUT_WORD);
        let skipped = match inside {
            false => 0,
            true => letters.find(|(_, letter)| !letter.is_alphanumeric()).map_or(0, |(at, _)| at),
        };
        let rest = part.get(skipped..).unwrap_or_default();
        let shown = match inside {
            false => rest.trim_start(),
            true => rest.trim_start_matches(|letter: char| !letter.is_alphanumeric()),
        };
        start + skipped + (rest.len() - shown.len())
    }

    /// Moves the end of the window to the end of a word, but not before the last match.
    fn end_of_word(&self, end: usize, last: usize) -> usize {
        let part = self.text.get(last..end).unwrap_or_default();
        let after = self.text.get(end..).and_then(|after| after.chars().next());
        let inside = after.is_some_and(char::is_alphanumeric);
        let mut letters = part.char_indices().rev().take(LONGEST_CUT_WORD);
        let kept = match inside {
            false => part.len(),
            true => letters
                .find(|(_, letter)| !letter.is_alphanumeric())
                .map_or(part.len(), |(at, letter)| at + letter.len_utf8()),
        };
        last + part.get(..kept).unwrap_or_default().trim_end().len()
    }
}

/// A match, with its range in characters.
struct MatchSpan {
    start: usize,
    end: usize,
    term: usize,
}

/// Finds the parts of at most `length` characters with the most terms, and returns the first one with the most matches.
fn best(spans: &[MatchSpan], length: usize) -> Range<usize> {
    let mut counts = vec![0_usize; spans.iter().map(|span| span.term + 1).max().unwrap_or_default()];
    let (mut terms, mut next, mut best_count) = (0, 0, (0, 0));
    let mut best = 0..0;
    for (first, span) in spans.iter().enumerate() {
        while let Some(last) = spans.get(next)
            && (next == first || last.end.saturating_sub(span.start) <= length)
        {
            add(&mut counts, last.term, &mut terms);
            next += 1;
        }
        if (terms, next - first) > best_count {
            best_count = (terms, next - first);
            let end = spans.get(first..next).unwrap_or_default().iter().map(|span| span.end).max();
            best = span.start..end.unwrap_or(span.end).min(span.start.saturating_add(length));
        }
        if let Some(count) = counts.get_mut(span.term) {
            *count -= 1;
            terms -= usize::from(*count == 0);
        }
    }
    best
}

fn add(counts: &mut [usize], term: usize, terms: &mut usize) {
    if let Some(count) = counts.get_mut(term) {
        *count += 1;
        *terms += usize::from(*count == 1);
    }
}
