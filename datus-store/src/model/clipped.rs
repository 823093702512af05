use std::borrow::Cow;

/// The maximum number of characters of untrusted input that a message quotes.
const MAX_CHARACTERS: usize = 200;

/// Shortens untrusted input for a message that quotes it.
pub(crate) fn clipped(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::clipped;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(clipped("größer"), "größer");
        assert_eq!(clipped(&"ß".repeat(200)), "ß".repeat(200));
        assert_eq!(clipped(&"ß".repeat(201)), format!("{}…", "ß".repeat(200)));
    }
}
