//! The metadata of the table's schema.

use std::collections::HashSet;

use darling::error::Accumulator;
use syn::LitStr;

use crate::input::Keyed;
use crate::validate::report;

/// The prefixes of names that datus-store, LanceDB and Lance reserve.
const RESERVED: &[(&str, &str)] = &[
    ("datus:", "datus-store"),
    ("lancedb", "LanceDB"),
    ("lance:", "Lance"),
    ("lance-", "Lance"),
    ("lance_", "Lance"),
    ("lance.", "Lance"),
];

/// Combines all `metadata(…)` keys of a record into one list.
pub(super) fn pairs(
    keys: &[Keyed<Vec<(LitStr, LitStr)>>],
    errors: &mut Accumulator,
) -> Vec<(String, String)> {
    let mut names = HashSet::new();
    let mut pairs = Vec::new();
    for metadata in keys {
        if metadata.value.is_empty() {
            let message = "`metadata` is empty: write `metadata(\"name\" = \"value\")`";
            report(errors, metadata.key, message);
        }
        for (name, value) in &metadata.value {
            if let Some(problem) = problem(&name.value(), &mut names) {
                report(errors, name.span(), problem);
            }
            pairs.push((name.value(), value.value()));
        }
    }
    pairs
}

fn problem(name: &str, seen: &mut HashSet<String>) -> Option<String> {
    if name.is_empty() {
        return Some("a metadata name cannot be empty: write `metadata(\"name\" = \"value\")`".to_owned());
    }
    if let Some((prefix, owner)) = RESERVED.iter().find(|(prefix, _)| name.starts_with(prefix)) {
        return Some(format!(
            "metadata name `{name}` is reserved, because names that start with `{prefix}` belong to {owner}: \
             choose a different name"
        ));
    }
    if !seen.insert(name.to_owned()) {
        return Some(format!("duplicate metadata name `{name}`: write it only once"));
    }
    None
}
