//! The names that are not part of the public API. Those that generated code uses are in [`__private`](crate::__private).

pub use super::column::{ColumnBuilder, ColumnReader, Handle, RowBuilder, RowReader};
pub use super::columns::{
    EnumBuilder, EnumReader, ListBuilder, ListReader, NewtypeBuilder, NewtypeReader, NonNull, NotFilterable,
    Nullness, StructBuilder, StructReader, Transparent, WantedItems, WithBuilder, WithReader,
    stored_in_template, stored_text,
};
pub use super::flatten::{flattened_fields, flattened_reader, in_flattened, is_taken};
pub use super::query_methods::QueryMethods;
pub use super::template::fill_template;
pub use super::vector::WriteRow;
