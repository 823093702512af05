//! What a derive resolved to: nothing left to default, no attributes, nothing left to refuse.
//!
//! Rules about types are not decided here. The models keep types and the spans of the keys that ask
//! something of them; traits in the generated code judge.

mod column;
mod enumeration;
mod record;
mod structure;

pub(crate) use self::column::{
    ColumnModel, DefaultValue, FieldModel, FtsModel, IndexModel, KeyModel, SkippedField, Storage,
};
pub(crate) use self::enumeration::{EnumModel, VariantModel};
pub(crate) use self::record::{EmbedModel, ModelChoice, RecordModel};
pub(crate) use self::structure::{StructKind, StructModel};
