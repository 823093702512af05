use std::borrow::Cow;

/// The characters that are kept of the beginning of a longer text, and of its end.
const KEPT: (usize, usize) = (160, 40);

/// Cuts a text that an error repeats of its input: of one of more than 200 characters the beginning and the end are left, with
/// `…` between them. The input may be of any size, and must not fill a log.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    let (first, last) = KEPT;
    // More bytes than that many characters can have are not counted.
    if text.len() <= first + last || text.chars().nth(first + last).is_none() {
        return Cow::Borrowed(text);
    }
    let end = text.char_indices().nth(first).map_or(text.len(), |(end, _)| end);
    let start = text.char_indices().rev().nth(last - 1).map_or(end, |(start, _)| start);
    Cow::Owned(format!("{} … {}", &text[..end], &text[start..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_a_short_one_is_whole() {
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
