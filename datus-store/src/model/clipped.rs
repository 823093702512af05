use std::borrow::Cow;

/// The most characters of a text from outside that a message repeats.
const MOST: usize = 200;

/// A text from outside as a message repeats it: long ones are cut.
pub(crate) fn clipped(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MOST) {
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
