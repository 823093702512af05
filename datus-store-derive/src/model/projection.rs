//! The model of a projection.

use proc_macro2::Ident;
use syn::{Path, Type};

/// A struct that is read from some columns of a record.
pub(crate) struct ProjectionModel {
    pub(crate) ident: Ident,
    /// The path of `datus_store`.
    pub(crate) krate: Path,
    pub(crate) record: Path,
    /// In the order written; at least one.
    pub(crate) fields: Vec<ProjectedField>,
}

/// A field, and where its value is from.
pub(crate) struct ProjectedField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) source: Source,
}

/// What a field of a projection is read from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The column that these fields of the record and of its nested structs lead to; at least one.
    Column(Vec<Ident>),
    /// The columns of the field's type, which is a projection of the same record.
    Projection,
}
