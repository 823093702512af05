//! What a derive resolved to: nothing left to default, no attributes, nothing left to refuse.
//!
//! Rules about types are not decided here: the models keep types, and traits in the generated code judge them.

mod column;
mod enumeration;
mod projection;
mod record;
mod structure;

pub(crate) use self::column::{
    ColumnModel, DefaultValue, FieldModel, FlattenModel, FtsModel, IndexModel, SkippedField, StampModel,
    Storage,
};
pub(crate) use self::enumeration::{EnumModel, VariantModel};
pub(crate) use self::projection::{ProjectedField, ProjectionModel, Source};
pub(crate) use self::record::{EmbedModel, ModelChoice, RecordModel, TemplatePart, TextModel};
pub(crate) use self::structure::{StructKind, StructModel};
