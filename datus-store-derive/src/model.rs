//! The resolved input of a derive: valid, with all defaults applied, and without attributes.
//!
//! The models contain types but do not check them. Trait bounds in the generated code do.

mod column;
mod enumeration;
mod projection;
mod record;
mod structure;

pub(crate) use self::column::{
    ColumnModel, DefaultValue, FieldModel, FlattenModel, FtsModel, IndexModel, SkippedField, StampModel,
    Storage, TokenizerModel,
};
pub(crate) use self::enumeration::{EnumModel, VariantModel};
pub(crate) use self::projection::{ProjectedField, ProjectionModel, Source};
pub(crate) use self::record::{EmbedModel, ModelChoice, RecordModel, TemplatePart, TextModel};
pub(crate) use self::structure::{StructKind, StructModel};
