//! Patterns of `LIKE`.

/// What a pattern asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Pattern {
    /// There is no wildcard in it: the text equals this one.
    Whole(String),
    /// There is. A backslash stands before `%`, `_` and `\` only.
    Wild(String),
}

/// Brings a pattern into the form that scans and indexes of the engine read alike.
///
/// A scan drops a backslash before any character, an index keeps it before an ordinary one. And an index takes a
/// wildcard after three backslashes for one, though the third makes it a character like others.
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
            // At the end of a pattern a backslash stands for itself.
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
    fn a_pattern_without_wildcards_is_a_text() {
        let cases =
            [("", ""), ("a'b", "a'b"), (r"50\%", "50%"), (r"\\\_", r"\_"), (r"\a", "a"), (r"a\", r"a\")];
        for (given, whole) in cases {
            assert_eq!(pattern(given), Pattern::Whole(whole.to_owned()), "{given}");
        }
    }

    #[test]
    fn backslashes_stay_before_wildcards_and_backslashes_alone() {
        let cases = [("a%", "a%"), (r"\a_", "a_"), (r"\%%", r"\%%"), (r"\\%", r"\\%"), (r"_\", r"_\\")];
        for (given, wild) in cases {
            assert_eq!(pattern(given), Pattern::Wild(wild.to_owned()), "{given}");
        }
    }
}
