use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Path, Type, Visibility, WherePredicate, parse_quote};

use super::context::Context;
use crate::choice::{Choice, IndexKind};
use crate::model::{ColumnModel, EmbedModel, FieldModel, FlattenModel, RecordModel, Storage, TextModel};
use crate::names;

/// A trait bound that a type must satisfy, with a member of the trait that a check can name.
pub(super) struct Bound {
    /// The field's type, its adapter, or the stored type of the adapter.
    pub(super) ty: TokenStream,
    pub(super) path: TokenStream,
    pub(super) member: &'static str,
}

/// A column of a record or of a nested struct, with the tokens that the expansion needs.
pub(super) struct Column<'a> {
    pub(super) index: usize,
    pub(super) field: &'a FieldModel,
    /// `None` in a nested struct.
    pub(super) of_record: Option<&'a ColumnModel>,
    /// `true` if it must be text, because it is embedded or has a full-text index.
    text: bool,
    /// `true` if a template names it.
    in_template: bool,
    /// `true` if it is part of the key.
    pub(super) key: bool,
    /// `true` if it is part of the scope.
    pub(super) scope: bool,
    /// The position among the columns of the table: a number, plus the number of columns in each flattened field before it.
    pub(super) position: TokenStream,
    /// The type of the storage, with the span of the key that chose it.
    pub(super) storage: TokenStream,
    /// The type of the field, to use in code that requires a column; see [`Context::checked`].
    pub(super) checked: TokenStream,
    /// `true` if the type of the field depends on a generic parameter. The `where` clause then contains its bounds, and
    /// nothing can be checked.
    pub(super) generic: bool,
}

impl<'a> Column<'a> {
    pub(super) fn of_record(index: usize, model: &'a RecordModel, context: &Context<'_>) -> Self {
        let (RecordModel { columns, embeds, .. }, private) = (model, &context.private);
        let column = &columns[index];
        let is_plain = |embed: &EmbedModel| matches!(embed.text, TextModel::Column);
        let embedded = |embed: &EmbedModel| is_plain(embed) && embed.column == index;
        let before = columns.iter().take(index);
        let flattened = before.clone().filter(|column| column.flatten.is_some());
        let own = before.count() - flattened.clone().count();
        let flattened_len = flattened.map(|column| {
            let ty = context.checked(&column.field.ty);
            quote!(+ <#ty as #private::FlatColumns>::NAMES.len())
        });
        Self {
            of_record: Some(column),
            position: quote!(#own #(#flattened_len)*),
            text: column.fts.is_some() || embeds.iter().any(embedded),
            key: model.key.contains(&index),
            scope: model.scope.contains(&index),
            in_template: embeds.iter().any(|embed| !is_plain(embed) && embed.sources().contains(&index)),
            ..Self::of_struct(index, &column.field, context)
        }
    }

    pub(super) fn of_struct(index: usize, field: &'a FieldModel, context: &Context<'_>) -> Self {
        Self {
            index,
            field,
            position: quote!(#index),
            of_record: None,
            text: false,
            in_template: false,
            key: false,
            scope: false,
            storage: storage(field, index, context.ident, &context.private),
            checked: context.checked(&field.ty),
            generic: context.is_generic(&field.ty),
        }
    }

    pub(super) fn ident(&self) -> &'a Ident {
        &self.field.ident
    }

    pub(super) fn ty(&self) -> &'a Type {
        &self.field.ty
    }

    pub(super) fn vis(&self) -> &'a Visibility {
        &self.field.vis
    }

