//! Keys of a query string: `row_count[ge]=1000&table_type[in]=table&table_type[in]=view`.
//!
//! Query-string formats that support brackets nest the values themselves. Other formats pass on whole keys, each with the
//! text of one value. This module nests them.

use super::Data;

/// Nests the values of keys with brackets. `is_key` returns `true` for a key that must not be split.
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

/// Splits `a[b][c]` into its segments, and ignores `[]` at the end. Returns `None` for other keys.
fn segments(key: &str) -> Option<Vec<&str>> {
    let (first, rest) = key.strip_suffix(']')?.split_once('[')?;
    let mut segments = vec![first];
    segments.extend(rest.split("]["));
    if segments.last() == Some(&"") {
        segments.pop();
    }
    Some(segments)
}

/// Adds a value at the end of a path. The values of a repeated path become a list.
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
        // The query string has both the short form of the column and an operator: `a=1&a[ge]=2`.
        (_, [_, ..]) => {
            let value =
                rest.iter().rev().fold(value, |value, key| Data::Map(vec![((*key).to_owned(), value)]));
            map.push(((*key).to_owned(), value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Data, nest, segments};

    fn text(text: &str) -> Data {
        Data::Text(text.to_owned())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, Data)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), text(value))).collect()
    }

    #[test]
    fn only_keys_that_end_with_a_bracket_have_segments() {
        assert_eq!(segments("a[b]"), Some(vec!["a", "b"]));
        assert_eq!(segments("a[b][c]"), Some(vec!["a", "b", "c"]));
        assert_eq!(segments("a[b][]"), Some(vec!["a", "b"]));
        assert_eq!(segments("a[]"), Some(vec!["a"]));
        assert_eq!(segments("[b]"), Some(vec!["", "b"]));
        for key in ["", "a", "a]", "a[b", "[", "a[b]c"] {
            assert_eq!(segments(key), None, "{key}");
        }
    }

    #[test]
    fn repeated_keys_are_lists_and_other_keys_stay_as_they_are() {
        let nested = nest(
            pairs(&[("a[in]", "1"), ("b", "2"), ("a[in]", "3"), ("a[ge]", "4"), ("x[y]", "5")]),
            |key| key == "x[y]",
        );
        let of_a =
            vec![("in".to_owned(), Data::List(vec![text("1"), text("3")])), ("ge".to_owned(), text("4"))];
        let expected = vec![
            ("a".to_owned(), Data::Map(of_a)),
            ("b".to_owned(), text("2")),
            ("x[y]".to_owned(), text("5")),
        ];
        assert_eq!(nested, expected);
        // Nothing is lost if a key has both a value and operators: the reader reports it as repeated.
        let both = nest(pairs(&[("a", "1"), ("a[ge]", "2")]), |_| false);
        assert_eq!(both.iter().filter(|(key, _)| key == "a").count(), 2);
    }
}
