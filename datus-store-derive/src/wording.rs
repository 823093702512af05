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
    let candidates: Vec<S> = candidates.into_iter().collect();
    let known = |meant: &&str| candidates.iter().any(|candidate| candidate.as_ref() == *meant);
    match meant(name).filter(known).map(str::to_owned).or_else(|| nearest(name, &candidates)) {
        Some(near) => {
            let valid = capitalized(valid);
            format!("unknown {what} `{name}`; did you mean `{near}`? {valid}")
        }
        None => format!("unknown {what} `{name}`: {valid}"),
    }
}

/// What other libraries call by the name is called here.
fn meant(name: &str) -> Option<&'static str> {
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
