//! Splits a text into passages with a limited number of words.

use std::ops::Range;

/// The lengths of passages, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Windows {
    /// The maximum number of words per passage, at least 1.
    pub(super) words: usize,
    /// The number of words that a passage shares with the previous one, at most half of `words`.
    pub(super) overlap: usize,
}

/// The maximum number of characters per word. A longer run without whitespace counts as several words.
const LONG: usize = 30;

/// A word, and `true` if a sentence ends with it.
struct Word {
    bytes: Range<usize>,
    ends_sentence: bool,
}

/// Returns the passages of a text, in order. Every word is in one of them. A blank text is one passage.
pub(super) fn passages(text: &str, windows: Windows) -> Vec<&str> {
    let words = words(text);
    let mut passages = Vec::new();
    let mut start = 0;
    while start < words.len() {
        let end = end_of_passage(&words, start, windows.words.max(1));
        let bytes = words.get(start).zip(words.get(end - 1));
        passages.extend(bytes.and_then(|(first, last)| text.get(first.bytes.start..last.bytes.end)));
        if end == words.len() {
            break;
        }
        start = end.saturating_sub(windows.overlap).max(start + 1);
    }
    if passages.is_empty() { vec![text] } else { passages }
}

/// Returns the end of the passage that begins with word `start`: after the last sentence that ends in the second half of the
/// passage, or after `max_words` words.
fn end_of_passage(words: &[Word], start: usize, max_words: usize) -> usize {
    let end = start.saturating_add(max_words);
    if end >= words.len() {
        return words.len();
    }
    let second_half = start + max_words / 2..end;
    let sentence = second_half.rev().find(|&word| words.get(word).is_some_and(|word| word.ends_sentence));
    sentence.map_or(end, |word| word + 1)
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let (mut start, mut length) = (0, 0);
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if character.is_whitespace() {
            length = 0;
            continue;
        }
        if length == 0 {
            start = at;
        }
        length += 1;
        let end = at + character.len_utf8();
        let is_end = next.is_none_or(char::is_whitespace)
            || length == LONG
            || is_word(character)
            || next.is_some_and(is_word);
        // Punctuation after a single-character word belongs to that word.
        if is_end && !(is_word(character) && next.is_some_and(is_mark)) {
            words.push(Word { bytes: start..end, ends_sentence: ends_sentence(text.get(start..end), next) });
            length = 0;
        }
    }
    words
}

/// Returns `true` for a character of a script that is written without spaces between words.
fn is_word(character: char) -> bool {
    matches!(character,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Returns `true` for punctuation, which does not begin a word in these scripts.
fn is_mark(character: char) -> bool {
    !character.is_alphanumeric() && !character.is_whitespace() && !is_word(character)
}

/// Returns `true` if a sentence ends with the word. Such a word ends with a period or a similar mark, optionally followed by
/// quotes or brackets, before whitespace. In Chinese and Japanese, no space follows.
fn ends_sentence(word: Option<&str>, next: Option<char>) -> bool {
    let word = word.unwrap_or_default().trim_end_matches(['"', '\'', ')', ']', '”', '’', '」', '』', '）']);
    let before_space = next.is_none_or(char::is_whitespace);
    word.ends_with(['。', '！', '？']) || before_space && word.ends_with(['.', '!', '?', '…'])
}
