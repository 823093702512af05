//! The implementations of schemars' `JsonSchema` for generated types.
//!
//! A derive cannot query the features of this crate, so the generated code calls macros. With the `schemars` feature, the
//! macros emit an implementation. Without it, they emit nothing.

/// Implements `JsonSchema` for the `…Filter` of a record.
#[cfg(feature = "schemars")]
#[doc(hidden)]
#[macro_export]
macro_rules! __datus_record_json_schema {
    ([$($impls:tt)*] [$($type:tt)*] [$($clause:tt)*] $name:literal) => {
        #[automatically_derived]
        impl $($impls)* $crate::__private::schemars::JsonSchema for $($type)* $($clause)* {
            fn schema_name() -> $crate::__private::Cow<'static, ::core::primitive::str> {
                $crate::__private::Cow::Borrowed($name)
            }

            fn schema_id() -> $crate::__private::Cow<'static, ::core::primitive::str> {
                $crate::__private::Cow::Borrowed(::core::any::type_name::<Self>())
            }

            fn json_schema(
                generator: &mut $crate::__private::schemars::SchemaGenerator,
            ) -> $crate::__private::schemars::Schema {
                $crate::__private::record_schema::<Self>(generator)
            }
        }
    };
}

/// Implements `JsonSchema` for the `…Filter` of a nested struct.
#[cfg(feature = "schemars")]
#[doc(hidden)]
#[macro_export]
macro_rules! __datus_struct_json_schema {
    ([$($impls:tt)*] [$($type:tt)*] [$($clause:tt)*] $name:literal) => {
        #[automatically_derived]
        impl $($impls)* $crate::__private::schemars::JsonSchema for $($type)* $($clause)* {
            fn schema_name() -> $crate::__private::Cow<'static, ::core::primitive::str> {
                $crate::__private::Cow::Borrowed($name)
            }

            fn schema_id() -> $crate::__private::Cow<'static, ::core::primitive::str> {
                $crate::__private::Cow::Borrowed(::core::any::type_name::<Self>())
            }

            fn json_schema(
                _: &mut $crate::__private::schemars::SchemaGenerator,
            ) -> $crate::__private::schemars::Schema {
                $crate::__private::struct_schema::<Self>()
            }
        }
    };
}

/// Emits nothing, because the `schemars` feature is off.
#[cfg(not(feature = "schemars"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __datus_record_json_schema {
    ($($tokens:tt)*) => {};
}

/// Emits nothing, because the `schemars` feature is off.
#[cfg(not(feature = "schemars"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __datus_struct_json_schema {
    ($($tokens:tt)*) => {};
}

pub use {
    __datus_record_json_schema as record_json_schema, __datus_struct_json_schema as struct_json_schema,
};
