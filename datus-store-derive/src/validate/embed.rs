//! Vector columns.

use darling::error::Accumulator;
use proc_macro2::{Ident, Span};
use syn::Path;

use crate::choice::Metric;
use crate::input::{EmbedKeys, FieldInput, Keyed};
use crate::model::{ColumnModel, EmbedModel, ModelChoice, TextModel};
use crate::validate::column_name::{self, ColumnName};
use crate::validate::{report, template};

/// The default name of a vector column.
const DEFAULT_COLUMN: &str = "vector";

/// A vector column, with its source field and the span at which to report errors about its name.
pub(super) struct Embed {
    pub(super) model: EmbedModel,
    source: Ident,
    name_span: Span,
}

/// Resolves the vector columns, in the order of their fields.
pub(super) fn of(fields: &[FieldInput], errors: &mut Accumulator) -> Vec<Embed> {
    let mut embeds = Vec::new();
    let columns = fields.iter().filter(|field| field.keys.skip.is_none());
    for (column, field) in columns.enumerate() {
        let Some(key) = &field.keys.embed else {
            continue;
        };
        let EmbedKeys { multi, model, column: vector_column, metric, index, element, template } =
            key.value.clone();
        if multi.is_some() {
            check_multi(model.as_ref(), metric.as_ref(), errors);
        }
        let ColumnName { name, span } = match &vector_column {
            Some(column) => ColumnName { name: column.value.value(), span: column.value.span() },
            None => ColumnName { name: DEFAULT_COLUMN.to_owned(), span: key.key },
        };
        if let Some(problem) = column_name::problem(&name) {
            let message =
                format!("{problem}: choose a different name with `#[datus(embed(column = \"…\"))]`");
            report(errors, span, message);
        }
        embeds.push(Embed {
            model: EmbedModel {
                column,
                text: match template {
                    Some(key) => TextModel::Template(template::of(&key.value, field, fields, errors)),
                    None => TextModel::Column,
                },
                vector_column: name,
                metric: metric.map(|metric| metric.value).unwrap_or_default(),
                index: index.map(|index| index.value).unwrap_or_default(),
                element: element.map(|element| element.value).unwrap_or_default(),
                model: match (multi, model) {
                    (Some(_), _) => ModelChoice::Multi,
                    (None, Some(model)) => ModelChoice::Fixed(model.value),
                    (None, None) => ModelChoice::Dynamic,
                },
            },
            source: field.ident.clone(),
            name_span: span,
        });
    }
    embeds
}

/// Checks that a column with several vectors per row has no key that applies only to a single vector.
fn check_multi(model: Option<&Keyed<Path>>, metric: Option<&Keyed<Metric>>, errors: &mut Accumulator) {
    if let Some(model) = model {
        let message = "`multi` takes its model when the store is opened: remove `model`, and pass a model with several \
                       vectors for a text, such as `model.passages()`";
        report(errors, model.key, message);
    }
    if let Some(metric) = metric.filter(|metric| metric.value != Metric::Cosine) {
        report(errors, metric.key, "`multi` compares vectors by their cosine: remove `metric`");
    }
}

/// Checks that no vector column has the name of another vector column or of a field's column.
pub(super) fn distinct(embeds: &[Embed], columns: &[ColumnModel], errors: &mut Accumulator) {
    for (position, embed) in embeds.iter().enumerate() {
        let name = &embed.model.vector_column;
        let earlier = embeds.iter().take(position).find(|other| other.model.vector_column == *name);
        let column = columns.iter().find(|column| column.field.name == *name);
        let owner = match (earlier, column) {
            (Some(earlier), _) => format!("the vectors of `{}` and", earlier.source),
            (None, Some(column)) => format!("field `{}` and the vector of", column.field.ident),
            (None, None) => continue,
        };
        let message = format!(
            "two columns are named `{name}`, {owner} `{}`: choose a different name for the vector with \
             `#[datus(embed(column = \"…\"))]`",
            embed.source
        );
        report(errors, embed.name_span, message);
    }
}
