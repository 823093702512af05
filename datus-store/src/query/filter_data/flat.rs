//! Keys of a query string: `row_count[ge]=1000&table_type[in]=table&table_type[in]=view`.
//!
//! The formats of query strings that know brackets nest the values themselves. Others pass the whole key on, with the text
//! of one value.

use super::Data;

/// Nests the values of keys with brackets. `is_key` returns `true` for a key that is taken as it is.
pub(super) fn nest(entries: Vec<(String, Data)>, is_key: impl Fn(&str) -> bool) -> Vec<(String, Data)> {
    let mut nested: Vec<(String, Data)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        match segments(&key).filter(|_| !is_key(&key)) {
            Some(segments) => insert(&mut nested, &segments, value),
            None => nested.push((key, value)),
        }
    }
    nested
}

/// Splits `a[b][c]` into its segments. `[]` at the end is left out. Returns `None` for other keys.
fn segments(key: &str) -> Option<Vec<&str>> {
    let (first, rest) = key.strip_suffix(']')?.split_once('[')?;
    let mut segments = vec![first];
    segments.extend(rest.split("]["));
    if segments.last() == Some(&"") {
        segments.pop();
    }
    Some(segments)
}

/// Adds a value at the end of a path. A path that is repeated has the list of its values.
fn insert(map: &mut Vec<(String, Data)>, path: &[&str], value: Data) {
    let [key, rest @ ..] = path else { return };
    let Some((_, entry)) = map.iter_mut().find(|(present, _)| present == key) else {
        let value = rest.iter().rev().fold(value, |value, key| Data::Map(vec![((*key).to_owned(), value)]));
        map.push(((*key).to_owned(), value));
        return;
    };
    match (entry, rest) {
        (Data::Map(inside), [_, ..]) => insert(inside, rest, value),
        (Data::List(items), []) => items.push(value),
        (entry, []) => *entry = Data::List(vec![std::mem::replace(entry, Data::Null), value]),
        // The short form of the column and an operator: `a=1&a[ge]=2`.
        (_, [_, ..]) => {
            let value =
                rest.iter().rev().fold(value, |value, key| Data::Map(vec![((*key).to_owned(), value)]));
            map.push(((*key).to_owned(), value));
        }
    }
}
