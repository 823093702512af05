//! Expands the stubs of a failed derive, so that the compiler reports one error for one mistake.
//!
//! The errors are in the body of the constant that contains the checks of a successful derive (see `check`). The stubs refer
//! to types through that constant, so the compiler does not report further errors in code that uses them.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Data, DataStruct, DeriveInput, Fields, GenericParam, Generics, Lifetime, Path, parse_quote};

use super::{check, context};
use crate::names;

/// Emits the errors and the stubs for a record.
pub(crate) fn record(input: &DeriveInput, krate: &Path, errors: &[TokenStream]) -> TokenStream {
    let stub = Stub::new(input, krate);
    let Stub { private, this, generics, error } = &stub;
    let (impls, _, clause) = generics.split_for_impl();
    let (check, row) = (check::failed(&input.ident, errors), stub.row());
    let aliases = ["Columns", "Filter", "Texts", "Vectors"].map(|suffix| stub.alias(input, suffix));
    let query = stub.query_alias(input);
    quote! {
        #check
        #(#aliases)*
        #query
        #row

        #[automatically_derived]
        impl #impls #private::EmbeddingRecord for #this #clause {
            type Columns = #error;
            type Filter = #error;
            type Query<__DatusS: ::core::marker::Send + ::core::marker::Sync> = #error;
            type Models = #error;

            const TABLE: &'static ::core::primitive::str = "";

            fn columns() -> Self::Columns {
                ::core::unreachable!()
            }

            fn definition() -> #private::RecordDef {
                ::core::unreachable!()
            }

            fn source_text(
                &self,
                _: ::core::primitive::usize,
            ) -> ::core::option::Option<#private::Cow<'_, ::core::primitive::str>> {
                ::core::unreachable!()
            }
        }

        #[automatically_derived]
        impl #impls #private::Keyed for #this #clause {
            type Key = #error;
        }

        #[automatically_derived]
        impl #impls #private::Unscoped for #this #clause {}

        #[automatically_derived]
        impl #impls #private::Scoped for #this #clause {
            type Scope = #error;
        }

        #[automatically_derived]
        impl #impls #private::TextSearchable for #this #clause {
            type Texts = #error;

            fn texts() -> Self::Texts {
                ::core::unreachable!()
            }
        }

        #[automatically_derived]
        impl #impls #private::Searchable for #this #clause {
            type Vectors = #error;
            type Model = #error;

            fn vectors() -> Self::Vectors {
                ::core::unreachable!()
            }
        }
    }
}

/// Emits the errors and the stubs for a column enum.
pub(crate) fn enumeration(input: &DeriveInput, krate: &Path, errors: &[TokenStream]) -> TokenStream {
    let stub = Stub::new(input, krate);
    let Stub { private, this, generics, error: _ } = &stub;
    let (impls, _, clause) = generics.split_for_impl();
    let (check, column, template) = (check::failed(&input.ident, errors), stub.column(), stub.template());
    quote! {
        #check
        #column
        #template

        #[automatically_derived]
        impl #impls #private::ColumnName for #this #clause {
            const NAMES: &'static [&'static ::core::primitive::str] = &[];

            fn name(&self) -> &'static ::core::primitive::str {
                ::core::unreachable!()
            }

            fn from_name(_: &::core::primitive::str) -> ::core::option::Option<Self> {
                ::core::unreachable!()
            }
        }
    }
}

