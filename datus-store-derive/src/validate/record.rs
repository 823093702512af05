//! Records.

use darling::error::Accumulator;

use crate::input::{ContainerKeys, Input};
use crate::model::RecordModel;
use crate::validate::column::Columns;
use crate::validate::{
    column, embed, generics, key, metadata, method, rename_from, report, schema_version, shape, table,
};

/// Resolves a record, or returns all errors in it.
pub(crate) fn record(input: Input, mut errors: Accumulator) -> darling::Result<RecordModel> {
    let krate = input.krate();
    let Input { ident, vis, generics, description, keys, shape } = input;
    let ContainerKeys { table, rename_all, krate: _, key: container_key, schema_version, metadata, of: _ } =
        keys;
    generics::owned(&generics, "a record", &mut errors);
    let table = table::name(table.as_ref(), &ident, &mut errors);
    let schema_version = schema_version::of(schema_version.as_ref(), &mut errors);
    let metadata = metadata::pairs(&metadata, &mut errors);
    let fields = shape::record_fields(shape, &ident, &mut errors);

    let methods = method::names(fields.as_deref().unwrap_or_default());
    let key = key::of(container_key.as_ref(), fields.as_deref().unwrap_or_default(), &mut errors);
    let scope = key::scope(fields.as_deref().unwrap_or_default());
    let embeds = embed::of(fields.as_deref().unwrap_or_default(), &mut errors);
    let case = rename_all.map(|case| case.value);
    let Columns { columns, old_names, skipped } = match fields {
        Some(fields) => {
            let columns = column::of(fields, case, methods, &mut errors);
            if columns.columns.is_empty() {
                let message =
                    format!("record `{ident}` has no columns: add a field without `#[datus(skip)]`");
                report(&mut errors, ident.span(), message);
            }
            columns
        }
        None => Columns::default(),
    };
    embed::distinct(&embeds, &columns, &mut errors);
    rename_from::check(&old_names, &columns, &embeds, &mut errors);

    errors.finish_with(RecordModel {
        key: key.iter().map(|part| part.column).collect(),
        scope,
        embeds: embeds.into_iter().map(|embed| embed.model).collect(),
        ident,
        vis,
        generics,
        krate,
        table,
        description,
        schema_version,
        metadata,
        columns,
        skipped,
    })
}
