//! Expands a unit enum as a column, which stores the name of the variant.

use proc_macro2::TokenStream;
use quote::quote;

use super::context;
use super::element;
use crate::model::EnumModel;

/// Expands to:
/// ```text
/// impl ColumnName for TableType { const NAMES: … = &["table", "view"]; … }
/// impl Column for TableType { type Builder = EnumBuilder<TableType>; … }
/// impl KeyColumn for TableType {}
/// impl Operand<TableType> for TableType { … }
/// impl From<TableType> for Condition<TableType> { … }
/// impl TemplateColumn for TableType { … }
/// ```
pub(super) fn expand(model: &EnumModel) -> TokenStream {
    let private = context::private(&model.krate);
    let this = &model.ident;
    let variants: Vec<_> = model.variants.iter().map(|variant| &variant.ident).collect();
    let names: Vec<_> = model.variants.iter().map(|variant| &variant.name).collect();
    let operands = [quote!(#this), quote!(&#this)].into_iter().flat_map(|operand| {
        [quote!(#this), quote!(::core::option::Option<#this>)].map(|column| {
            quote! {
                #[automatically_derived]
                #[diagnostic::do_not_recommend]
                impl #private::Operand<#column> for #operand {
                    fn operand(self) -> #private::Value {
                        #private::enum_value::<#this>(::core::borrow::Borrow::borrow(&self))
                    }
                }
            }
        })
    });
    let conditions = [quote!(#this), quote!(::core::option::Option<#this>)].map(|column| {
        quote! {
            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            impl ::core::convert::From<#this> for #private::Condition<#column> {
                fn from(value: #this) -> Self {
                    Self::eq(value)
                }
            }
        }
    });
    let element = element::expand(&private, &quote!(#this), &syn::Generics::default());
    quote! {
        #[automatically_derived]
        impl #private::ColumnName for #this {
            const NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];

            fn name(&self) -> &'static ::core::primitive::str {
                match self {
                    #(Self::#variants => #names,)*
                }
            }

            fn from_name(name: &::core::primitive::str) -> ::core::option::Option<Self> {
                match name {
                    #(#names => ::core::option::Option::Some(Self::#variants),)*
                    _ => ::core::option::Option::None,
                }
            }
        }

        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #private::Column for #this {
            type Builder = #private::EnumBuilder<#this>;
            type Reader = #private::EnumReader<#this>;
            type Handle<__DatusR> = #private::Col<__DatusR, #this>;
            type NullableHandle<__DatusR> = #private::Col<__DatusR, ::core::option::Option<#this>>;
            type Condition = #private::Condition<#this>;
            type NullableCondition = #private::Condition<::core::option::Option<#this>>;
            type Nulls = #private::NonNull;

            const KIND: #private::ColumnKind =
                #private::ColumnKind::Scalar(#private::ScalarKind::Enum(<#this as #private::ColumnName>::NAMES));
            const INDEXES: &'static [#private::IndexKind] = #private::TEXT;

            fn data_type() -> #private::DataType {
                #private::DataType::Utf8
            }
        }

        #element

        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #private::KeyColumn for #this {}

        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #private::TemplateColumn for #this {
            fn in_template(&self) -> ::core::option::Option<#private::Cow<'_, ::core::primitive::str>> {
                ::core::option::Option::Some(#private::Cow::Borrowed(#private::ColumnName::name(self)))
            }
        }

        #(#operands)*
        #(#conditions)*
    }
}
