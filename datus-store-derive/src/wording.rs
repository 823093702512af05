//! The words that messages share: lists of names and "did you mean".

/// Lists names as code: `` `a`, `b`, `c` ``.
pub(crate) fn list<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect();
    quoted.join(", ")
}

/// Says what is unknown, the nearest name if one is near, and every valid name.
///
/// `valid` is a sentence that starts in lower case and ends in the list of valid names.
pub(crate) fn unknown<S: AsRef<str>>(
    what: &str,
    name: &str,
    candidates: impl IntoIterator<Item = S>,
    valid: &str,
) -> String {
    match nearest(name, candidates) {
        Some(near) => {
            let valid = capitalized(valid);
            format!("unknown {what} `{name}`; did you mean `{near}`? {valid}")
        }
        None => format!("unknown {what} `{name}`: {valid}"),
    }
}

/// Finds the candidate that `name` is probably a slip of.
///
/// One edit in three letters is near, as in rustc's own suggestions; case does not count.
pub(crate) fn nearest<S: AsRef<str>>(name: &str, candidates: impl IntoIterator<Item = S>) -> Option<String> {
    let wanted = name.to_lowercase();
    let limit = wanted.chars().count().max(3) / 3;
    candidates
        .into_iter()
        .map(|candidate| {
            let lower = candidate.as_ref().to_lowercase();
            (strsim::damerau_levenshtein(&wanted, &lower), candidate.as_ref().to_owned())
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Puts the first letter in upper case.
pub(crate) fn capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
