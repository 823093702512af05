use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericParam, Generics, Path, Visibility, WherePredicate, parse_quote};

use super::column::{Bound, Column};
use crate::names;

/// Returns the path of `datus_store::__private`, the only module that generated code uses.
pub(super) fn private(krate: &Path) -> Path {
    parse_quote!(#krate::__private)
}

/// The type with the derive, with its generics prepared for `impl`s.
pub(super) struct Scope<'a> {
    pub(super) ident: &'a Ident,
    pub(super) vis: &'a Visibility,
    /// The path of `datus_store::__private`.
    pub(super) private: Path,
    /// The user's generics, with the bounds that the columns require in the `where` clause.
    pub(super) generics: Generics,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        private: Path,
        ident: &'a Ident,
        vis: &'a Visibility,
        generics: &Generics,
        columns: &[Column<'_>],
    ) -> Self {
        let mut generics = generics.clone();
        for parameter in &mut generics.params {
            // The parameters of an `impl` cannot have defaults.
            match parameter {
                GenericParam::Type(parameter) => {
                    parameter.default = None;
                }
                GenericParam::Const(parameter) => {
                    parameter.default = None;
                }
                GenericParam::Lifetime(_) => {}
            }
        }
        if !generics.params.is_empty() {
            let parameters: Vec<Ident> =
                generics.type_params().map(|parameter| parameter.ident.clone()).collect();
            let generic = columns.iter().filter(|column| mentions(column.ty().to_token_stream(), &generics));
            let bounds: Vec<WherePredicate> = generic.flat_map(|column| bounds(column, &private)).collect();
            let clause = generics.make_where_clause();
            for parameter in &parameters {
                clause.predicates.push(parse_quote!(
                    #parameter: ::core::marker::Send + ::core::marker::Sync + 'static
                ));
            }
            clause.predicates.extend(bounds);
        }
        Self { ident, vis, private, generics }
    }

    /// Returns the name of a type that is generated alongside this one: `TableSchemaColumns`.
    pub(super) fn companion(&self, suffix: &str) -> Ident {
        names::companion(self.ident, suffix)
    }

    /// Returns the type with its parameters: `Page<T>`.
    pub(super) fn this(&self) -> TokenStream {
        let ident = self.ident;
        let (_, parameters, _) = self.generics.split_for_impl();
        quote!(#ident #parameters)
    }

    /// Returns the generics with an additional parameter at the end.
    pub(super) fn with(&self, parameter: syn::GenericParam) -> Generics {
        let mut generics = self.generics.clone();
        generics.params.push(parameter);
        generics
    }

    /// Returns the type of a marker field that uses all generic parameters.
    pub(super) fn phantom(&self) -> TokenStream {
        let this = self.this();
        quote!(::core::marker::PhantomData<fn() -> #this>)
    }
}

/// Returns the bounds that the type of a generic column must satisfy.
fn bounds(column: &Column<'_>, private: &Path) -> Vec<WherePredicate> {
    let (ty, storage) = (column.ty(), &column.storage);
    let mut bounds: Vec<WherePredicate> = vec![parse_quote!(#ty: #private::Column<#storage>)];
    if column.key {
        bounds.push(parse_quote!(#ty: #private::KeyColumn<#storage>));
    }
    bounds.extend(column.bounds(private).into_iter().map(|Bound { ty, path, .. }| parse_quote!(#ty: #path)));
    bounds
}

/// Returns `true` if a type mentions a type parameter or a const parameter.
pub(super) fn mentions(tokens: TokenStream, generics: &Generics) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => generics.params.iter().any(|parameter| match parameter {
            GenericParam::Type(parameter) => parameter.ident == ident,
            GenericParam::Const(parameter) => parameter.ident == ident,
            GenericParam::Lifetime(_) => false,
        }),
        TokenTree::Group(group) => mentions(group.stream(), generics),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
