//! The names that columns had in older tables.

use std::collections::HashMap;

use darling::error::Accumulator;
use proc_macro2::Span;
use syn::LitStr;

use crate::input::Keyed;
use crate::model::ColumnModel;
use crate::validate::embed::Embed;
use crate::validate::{column_name, report};

/// The old names of one column, with the places where they are said.
pub(super) type OldNames = Vec<(String, Span)>;

pub(super) fn of(said: &[Keyed<LitStr>]) -> OldNames {
    said.iter().map(|old| (old.value.value(), old.value.span())).collect()
}

/// Checks that each old name could be a column's and is no column now, and that no two columns had it.
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
                format!("{problem}, so no column was called that: say the name that an older table has")
            });
            let problem = problem
                .or_else(|| taken(name, index, columns, embeds))
                .or_else(|| earlier.map(|earlier| twice(name, index, earlier, columns)));
            if let Some(problem) = problem {
                report(errors, *span, problem);
            }
        }
    }
}

/// Says that a column has the name now.
fn taken(name: &str, index: usize, columns: &[ColumnModel], embeds: &[Embed]) -> Option<String> {
    let column = columns.iter().position(|column| column.field.name == name);
    if column == Some(index) {
        return Some(format!(
            "the column is called `{name}` now: say its older name, or remove `rename_from`"
        ));
    }
    let owner = match (column, embeds.iter().find(|embed| embed.model.vector_column == name)) {
        (Some(column), _) => format!("of field `{}`", columns[column].field.ident),
        (None, Some(embed)) => format!("of the vector of `{}`", columns[embed.model.column].field.ident),
        (None, None) => return None,
    };
    Some(format!(
        "`{name}` is the column {owner} now, so its data would be taken for another's: remove `rename_from`"
    ))
}

fn twice(name: &str, index: usize, earlier: usize, columns: &[ColumnModel]) -> String {
    if index == earlier {
        return format!("duplicate name `{name}`: say it once");
    }
    let [first, second] = [earlier, index].map(|column| columns[column].field.ident.to_string());
    format!("`{first}` and `{second}` were both called `{name}`: remove `rename_from` from one of them")
}
