use std::borrow::Cow;

/// The number of characters kept from the start of a long text, and from its end.
const HEAD: usize = 160;
const TAIL: usize = 40;

/// Shortens text that an error quotes from its input, which may be of any size and must not fill a log.
///
/// Text of at most 200 characters is returned unchanged. Longer text is reduced to its start and end, joined by `…`.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    // Text of at most this many bytes is short enough, and its characters need not be counted.
    if text.len() <= HEAD + TAIL || text.chars().nth(HEAD + TAIL).is_none() {
        return Cow::Borrowed(text);
    }
    let head_end = text.char_indices().nth(HEAD).map_or(text.len(), |(at, _)| at);
    let tail_start = text.char_indices().rev().nth(TAIL - 1).map_or(head_end, |(at, _)| at);
    Cow::Owned(format!("{} … {}", &text[..head_end], &text[tail_start..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_between_characters_and_short_text_is_unchanged() {
        for character in ["a", "é", "語", "🎉"] {
            let whole = character.repeat(200);
            assert_eq!(excerpt(&whole), whole);
            let cut = excerpt(&character.repeat(201)).into_owned();
            assert_eq!(cut, format!("{} … {}", character.repeat(160), character.repeat(40)));
            assert_eq!(excerpt(&character.repeat(10_000_000)), cut);
        }
        assert_eq!(excerpt(""), "");
    }
}
