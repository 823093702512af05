//! The model of a nested struct.

use proc_macro2::Ident;
use syn::{Generics, Path, Type, Visibility};

use crate::model::{FieldModel, SkippedField};

/// A struct that is one column of a record.
pub(crate) struct StructModel {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// Types and constants only, no lifetimes.
    pub(crate) generics: Generics,
    /// The path of `datus_store`.
    pub(crate) krate: Path,
    pub(crate) kind: StructKind,
}

/// How the struct is stored.
pub(crate) enum StructKind {
    /// As an Arrow struct.
    Named {
        /// In the order of the fields; at least one, with distinct names.
        fields: Vec<FieldModel>,
        /// In the order of the fields.
        skipped: Vec<SkippedField>,
    },
    /// As the type inside.
    Newtype(Type),
}
