//! Names that are not part of the public API. The names that generated code uses are in [`__private`](crate::__private).

pub use super::column::{ColumnBuilder, ColumnReader, Handle, RowBuilder, RowReader};
pub use super::columns::{
    EnumBuilder, EnumReader, ListBuilder, ListReader, NewtypeBuilder, NewtypeReader, NonNull, Nullness,
    StructBuilder, StructReader, Transparent, WithBuilder, WithReader, stored_in_template, stored_text,
};
pub use super::filter_data::{
    ColumnKind, FieldType, FilterColumn, FilterField, Part, Parts, RecordFilter, ScalarKind, StructFilter,
    debug_filter, debug_struct_filter, equal_filters, equal_struct_filters, filter_column, from_all_parts,
    from_boxed_parts, into_all_parts, into_boxed_parts, into_part, next_part,
};
pub use super::flatten::{flattened_fields, flattened_reader, in_flattened, is_taken};
pub use super::operator::{Operator, Test};
pub use super::query_methods::QueryMethods;
pub use super::template::fill_template;
pub use super::vector::WriteRow;
