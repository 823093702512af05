//! Expands the defaults of columns that an older table lacks.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprLit, Lit, Path, Type};

use super::check;
use super::column::Column;
use super::context::Context;
use crate::model::DefaultValue;
use crate::names;

/// Returns the default that the column declares.
pub(super) fn of<'a>(column: &Column<'a>) -> Option<&'a DefaultValue> {
    column.of_record.and_then(|column| column.default.as_ref())
}

/// Returns the name of the reader's function that evaluates the column's default.
pub(super) fn function(column: &Column<'_>) -> Ident {
    names::internal(&format!("default_{}", column.index))
}

/// Emits the functions that evaluate the defaults. The reader uses them for rows, and the store for whole columns.
///
/// Expands to:
/// ```text
/// impl Reader { fn __datus_default_1() -> String { … } }
/// ```
pub(super) fn values(context: &Context<'_>, columns: &[Column<'_>]) -> TokenStream {
    let Context { private, generics, .. } = context;
    let reader = names::internal_type("Reader");
    let (impls, parameters, clause) = generics.split_for_impl();
    let functions = columns.iter().filter_map(|column| {
        let (function, ty) = (function(column), column.ty());
        let value = value(of(column)?, ty, private);
        Some(quote!(fn #function() -> #ty { #value }))
    });
    let functions: Vec<_> = functions.collect();
    if functions.is_empty() {
        return TokenStream::new();
    }
    quote! {
        impl #impls #reader #parameters #clause {
            #(#functions)*
        }
    }
}

/// Emits the row's method that returns a default as a column. Emits nothing if no column has a default.
///
/// Expands to:
/// ```text
/// fn default_column(name: &str) -> Option<Result<ArrayRef>> {
///     match name {
///         "owner" => Some(default_column::<String, Native>(&Reader::__datus_default_1(), "owner")),
///         _ => None,
///     }
/// }
/// ```
pub(super) fn method(context: &Context<'_>, columns: &[Column<'_>]) -> TokenStream {
    let Context { private, generics, .. } = context;
    let reader = names::internal_type("Reader");
    let (_, parameters, _) = generics.split_for_impl();
    let parameters = parameters.as_turbofish();
    let arms = columns.iter().filter(|column| of(column).is_some()).map(|column| {
        let (name, function, ty, storage) =
            (column.name(), function(column), &column.checked, &column.storage);
        quote! {
            #name => ::core::option::Option::Some(
                #private::default_column::<#ty, #storage>(&#reader #parameters::#function(), #name),
            )
        }
    });
    let arms: Vec<_> = arms.collect();
    if arms.is_empty() {
        return TokenStream::new();
    }
    quote! {
        fn default_column(
            name: &::core::primitive::str,
        ) -> ::core::option::Option<#private::Result<#private::ArrayRef>> {
            match name {
                #(#arms,)*
                _ => ::core::option::Option::None,
            }
        }
    }
}

/// Returns the value of a field that is not in the table. A string literal is converted to the type of the field.
pub(super) fn value(default: &DefaultValue, ty: &Type, private: &Path) -> TokenStream {
    match default {
        DefaultValue::Trait => {
            let default = check::bound_member(ty, &quote!(#private::DefaultValue), "value");
            quote!(#default())
        }
        DefaultValue::Expr(Expr::Lit(ExprLit { lit: literal @ Lit::Str(_), .. })) => {
            let text = quote_spanned!(literal.span()=> #literal.into_default());
            typed(&quote!({ use #private::DefaultText as _; #text }), ty)
        }
        DefaultValue::Expr(expr) => typed(&expr.to_token_stream(), ty),
    }
}

/// Returns an expression with a type annotation.
fn typed(expr: &TokenStream, ty: &Type) -> TokenStream {
    quote!({
        let value: #ty = #expr;
        value
    })
}
