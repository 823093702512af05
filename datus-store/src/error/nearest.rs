/// Returns the candidate that `name` probably misspells.
///
/// A candidate qualifies with at most one edit per three characters. An edit inserts, removes or replaces a character, or
/// swaps two neighbors. Case, `-` and `_` are ignored.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = folded(name);
    if name.len() > LONGEST {
        return None;
    }
    let limit = name.len().max(3) / 3;
    let close = candidates.into_iter().filter_map(|candidate| {
        let edits = edits(&name, &folded(candidate));
        (edits <= limit).then_some((edits, candidate))
    });
    close.min_by_key(|(edits, _)| *edits).map(|(_, candidate)| candidate)
}

/// The maximum length of a name to compare. The time grows with the product of the lengths.
const LONGEST: usize = 200;

fn folded(name: &str) -> Vec<char> {
    name.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// Returns the number of edits between two texts: the optimal string alignment distance.
fn edits(left: &[char], right: &[char]) -> usize {
    let mut before = vec![0; right.len() + 1];
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, to) in right.iter().enumerate() {
            let replaced = previous[column] + usize::from(from != to);
            let mut best = replaced.min(previous[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *from == right[column - 1] && left[row - 1] == *to {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut previous, current);
    }
    previous[right.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelling_finds_its_name_and_other_texts_find_none() {
        let names = ["table_name", "database_name", "row_count", "in"];
        for (name, expected) in [
            ("tablename", Some("table_name")),
            ("TableName", Some("table_name")),
            ("datbase_name", Some("database_name")),
            ("rwo_count", Some("row_count")),
            ("row-count", Some("row_count")),
            ("im", Some("in")),
            ("schema", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, names), expected, "{name}");
        }
        assert_eq!(nearest(&"row_count".repeat(1_000_000), names), None);
    }
}
