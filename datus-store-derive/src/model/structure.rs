//! The model of a nested struct.

use proc_macro2::Ident;
use syn::{Generics, Path, Type, Visibility};

use crate::model::{FieldModel, SkippedField};

/// A struct that is stored in one column of a record, or in several if it is flattened.
pub(crate) struct StructModel {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// The type and const parameters. There are no lifetimes.
    pub(crate) generics: Generics,
    /// The path of `datus_store`.
    pub(crate) krate: Path,
    pub(crate) kind: StructKind,
}

/// The kind of a column struct.
pub(crate) enum StructKind {
    /// A struct with named fields, stored as an Arrow struct.
    Named {
        /// The columns in the order of the fields. There is at least one, and their names are distinct.
        fields: Vec<FieldModel>,
        /// The fields that are not columns, in order.
        skipped: Vec<SkippedField>,
    },
    /// A newtype, stored as this inner type.
    Newtype(Type),
}
