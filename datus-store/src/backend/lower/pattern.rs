//! Normalizes `LIKE` patterns.

/// A normalized pattern.
#[derive(Debug, PartialEq)]
pub(super) enum Pattern {
    /// A pattern without wildcards, which matches only text that equals this string.
    Whole(String),
    /// A pattern with wildcards. A backslash occurs only before `%`, `_` and `\`.
    Wild(String),
}

/// Normalizes a pattern to a form that the engine's scans and indexes interpret in the same way.
///
/// A scan drops a backslash before any character, but an index keeps it before an ordinary character. An index also
/// treats a wildcard after three backslashes as a wildcard, although the third backslash escapes it.
pub(super) fn pattern(pattern: &str) -> Pattern {
    let (mut whole, mut escaped, mut wild) = (String::new(), String::new(), false);
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            '%' | '_' => {
                wild = true;
                escaped.push(character);
                continue;
            }
            // A backslash at the end of a pattern is literal.
            '\\' => characters.next().unwrap_or('\\'),
            other => other,
        };
        if matches!(literal, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(literal);
        whole.push(literal);
    }
    if wild { Pattern::Wild(escaped) } else { Pattern::Whole(whole) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_without_wildcards_is_plain_text() {
        let cases =
            [("", ""), ("a'b", "a'b"), (r"50\%", "50%"), (r"\\\_", r"\_"), (r"\a", "a"), (r"a\", r"a\")];
        for (given, whole) in cases {
            assert_eq!(pattern(given), Pattern::Whole(whole.to_owned()), "{given}");
        }
    }

    #[test]
    fn backslashes_stay_only_before_wildcards_and_backslashes() {
        let cases = [("a%", "a%"), (r"\a_", "a_"), (r"\%%", r"\%%"), (r"\\%", r"\\%"), (r"_\", r"_\\")];
        for (given, wild) in cases {
            assert_eq!(pattern(given), Pattern::Wild(wild.to_owned()), "{given}");
        }
    }
}
