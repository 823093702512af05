//! The phrases that messages share: lists of names and suggestions.

/// Formats a list of names as code: `` `a`, `b`, `c` ``.
pub(crate) fn list<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect();
    quoted.join(", ")
}

/// Returns the message for an unknown name, with a suggestion if a valid name is similar.
///
/// `valid` is a sentence that starts with a lowercase letter and ends with the list of valid names.
pub(crate) fn unknown<S: AsRef<str>>(
    what: &str,
    name: &str,
    candidates: impl IntoIterator<Item = S>,
    valid: &str,
) -> String {
    let candidates: Vec<S> = candidates.into_iter().collect();
    let is_candidate = |name: &&str| candidates.iter().any(|candidate| candidate.as_ref() == *name);
    match alias_of(name).filter(is_candidate).map(str::to_owned).or_else(|| nearest(name, &candidates)) {
        Some(suggestion) => {
            let valid = capitalized(valid);
            format!("unknown {what} `{name}`; did you mean `{suggestion}`? {valid}")
        }
        None => format!("unknown {what} `{name}`: {valid}"),
    }
}

/// Returns the key that other libraries call `name`.
fn alias_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "full_text" | "fulltext" | "full_text_search" | "text_index" | "searchable" => "fts",
        "primary_key" | "pk" | "id" | "merge_key" => "key",
        "vector" | "embedding" | "source" | "source_field" => "embed",
        "indexed" | "scalar_index" => "index",
        "name" | "column_name" | "alias" => "rename",
        "ignore" | "transient" | "skip_serializing" | "skip_deserializing" => "skip",
        "table_name" | "collection" => "table",
        "case" | "rename_fields" => "rename_all",
        "distance" | "distance_type" | "similarity" => "metric",
        "nested" | "inline" => "flatten",
        "serialize_with" | "deserialize_with" | "serialize" => "with",
        _ => return None,
    })
}

/// Returns the candidate that `name` probably misspells.
///
/// A candidate qualifies if it needs at most one edit per three letters, as in rustc's suggestions. Case is ignored.
pub(crate) fn nearest<S: AsRef<str>>(name: &str, candidates: impl IntoIterator<Item = S>) -> Option<String> {
    let name = name.to_lowercase();
    let limit = name.chars().count().max(3) / 3;
    candidates
        .into_iter()
        .map(|candidate| {
            let lower = candidate.as_ref().to_lowercase();
            (strsim::damerau_levenshtein(&name, &lower), candidate.as_ref().to_owned())
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Converts the first letter to upper case.
pub(crate) fn capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
