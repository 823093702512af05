//! The names of columns in older tables.

use std::collections::HashMap;

use darling::error::Accumulator;
use proc_macro2::Span;
use syn::LitStr;

use crate::input::Keyed;
use crate::model::ColumnModel;
use crate::validate::embed::Embed;
use crate::validate::{column_name, report};

/// The old names of one column, with their spans.
pub(super) type OldNames = Vec<(String, Span)>;

pub(super) fn of(keys: &[Keyed<LitStr>]) -> OldNames {
    keys.iter().map(|old| (old.value.value(), old.value.span())).collect()
}

/// Checks that each old name is a valid column name, that no current column has it, and that no two columns share it.
pub(super) fn check(
    old_names: &[OldNames],
    columns: &[ColumnModel],
    embeds: &[Embed],
    errors: &mut Accumulator,
) {
    let mut renamed: HashMap<&str, usize> = HashMap::new();
    for (index, names) in old_names.iter().enumerate() {
        for (name, span) in names {
            let earlier = renamed.insert(name, index);
            let problem = column_name::problem(name).map(|problem| {
                format!("{problem}, so no older table has such a column: write the column's name in an older table")
            });
            let problem = problem
                .or_else(|| current_column(name, index, columns, embeds))
                .or_else(|| earlier.map(|earlier| duplicate(name, index, earlier, columns)));
            if let Some(problem) = problem {
                report(errors, *span, problem);
            }
        }
    }
}

/// Returns a message if a current column has the name.
fn current_column(name: &str, index: usize, columns: &[ColumnModel], embeds: &[Embed]) -> Option<String> {
    let column = columns.iter().position(|column| column.field.name == name);
    if column == Some(index) {
        return Some(format!(
            "`{name}` is the current name of the column: write its old name, or remove `rename_from`"
        ));
    }
    let owner = match (column, embeds.iter().find(|embed| embed.model.vector_column == name)) {
        (Some(column), _) => format!("of field `{}`", columns[column].field.ident),
        (None, Some(embed)) => format!("of the vector of `{}`", columns[embed.model.column].field.ident),
        (None, None) => return None,
    };
    Some(format!(
        "`{name}` is the current column {owner}, so its data cannot belong to this field: remove `rename_from`"
    ))
}

fn duplicate(name: &str, index: usize, earlier: usize, columns: &[ColumnModel]) -> String {
    if index == earlier {
        return format!("duplicate name `{name}`: write it only once");
    }
    let [first, second] = [earlier, index].map(|column| columns[column].field.ident.to_string());
    format!("`{first}` and `{second}` have the same old name `{name}`: remove `rename_from` from one of them")
}
