//! Reads fields and variants.

use darling::FromMeta;
use darling::error::Accumulator;
use proc_macro2::{Ident, Span};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Fields, FieldsNamed, LitStr, Path, Token, Type, Variant, Visibility};

use crate::input::value::{
    ColumnKey, DecimalKey, DefaultKey, EmbedKeys, FlattenKeys, FtsKeys, IndexKey, Keyed, TimestampKey,
};
use crate::input::{Target, doc, keys};

/// A named field.
pub(crate) struct FieldInput {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) ty: Type,
    pub(crate) description: Option<String>,
    pub(crate) keys: FieldKeys,
}

/// The keys on a field. Records, projections and column structs each take a subset of them; see `Target`.
#[derive(Default, FromMeta)]
pub(crate) struct FieldKeys {
    #[darling(default)]
    pub(crate) rename: Option<Keyed<LitStr>>,
    #[darling(default)]
    pub(crate) skip: Option<Keyed<()>>,
    #[darling(default)]
    pub(crate) default: Option<Keyed<DefaultKey>>,
    #[darling(default)]
    pub(crate) json: Option<Keyed<()>>,
    #[darling(default)]
    pub(crate) key: Option<Keyed<()>>,
    #[darling(default)]
    pub(crate) embed: Option<Keyed<EmbedKeys>>,
    #[darling(default)]
    pub(crate) index: Option<Keyed<IndexKey>>,
    #[darling(default)]
    pub(crate) fts: Option<Keyed<FtsKeys>>,
    #[darling(default)]
    pub(crate) decimal: Option<Keyed<DecimalKey>>,
    #[darling(default)]
    pub(crate) timestamp: Option<Keyed<TimestampKey>>,
    #[darling(default)]
    pub(crate) dictionary: Option<Keyed<()>>,
    #[darling(default)]
    pub(crate) with: Option<Keyed<Path>>,
    #[darling(default)]
    pub(crate) flatten: Option<Keyed<FlattenKeys>>,
    #[darling(default)]
    pub(crate) created_at: Option<Keyed<()>>,
    #[darling(default)]
    pub(crate) updated_at: Option<Keyed<()>>,
    #[darling(multiple)]
    pub(crate) rename_from: Vec<Keyed<LitStr>>,
    #[darling(default)]
    pub(crate) private: Option<Keyed<()>>,
    #[darling(default)]
    pub(crate) scope: Option<Keyed<()>>,
    #[darling(default)]
    pub(crate) filter: Option<Keyed<bool>>,
    #[darling(default)]
    pub(crate) column: Option<Keyed<ColumnKey>>,
}

/// A variant of an enum.
pub(crate) struct VariantInput {
    pub(crate) ident: Ident,
    pub(crate) keys: VariantKeys,
    /// The span of the variant's data, or `None` for a unit variant.
    pub(crate) data: Option<Span>,
}

/// The keys on a variant.
#[derive(Default, FromMeta)]
pub(crate) struct VariantKeys {
    #[darling(default)]
    pub(crate) rename: Option<Keyed<LitStr>>,
}

impl FieldInput {
    pub(super) fn read_all(fields: &FieldsNamed, target: Target, errors: &mut Accumulator) -> Vec<Self> {
        let named = fields.named.iter().filter_map(|field| Some((field.ident.clone()?, field)));
        named
            .map(|(ident, field)| Self {
                ident,
                vis: field.vis.clone(),
                ty: field.ty.clone(),
                description: doc::description(&field.attrs),
                keys: match target.field() {
                    Some(set) => keys::read(&field.attrs, set, errors),
                    None => FieldKeys::default(),
                },
            })
            .collect()
    }
}

impl VariantInput {
    pub(super) fn read_all(
        variants: &Punctuated<Variant, Token![,]>,
        target: Target,
        errors: &mut Accumulator,
    ) -> Vec<Self> {
        variants
            .iter()
            .map(|variant| Self {
                ident: variant.ident.clone(),
                keys: match target.variant() {
                    Some(set) => keys::read(&variant.attrs, set, errors),
                    None => VariantKeys::default(),
                },
                data: match &variant.fields {
                    Fields::Unit => None,
                    fields @ (Fields::Named(_) | Fields::Unnamed(_)) => Some(fields.span()),
                },
            })
            .collect()
    }
}

impl FieldKeys {
    /// Returns the names and spans of the keys that are present. The pattern is exhaustive, so that a new key is not missed.
    pub(crate) fn present(&self) -> Vec<(&'static str, Span)> {
        let Self {
            rename,
            skip,
            default,
            json,
            key,
            embed,
            index,
            fts,
            decimal,
            timestamp,
            dictionary,
            with,
            flatten,
            created_at,
            updated_at,
            rename_from,
            private,
            scope,
            filter,
            column,
        } = self;
        [
            ("rename", Keyed::span(rename)),
            ("skip", Keyed::span(skip)),
            ("default", Keyed::span(default)),
            ("json", Keyed::span(json)),
            ("key", Keyed::span(key)),
            ("embed", Keyed::span(embed)),
            ("index", Keyed::span(index)),
            ("fts", Keyed::span(fts)),
            ("decimal", Keyed::span(decimal)),
            ("timestamp", Keyed::span(timestamp)),
            ("dictionary", Keyed::span(dictionary)),
            ("with", Keyed::span(with)),
            ("flatten", Keyed::span(flatten)),
            ("created_at", Keyed::span(created_at)),
            ("updated_at", Keyed::span(updated_at)),
            ("rename_from", rename_from.first().map(|old| old.key)),
            ("private", Keyed::span(private)),
            ("scope", Keyed::span(scope)),
            ("filter", Keyed::span(filter)),
            ("column", Keyed::span(column)),
        ]
        .into_iter()
        .filter_map(|(name, span)| Some((name, span?)))
        .collect()
    }
}
