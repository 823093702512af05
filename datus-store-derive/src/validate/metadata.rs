//! The metadata of the table's schema.

use std::collections::HashSet;

use darling::error::Accumulator;
use syn::LitStr;

use crate::input::Keyed;
use crate::validate::report;

/// Prefixes of the names that datus-store and Lance keep for themselves.
const RESERVED: &[(&str, &str)] = &[
    ("datus:", "datus-store"),
    ("lancedb", "LanceDB"),
    ("lance:", "Lance"),
    ("lance-", "Lance"),
    ("lance_", "Lance"),
    ("lance.", "Lance"),
];

/// Resolves all `metadata(…)` of a record into one list.
pub(super) fn pairs(
    said: &[Keyed<Vec<(LitStr, LitStr)>>],
    errors: &mut Accumulator,
) -> Vec<(String, String)> {
    let mut names = HashSet::new();
    let mut pairs = Vec::new();
    for metadata in said {
        if metadata.value.is_empty() {
            let message = "`metadata` has nothing in it: write `metadata(\"name\" = \"value\")`";
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
            "metadata name `{name}` is reserved, because {owner} owns names that \
             start with `{prefix}`: choose another"
        ));
    }
    if !seen.insert(name.to_owned()) {
        return Some(format!("duplicate metadata name `{name}`: say it once"));
    }
    None
}
