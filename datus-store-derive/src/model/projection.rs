//! The model of a projection.

use proc_macro2::Ident;
use syn::{Path, Type};

/// A struct that is read from some columns of a record.
pub(crate) struct ProjectionModel {
    pub(crate) ident: Ident,
    /// The path of `datus_store`.
    pub(crate) krate: Path,
    pub(crate) record: Path,
    /// The fields in the order written. There is at least one.
    pub(crate) fields: Vec<ProjectedField>,
}

/// A field with the source of its value.
pub(crate) struct ProjectedField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) source: Source,
}

/// The source of a projection's field.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The column with this path of field names, which has at least one name.
    Column(Vec<Ident>),
    /// The columns of the field's type, which is another projection of the same record.
    Projection,
}
