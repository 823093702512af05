//! The deriving type, as all other files in this folder see it.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{GenericParam, Generics, Path, Type, Visibility, WherePredicate, parse_quote};

use crate::names;

/// Returns the path of `datus_store::__private`, the only module that generated code uses.
pub(super) fn private(krate: &Path) -> Path {
    parse_quote!(#krate::__private)
}

/// The deriving type, with its generics prepared for `impl`s.
pub(super) struct Context<'a> {
    pub(super) ident: &'a Ident,
    pub(super) vis: &'a Visibility,
    /// The path of `datus_store::__private`.
    pub(super) private: Path,
    /// The user's generics without defaults, with the bounds that the columns require in the `where` clause.
    pub(super) generics: Generics,
}

impl<'a> Context<'a> {
    pub(super) fn new(krate: &Path, ident: &'a Ident, vis: &'a Visibility, generics: &Generics) -> Self {
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
            let clause = generics.make_where_clause();
            for parameter in &parameters {
                clause.predicates.push(parse_quote!(
                    #parameter: ::core::marker::Send + ::core::marker::Sync + 'static
                ));
            }
        }
        Self { ident, vis, private: private(krate), generics }
    }

    /// Adds bounds to the `where` clause.
    pub(super) fn require(&mut self, bounds: Vec<WherePredicate>) {
        if !bounds.is_empty() {
            self.generics.make_where_clause().predicates.extend(bounds);
        }
    }

    /// Returns `true` if the type mentions a type parameter or a const parameter.
    pub(super) fn is_generic(&self, ty: &Type) -> bool {
        mentions(ty.to_token_stream(), &self.generics)
    }

    /// Returns the type of a field for use in code that requires a column.
    ///
    /// A type that depends on a generic parameter is returned unchanged, because the `where` clause contains its bounds.
    ///
    /// Expands to: `Checked<String, __DatusTableSchemaChecked>`.
    pub(super) fn checked(&self, ty: &Type) -> TokenStream {
        if self.is_generic(ty) {
            return ty.to_token_stream();
        }
        let (private, constant) = (&self.private, checked_constant(self.ident));
        quote!(#private::Checked<#ty, #constant>)
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

/// Returns the name of the constant that contains the checks of a type.
pub(super) fn checked_constant(owner: &Ident) -> Ident {
    names::internal_type(&format!("{}Checked", owner.unraw()))
}

/// Returns `true` if tokens mention a type parameter or a const parameter.
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
