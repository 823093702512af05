/// What a `LIKE` pattern asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Pattern {
    /// There is no wildcard in it: the text equals this one.
    Literal(String),
    /// There is; backslashes stand before `%`, `_` and `\` only.
    Wild(String),
}

/// Puts a pattern in the one form that scans and indexes of the engine read alike.
///
/// A scan drops a backslash before any character, an index keeps it before an ordinary one; and an index takes a
/// pattern without wildcards for a prefix when a wildcard stands after three backslashes.
pub(super) fn pattern(pattern: &str) -> Pattern {
    let (mut text, mut escaped, mut wild) = (String::new(), String::new(), false);
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' | '_' => {
                wild = true;
                escaped.push(character);
            }
            // The last character of a pattern may be a backslash, which then stands for itself.
            '\\' => push(&mut text, &mut escaped, characters.next().unwrap_or('\\')),
            other => push(&mut text, &mut escaped, other),
        }
    }
    if wild { Pattern::Wild(escaped) } else { Pattern::Literal(text) }
}

/// Appends a character that stands for itself.
fn push(text: &mut String, escaped: &mut String, character: char) {
    text.push(character);
    if matches!(character, '%' | '_' | '\\') {
        escaped.push('\\');
    }
    escaped.push(character);
}
