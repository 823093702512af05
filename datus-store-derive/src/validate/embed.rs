//! Vector columns.

use darling::error::Accumulator;
use proc_macro2::{Ident, Span};

use crate::input::{EmbedKeys, FieldInput};
use crate::model::{ColumnModel, EmbedModel, ModelChoice, TextModel};
use crate::validate::column_name::{self, ColumnName};
use crate::validate::{report, template};

/// The default name of a vector column.
const DEFAULT_COLUMN: &str = "vector";

/// A vector column, with its source field and the span to report errors about its name at.
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
        let EmbedKeys { model, column: vector_column, metric, index, element, template } = key.value.clone();
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
                model: match model {
                    Some(model) => ModelChoice::Fixed(model.value),
                    None => ModelChoice::Dynamic,
                },
            },
            source: field.ident.clone(),
            name_span: span,
        });
    }
    embeds
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
