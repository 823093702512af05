//! Chooses the names of the builder's methods, two for each column.

use std::collections::HashSet;

use proc_macro2::Ident;
use quote::format_ident;
use syn::ext::IdentExt;

use crate::input::FieldInput;

/// The names that a column's method must not have: the builder's own methods, and common methods of std's traits.
const RESERVED: &[&str] = &[
    // The builder.
    "new",
    "filter",
    "matching",
    "limit",
    "limit_per",
    "offset",
    "order_by",
    "count_by",
    "min",
    "max",
    "select",
    "select_as",
    "select_columns",
    "page",
    "distinct",
    "full_text",
    "hybrid",
    "text_query",
    "rerank",
    "rerank_by",
    "candidates",
    "with_vectors",
    "stream",
    "arrow",
    "arrow_stream",
    "json",
    "first",
    "count",
    "explain",
    "distance_range",
    "nprobes",
    "minimum_nprobes",
    "maximum_nprobes",
    "refine_factor",
    "ef",
    "exact",
    "into_future",
    "len",
    "is_empty",
    "iter",
    // std.
    "clone",
    "fmt",
    "into",
    "from",
    "try_into",
    "borrow",
    "borrow_mut",
    "as_ref",
    "type_id",
    "to_owned",
];

/// The two methods of one column.
pub(super) struct Methods {
    pub(super) eq: Ident,
    pub(super) maybe: Ident,
}

/// Chooses the names of the methods for the fields that are columns, in order.
///
/// The name of a field takes precedence over derived names. If a name is taken, `_is` is appended until it is free.
pub(super) fn names(fields: &[FieldInput]) -> Vec<Methods> {
    let columns: Vec<&Ident> =
        fields.iter().filter(|field| field.keys.skip.is_none()).map(|field| &field.ident).collect();
    let mut taken: HashSet<String> = RESERVED.iter().map(|name| (*name).to_owned()).collect();
    let free: HashSet<String> = columns
        .iter()
        .map(|column| column.unraw().to_string())
        .filter(|name| !taken.contains(name))
        .collect();
    taken.extend(free.iter().cloned());

    let mut eq = Vec::new();
    for column in &columns {
        let own = column.unraw().to_string();
        eq.push(if free.contains(&own) { Ident::clone(column) } else { claim(own, column, &mut taken) });
    }
    let mut methods = Vec::new();
    for (column, eq) in columns.iter().zip(eq) {
        let maybe = claim(
            format!("maybe_{}", column.unraw().to_string().trim_start_matches('_')),
            column,
            &mut taken,
        );
        methods.push(Methods { eq, maybe });
    }
    methods
}

fn claim(mut name: String, field: &Ident, taken: &mut HashSet<String>) -> Ident {
    while !taken.insert(name.clone()) {
        name.push_str("_is");
    }
    format_ident!("{name}", span = field.span())
}
