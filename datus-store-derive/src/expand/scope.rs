use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericParam, Generics, Path, Visibility, WherePredicate, parse_quote};

use super::column::{Column, Required};
use crate::names;

/// The path of everything that generated code may name.
pub(super) fn private(krate: &Path) -> Path {
    parse_quote!(#krate::__private)
}

/// The type that code is made for, with its generics ready to be put into `impl`s.
pub(super) struct Scope<'a> {
    pub(super) ident: &'a Ident,
    pub(super) vis: &'a Visibility,
    /// The path of `datus_store::__private`.
    pub(super) private: Path,
    /// The user's generics, with what the columns need of them in the `where` clause.
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
            // Defaults stand in the user's own struct; an `impl` takes none.
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
            let open = columns.iter().filter(|column| mentions(column.ty().to_token_stream(), &generics));
            let needs: Vec<WherePredicate> = open.flat_map(|column| needs(column, &private)).collect();
            let clause = generics.make_where_clause();
            for parameter in &parameters {
                clause.predicates.push(parse_quote!(
                    #parameter: ::core::marker::Send + ::core::marker::Sync + 'static
                ));
            }
            clause.predicates.extend(needs);
        }
        Self { ident, vis, private, generics }
    }

    /// The name of what is made beside the type: `TableSchemaColumns`.
    pub(super) fn companion(&self, suffix: &str) -> Ident {
        names::companion(self.ident, suffix)
    }

    /// The type itself with its parameters: `Page<T>`.
    pub(super) fn this(&self) -> TokenStream {
        let ident = self.ident;
        let (_, parameters, _) = self.generics.split_for_impl();
        quote!(#ident #parameters)
    }

    /// The generics with one more parameter at the end.
    pub(super) fn with(&self, parameter: syn::GenericParam) -> Generics {
        let mut generics = self.generics.clone();
        generics.params.push(parameter);
        generics
    }

    /// A field that makes use of all generic parameters.
    pub(super) fn phantom(&self) -> TokenStream {
        let this = self.this();
        quote!(::core::marker::PhantomData<fn() -> #this>)
    }
}

/// What the column's type must be for the code to compile, where it depends on a parameter.
fn needs(column: &Column<'_>, private: &Path) -> Vec<WherePredicate> {
    let (ty, storage, wanted) = (column.ty(), &column.storage, column.wanted_storage(private));
    let mut needs: Vec<WherePredicate> = vec![
        parse_quote!(#ty: #private::Column<#storage>),
        parse_quote!(
            <#ty as #private::Column<#storage>>::Wanted:
                #private::Wanted<#wanted> + ::core::clone::Clone + ::core::fmt::Debug + ::core::cmp::PartialEq
        ),
    ];
    if column.key {
        needs.push(parse_quote!(#ty: #private::KeyColumn<#storage>));
    }
    needs.extend(
        column.required(private).into_iter().map(|Required { ty, path, .. }| parse_quote!(#ty: #path)),
    );
    needs
}

/// Whether a type depends on a type or constant that is a parameter.
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
