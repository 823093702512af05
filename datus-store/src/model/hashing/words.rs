//! Splits text into words, and identifiers into their parts.

/// Returns the words of a text in their original case.
///
/// A word is a run of letters or digits. Runs are split at the boundaries in `snake_case`, `camelCase`, `HTTPServer` and
/// `address2`, and between CJK and other scripts.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).flat_map(|run| Parts { rest: run })
}

struct Parts<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (part, rest) = self.rest.split_at(end_of_first_part(self.rest));
        self.rest = rest;
        (!part.is_empty()).then_some(part)
    }
}

fn end_of_first_part(run: &str) -> usize {
    let mut chars = run.char_indices();
    let Some((_, first)) = chars.next() else { return 0 };
    let mut before = Class::of(first);
    while let Some((at, c)) = chars.next() {
        let class = Class::of(c);
        if begins_part(before, class, chars.as_str()) {
            return at;
        }
        before = class;
    }
    run.len()
}

fn begins_part(before: Class, class: Class, after: &str) -> bool {
    match (before, class) {
        // In `HTTPServer`, the last capital belongs to `Server`.
        (Class::Upper, Class::Upper) => begins_lower(after) && !is_plural_ending(after),
        (Class::Upper, Class::Lower) => false,
        (before, class) => before != class,
    }
}

fn begins_lower(text: &str) -> bool {
    text.chars().next().is_some_and(|c| Class::of(c) == Class::Lower)
}

/// Returns `true` for a plural `s` after an acronym: `IDs` is one word, not `I` and `Ds`.
fn is_plural_ending(text: &str) -> bool {
    text.strip_prefix('s').is_some_and(|rest| !begins_lower(rest))
}

/// The class of a character. A word boundary lies between characters of different classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A lowercase letter, or a letter of a script without case.
    Lower,
    Upper,
    Digit,
    Cjk,
}

impl Class {
    fn of(c: char) -> Self {
        if is_cjk(c) {
            Self::Cjk
        } else if c.is_numeric() {
            Self::Digit
        } else if c.is_uppercase() {
            Self::Upper
        } else {
            Self::Lower
        }
    }
}

/// Returns `true` for Han, kana and Hangul, the scripts that Lucene's `CJKBigramFilter` indexes as bigrams.
pub(super) fn is_cjk(c: char) -> bool {
    c >= '\u{1100}'
        && matches!(c,
            '\u{1100}'..='\u{11FF}' // Hangul Jamo
            | '\u{3005}'..='\u{3007}' // iteration marks, the numeral zero
            | '\u{3040}'..='\u{30FF}' // Hiragana, Katakana
            | '\u{3130}'..='\u{318F}' // Hangul compatibility Jamo
            | '\u{31F0}'..='\u{31FF}' // Katakana extensions
            | '\u{3400}'..='\u{4DBF}' // Han extension A
            | '\u{4E00}'..='\u{9FFF}' // Han
            | '\u{AC00}'..='\u{D7AF}' // Hangul syllables
            | '\u{F900}'..='\u{FAFF}' // Han compatibility
            | '\u{FF66}'..='\u{FF9F}' // half-width Katakana
            | '\u{20000}'..='\u{3FFFF}' // Han extensions B and later
        )
}