    pub(super) fn name(&self) -> &'a str {
        &self.field.name
    }

    /// Returns the path of the column, or of the flattened struct that contains its columns.
    pub(super) fn path(&self, private: &Path) -> TokenStream {
        match self.flatten() {
            Some(FlattenModel { prefix, .. }) => quote!(#private::ColumnPath::flattened(#prefix)),
            None => {
                let name = self.name();
                quote!(#private::ColumnPath::new(&[#name]))
            }
        }
    }

    /// Returns `true` if the column has full-text search.
    pub(super) fn has_fts(&self) -> bool {
        self.of_record.is_some_and(|column| column.fts.is_some())
    }

    /// Returns the options of `flatten`, or `None` if there is no `flatten`.
    pub(super) fn flatten(&self) -> Option<&'a FlattenModel> {
        self.of_record.and_then(|column| column.flatten.as_ref())
    }

    /// Returns the adapter that `with` names, or `None` if there is no `with`.
    pub(super) fn adapter(&self) -> Option<&'a Path> {
        match &self.field.storage {
            Storage::With(adapter) => Some(adapter),
            _ => None,
        }
    }

    /// Returns the name of the field that holds this column's builder or reader.
    pub(super) fn slot(&self) -> Ident {
        names::slot(self.index)
    }

    /// Returns the bounds on the field's type. `TextColumn` and `TimestampColumn` imply `Column`, which is then not checked
    /// separately, so that one mistake causes one error.
    pub(super) fn bounds(&self, private: &Path) -> Vec<Bound> {
        if self.flatten().is_some() {
            let ty = self.ty().to_token_stream();
            return vec![Bound { ty, path: quote!(#private::FlatColumns), member: "NAMES" }];
        }
        let index = self.of_record.and_then(|column| column.index.as_ref());
        let list = index.is_some_and(|index| index.kind == IndexKind::LabelList);
        let text = self.text || index.is_some_and(|index| index.kind == IndexKind::NGram);
        let stamped = self.of_record.is_some_and(|column| column.stamp.is_some());
        let (ty, storage) = (self.ty().to_token_stream(), self.storage.clone());
        let (mut bounds, ty, storage) = match self.adapter() {
            Some(adapter) => {
                let path = quote!(#private::ColumnWith<#ty>);
                let bound = Bound { ty: adapter.to_token_stream(), path, member: "load" };
                let span = adapter.span();
                let stored = quote_spanned!(span=> <#adapter as #private::ColumnWith<#ty>>::Stored);
                (vec![bound], stored, quote!(#private::Native))
            }
            None => (Vec::new(), ty, storage),
        };
        let mut add = |path: TokenStream, member| bounds.push(Bound { ty: ty.clone(), path, member });
        if text {
            add(quote!(#private::TextColumn), "text");
        } else if stamped {
            add(quote!(#private::TimestampColumn<#storage>), "IS_STAMP");
        } else if self.adapter().is_none() {
            add(quote!(#private::Column<#storage>), "NULLABLE");
        }
        if self.in_template {
            add(quote!(#private::TemplateColumn), "in_template");
        }
        if list {
            add(quote!(#private::ListColumn), "IS_LIST");
        }
        bounds
    }

    /// Returns the qualified `Column` trait of the field's type: `<String as Column<Native>>`.
    pub(super) fn as_column(&self, private: &Path) -> TokenStream {
        let (ty, storage) = (&self.checked, &self.storage);
        quote!(<#ty as #private::Column<#storage>>)
    }
}

/// Returns the bounds that the types of generic columns must satisfy.
pub(super) fn generic_bounds(columns: &[Column<'_>], private: &Path) -> Vec<WherePredicate> {
    columns.iter().filter(|column| column.generic).flat_map(|column| bounds_of(column, private)).collect()
}

fn bounds_of(column: &Column<'_>, private: &Path) -> Vec<WherePredicate> {
    let (ty, storage) = (column.ty(), &column.storage);
    let mut bounds: Vec<WherePredicate> = vec![parse_quote!(#ty: #private::Column<#storage>)];
    if column.key || column.scope {
        bounds.push(parse_quote!(#ty: #private::KeyColumn<#storage>));
    }
    bounds.extend(column.bounds(private).into_iter().map(|Bound { ty, path, .. }| parse_quote!(#ty: #path)));
    bounds
}

/// Returns the type of a storage.
///
/// Expands to: `Native`, `Json`, `DecimalOf<18, 2>`, `TimestampOf<Millisecond>`, `With<UrlText>`.
fn storage(field: &FieldModel, index: usize, owner: &Ident, private: &Path) -> TokenStream {
    let span = field.storage_span;
    match &field.storage {
        // Uses the span of the type, because an error about a column without options is an error about its type.
        Storage::Native => quote_spanned!(field.ty.span()=> #private::Native),
        Storage::Json => quote_spanned!(span=> #private::Json),
        Storage::Dictionary => quote_spanned!(span=> #private::Dictionary),
        Storage::With(adapter) => quote_spanned!(span=> #private::With<#adapter>),
        Storage::Decimal { precision, scale } => {
            let scale = i8::try_from(*scale).unwrap_or(i8::MAX);
            quote_spanned!(span=> #private::DecimalOf<#precision, #scale>)
        }
        Storage::Timestamp { unit, tz } => {
            let spec = match tz {
                Some(_) => zone_marker(owner, index).into_token_stream(),
                None => {
                    let unit = unit.variant();
                    quote!(#private::#unit)
                }
            };
            quote_spanned!(span=> #private::TimestampOf<#spec>)
        }
    }
}

/// Emits the marker types for the time zones of the columns.
///
/// Expands to:
/// ```text
/// #[doc(hidden)]
/// pub enum __DatusEventZone3 {}
/// impl TimestampSpec for __DatusEventZone3 { type Unit = Millisecond; const ZONE: Option<&'static str> = Some("UTC"); }
/// ```
pub(super) fn zones(columns: &[Column<'_>], context: &Context<'_>) -> TokenStream {
    let Context { ident: owner, vis, private, .. } = context;
    let zones = columns.iter().filter_map(|column| {
        let Storage::Timestamp { unit, tz: Some(zone) } = &column.field.storage else { return None };
        let (marker, unit) = (zone_marker(owner, column.index), unit.variant());
        Some(quote! {
            #[doc(hidden)]
            #[allow(missing_debug_implementations)]
            #vis enum #marker {}

            impl #private::TimestampSpec for #marker {
                type Unit = #private::#unit;
                const ZONE: ::core::option::Option<&'static ::core::primitive::str> =
                    ::core::option::Option::Some(#zone);
            }
        })
    });
    quote!(#(#zones)*)
}

fn zone_marker(owner: &Ident, index: usize) -> Ident {
    names::internal_type(&format!("{}Zone{index}", owner.unraw()))
}
