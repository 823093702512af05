//! Reads the user's input: the type, its fields, and the values of their keys, with spans. Rules that concern more than one
//! key are not checked here.

mod container;
mod doc;
mod field;
mod keys;
mod target;
mod value;

use darling::error::Accumulator;
use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Generics, Path, Type, Visibility, parse_quote};

pub(crate) use self::container::ContainerKeys;
pub(crate) use self::field::{FieldInput, VariantInput};
pub(crate) use self::target::Target;
pub(crate) use self::value::{
    DecimalKey, DefaultKey, EmbedKeys, FlattenKeys, FtsKeys, IndexKey, Keyed, TemplateInput, TemplateKey,
    TimestampKey,
};

/// A type with one of the derives on it.
pub(crate) struct Input {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) generics: Generics,
    pub(crate) description: Option<String>,
    pub(crate) keys: ContainerKeys,
    pub(crate) shape: Shape,
}

/// The shape of a type. If a derive does not support the shape, it reports the error at the span.
pub(crate) enum Shape {
    Named(Vec<FieldInput>),
    Tuple { types: Vec<Type>, span: Span },
    Unit,
    Enum { variants: Vec<VariantInput>, span: Span },
    Union { span: Span },
}

impl Input {
    /// Reads a type. Keys that cannot be read are reported and left out.
    pub(crate) fn read(input: &DeriveInput, target: Target, errors: &mut Accumulator) -> Self {
        Self {
            ident: input.ident.clone(),
            vis: input.vis.clone(),
            generics: input.generics.clone(),
            description: doc::description(&input.attrs),
            keys: keys::read(&input.attrs, target.container(), errors),
            shape: Shape::read(&input.data, target, errors),
        }
    }

    /// Returns the path of `datus_store`, which the stubs of a failed derive also need.
    pub(crate) fn krate(&self) -> Path {
        match &self.keys.krate {
            Some(krate) => krate.value.clone(),
            None => parse_quote!(::datus_store),
        }
    }
}

impl Shape {
    /// Reads the fields or variants of a type. Their keys are read only if the target supports this kind of type, because
    /// otherwise the whole type is rejected.
    fn read(data: &Data, target: Target, errors: &mut Accumulator) -> Self {
        match data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(fields) => Self::Named(FieldInput::read_all(fields, target, errors)),
                Fields::Unnamed(fields) => {
                    if let Some(set) = target.tuple_field() {
                        for field in &fields.unnamed {
                            let NoKeys {} = keys::read(&field.attrs, set, errors);
                        }
                    }
                    Self::Tuple {
                        types: fields.unnamed.iter().map(|field| field.ty.clone()).collect(),
                        span: fields.span(),
                    }
                }
                Fields::Unit => Self::Unit,
            },
            Data::Enum(data) => Self::Enum {
                variants: VariantInput::read_all(&data.variants, target, errors),
                span: data.enum_token.span(),
            },
            Data::Union(data) => Self::Union { span: data.union_token.span() },
        }
    }
}

/// The keys of a position that takes no keys.
#[derive(Default, darling::FromMeta)]
struct NoKeys {}