/// Emits the errors and the stubs for a nested struct or a newtype.
pub(crate) fn structure(input: &DeriveInput, krate: &Path, errors: &[TokenStream]) -> TokenStream {
    let stub = Stub::new(input, krate);
    let Stub { private, this, generics, error } = &stub;
    let (impls, _, clause) = generics.split_for_impl();
    let (check, column, row) = (check::failed(&input.ident, errors), stub.column(), stub.row());
    let aliases = ["Columns", "Filter"].map(|suffix| stub.alias(input, suffix));
    // The derive does not emit this implementation for a struct with named fields, but the user may write one.
    let template = match &input.data {
        Data::Struct(DataStruct { fields: Fields::Unnamed(_), .. }) => stub.template(),
        _ => TokenStream::new(),
    };
    quote! {
        #check
        #(#aliases)*
        #row
        #column

        #[automatically_derived]
        impl #impls #private::TextColumn for #this #clause {
            fn text(&self) -> ::core::option::Option<&::core::primitive::str> {
                ::core::unreachable!()
            }
        }

        #[automatically_derived]
        impl #impls #private::ListColumn for #this #clause {}

        #[automatically_derived]
        impl #impls #private::TimestampColumn for #this #clause {}

        #[automatically_derived]
        impl #impls #private::FlatColumns for #this #clause {
            type Flat<__DatusR> = #error;

            const NAMES: &'static [&'static ::core::primitive::str] = &[];
        }

        #template
    }
}

/// Emits the errors and the stub for a projection. The stub is generic over the record, because the record may be unknown.
pub(crate) fn projection(input: &DeriveInput, krate: &Path, errors: &[TokenStream]) -> TokenStream {
    let stub = Stub::new(input, krate);
    let Stub { private, this, generics, error: _ } = &stub;
    let mut of_every_record = generics.clone();
    of_every_record.params.push(parse_quote!(__DatusR));
    let (impls, _, clause) = of_every_record.split_for_impl();
    let check = check::failed(&input.ident, errors);
    quote! {
        #check

        #[automatically_derived]
        impl #impls #private::Projection<__DatusR> for #this #clause {
            fn paths(_: &mut #private::Vec<#private::ColumnPath>) {
                ::core::unreachable!()
            }

            fn open<'a>(
                _: &mut dyn ::core::iter::Iterator<Item = &'a #private::ArrayRef>,
            ) -> #private::Result<#private::ReadRow<Self>> {
                ::core::unreachable!()
            }
        }
    }
}

/// The tokens that the stubs for a type share.
struct Stub {
    private: Path,
    /// The type, with `'static` for every lifetime.
    this: TokenStream,
    /// The generics of the `impl`s, without lifetimes because rows own their data.
    generics: Generics,
    /// A type for which the compiler has already reported an error.
    error: TokenStream,
}

impl Stub {
    fn new(input: &DeriveInput, krate: &Path) -> Self {
        let DeriveInput { ident, generics, .. } = input;
        let private = context::private(krate);
        let constant = context::checked_constant(ident);
        let (_, parameters, _) = generics.split_for_impl();
        let parameters = owned(parameters.to_token_stream(), generics);
        let this = quote!(#ident #parameters);
        let error = quote!(#private::Checked<#this, #constant>);
        Self { private, this, generics: owned_generics(generics), error }
    }

    /// Expands to: `pub type TableSchemaFilter = Checked<TableSchema, …>;`.
    fn alias(&self, input: &DeriveInput, suffix: &str) -> TokenStream {
        let (vis, error, name) = (&input.vis, &self.error, names::companion(&input.ident, suffix));
        let parameters = &self.generics.params;
        quote! {
            #[doc(hidden)]
            #[allow(dead_code, type_alias_bounds)]
            #vis type #name<#parameters> = #error;
        }
    }

    /// Expands to: `pub type TableSchemaQuery<S> = Checked<(TableSchema, S), …>;`.
    fn query_alias(&self, input: &DeriveInput) -> TokenStream {
        let Self { private, this, generics, error: _ } = self;
        let (vis, name, constant) =
            (&input.vis, names::companion(&input.ident, "Query"), context::checked_constant(&input.ident));
        let mut generics = generics.clone();
        generics.params.push(parse_quote!(__DatusS));
        let parameters = &generics.params;
        quote! {
            #[doc(hidden)]
            #[allow(dead_code, type_alias_bounds)]
            #vis type #name<#parameters> = #private::Checked<(#this, __DatusS), #constant>;
        }
    }

    fn row(&self) -> TokenStream {
        let Self { private, this, generics, error } = self;
        let (impls, _, clause) = generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #impls #private::Row for #this #clause {
                type Builder = #error;
                type Reader = #error;

                fn fields() -> #private::Vec<#private::FieldDef> {
                    ::core::unreachable!()
                }
            }
        }
    }

    fn template(&self) -> TokenStream {
        let Self { private, this, generics, error: _ } = self;
        let (impls, _, clause) = generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #impls #private::TemplateColumn for #this #clause {
                fn in_template(&self) -> ::core::option::Option<#private::Cow<'_, ::core::primitive::str>> {
                    ::core::unreachable!()
                }
            }
        }
    }

    fn column(&self) -> TokenStream {
        let Self { private, this, generics, error } = self;
        let (impls, _, clause) = generics.split_for_impl();
        let operands =
            [quote!(#this), quote!(::core::option::Option<#this>)].into_iter().flat_map(|column| {
                [quote!(#this), quote!(&#this)].map(|operand| {
                    quote! {
                        #[automatically_derived]
                        impl #impls #private::Operand<#column> for #operand #clause {
                            fn operand(self) -> #private::Value {
                                ::core::unreachable!()
                            }
                        }
                    }
                })
            });
        quote! {
            #[automatically_derived]
            impl #impls #private::Column for #this #clause {
                type Builder = #error;
                type Reader = #error;
                type Handle<__DatusR> = #error;
                type NullableHandle<__DatusR> = #error;
                type Condition = #error;
                type NullableCondition = #error;
                type Nulls = #error;

                const KIND: #private::ColumnKind = #private::ColumnKind::Opaque;

                fn data_type() -> #private::DataType {
                    ::core::unreachable!()
                }
            }

            #[automatically_derived]
            impl #impls #private::KeyColumn for #this #clause {}

            #[automatically_derived]
            impl #impls #private::Element for #this #clause {
                type VecBuilder = #error;
                type VecReader = #error;

                fn vec_data_type() -> #private::DataType {
                    ::core::unreachable!()
                }
            }

            #(#operands)*
        }
    }
}

/// Returns the generics of an `impl` for `this`, with the bounds that every record must satisfy.
fn owned_generics(generics: &Generics) -> Generics {
    let mut owned_generics = generics.clone();
    owned_generics.params = generics
        .params
        .iter()
        .filter(|parameter| !matches!(parameter, GenericParam::Lifetime(_)))
        .map(|parameter| {
            let mut parameter: GenericParam = parameter.clone();
            match &mut parameter {
                GenericParam::Type(parameter) => {
                    parameter.default = None;
                    parameter.bounds.push(parse_quote!(::core::marker::Send));
                    parameter.bounds.push(parse_quote!(::core::marker::Sync));
                    parameter.bounds.push(parse_quote!('static));
                }
                GenericParam::Const(parameter) => parameter.default = None,
                GenericParam::Lifetime(_) => {}
            }
            let tokens = owned(parameter.to_token_stream(), generics);
            let parameter: GenericParam = parse_quote!(#tokens);
            parameter
        })
        .collect();
    owned_generics.where_clause = generics.where_clause.as_ref().map(|clause| {
        let tokens = owned(clause.to_token_stream(), generics);
        parse_quote!(#tokens)
    });
    owned_generics
}

/// Replaces every lifetime of the type with `'static`.
fn owned(tokens: TokenStream, generics: &Generics) -> TokenStream {
    let mut replaced = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(tick) if tick.as_char() == '\'' => match tokens.next() {
                Some(TokenTree::Ident(name)) => {
                    let is_own = |name: &Ident| generics.lifetimes().any(|own| own.lifetime.ident == *name);
                    let symbol = if is_own(&name) { "'static".to_owned() } else { format!("'{name}") };
                    Lifetime::new(&symbol, name.span()).to_tokens(&mut replaced);
                }
                other => replaced.extend([TokenTree::Punct(tick)].into_iter().chain(other)),
            },
            TokenTree::Group(group) => {
                let inside = owned(group.stream(), generics);
                let mut copy = proc_macro2::Group::new(group.delimiter(), inside);
                copy.set_span(group.span());
                replaced.extend([TokenTree::Group(copy)]);
            }
            other => replaced.extend([other]),
        }
    }
    replaced
}
