//! The generated `…Filter` in untyped form: the descriptions of its columns, and its values without their types.
//!
//! Generated code only converts between its fields and [`Parts`]. The code that reads, writes and evaluates a filter works on
//! parts and descriptions, so it is compiled only once instead of once for each record.

use std::fmt::{self, Debug};

use super::Test;
#[cfg(feature = "chrono")]
use super::TimeUnit;

/// The kind of value that a column holds, as a filter sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ColumnKind {
    /// Values that have no operators, such as maps and lists of structs.
    Opaque,
    /// Values stored as JSON text, which have no operators.
    Json,
    /// Values that are compared as a whole.
    Scalar(ScalarKind),
    /// Lists of values that are compared as a whole.
    List(ScalarKind),
    /// A nested struct with these columns.
    Struct(&'static [FilterColumn]),
}

impl ColumnKind {
    /// Returns the kind of a list of values of this kind.
    pub const fn list(self) -> Self {
        match self {
            Self::Scalar(item) => Self::List(item),
            Self::Opaque | Self::Json | Self::List(_) | Self::Struct(_) => Self::Opaque,
        }
    }
}

/// The kind of values that a column is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ScalarKind {
    /// `true` and `false`.
    Bool,
    /// Signed 8-bit integers.
    Int8,
    /// Signed 16-bit integers.
    Int16,
    /// Signed 32-bit integers.
    Int32,
    /// Signed 64-bit integers.
    Int64,
    /// Unsigned 8-bit integers.
    UInt8,
    /// Unsigned 16-bit integers.
    UInt16,
    /// Unsigned 32-bit integers.
    UInt32,
    /// Unsigned 64-bit integers.
    UInt64,
    /// 16-bit floats.
    #[cfg(feature = "half")]
    Float16,
    /// 32-bit floats.
    Float32,
    /// 64-bit floats.
    Float64,
    /// Text.
    Text,
    /// Text that is one of these names.
    Enum(&'static [&'static str]),
    /// Byte strings.
    Bytes,
    /// Byte strings of this fixed length.
    FixedBytes(usize),
    /// UUIDs, which are stored as 16 bytes.
    #[cfg(feature = "uuid")]
    Uuid,
    /// Dates.
    #[cfg(feature = "chrono")]
    Date,
    /// Times of day.
    #[cfg(feature = "chrono")]
    Time,
    /// Timestamps.
    #[cfg(feature = "chrono")]
    Timestamp {
        /// The unit.
        unit: TimeUnit,
        /// The time zone of the column, or `None` for local times.
        zone: Option<&'static str>,
    },
    /// Durations in nanoseconds.
    Duration,
    /// Decimals.
    Decimal {
        /// The maximum number of digits.
        precision: u8,
        /// The number of digits after the decimal point.
        scale: i8,
    },
}

/// The type of a filter field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldType {
    /// The kind of value that the column holds.
    pub kind: ColumnKind,
    /// `true` if the column can be null.
    pub nullable: bool,
}

/// A column of a filter, with its description.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FilterColumn {
    /// The column's name.
    pub name: &'static str,
    /// The doc comment of the field, or an empty string if absent.
    pub description: &'static str,
    /// The type.
    pub field: FieldType,
    /// The column prefix of a flattened struct. `None` for a field that is a single column.
    pub prefix: Option<&'static str>,
}

/// Describes a column of a filter. Called by generated code.
pub const fn filter_column<F: FilterField>(
    name: &'static str,
    description: &'static str,
    prefix: Option<&'static str>,
) -> FilterColumn {
    FilterColumn { name, description, field: F::TYPE, prefix }
}

/// The value of a filter field: the conditions on a column, and the values for the columns of a nested struct.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    /// The conditions on the column itself.
    pub tests: Vec<Test>,
    /// One value for each column of a nested struct. Empty for any other column.
    pub columns: Vec<Option<Part>>,
}

/// The values of a filter on a record.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parts {
    /// One value for each column.
    pub columns: Vec<Option<Part>>,
    /// At least one of these filters must match the row. If the list is empty, this adds no condition.
    pub any: Vec<Parts>,
    /// All of these filters must match the row.
    pub all: Vec<Parts>,
    /// This filter must be false for the row.
    pub not: Option<Box<Parts>>,
}

/// The type of a field of the generated `…Filter`: the [`Condition`](super::Condition) of a column, or the filter of a nested
/// struct.
pub trait FilterField: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// The type of the column.
    const TYPE: FieldType;

    /// Converts the value to its untyped form.
    fn into_part(self) -> Part;

    /// Converts an untyped part back to this type. The part must have been created from this type.
    fn from_part(part: Part) -> Self;
}

/// The generated `…Filter` of a nested struct.
pub trait StructFilter: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// The columns.
    const COLUMNS: &'static [FilterColumn];

    /// Converts the fields to their untyped form. The result has one value for each column.
    fn into_columns(self) -> Vec<Option<Part>>;

    /// Converts untyped values back to this type.
    fn from_columns(columns: Vec<Option<Part>>) -> Self;
}

impl<F: StructFilter> FilterField for F {
    const TYPE: FieldType = FieldType { kind: ColumnKind::Struct(F::COLUMNS), nullable: false };

    fn into_part(self) -> Part {
        Part { tests: Vec::new(), columns: self.into_columns() }
    }

    fn from_part(part: Part) -> Self {
        Self::from_columns(part.columns)
    }
}

/// The generated `…Filter` of a record.
pub trait RecordFilter: Clone + Debug + PartialEq + Default + Send + Sync + 'static {
    /// The columns.
    const COLUMNS: &'static [FilterColumn];

    /// The names of the fields that combine filters: `any`, `all` and `not`, or other names if columns have these names.
    const COMBINATORS: [&'static str; 3];

    /// Converts the filter to its untyped form.
    fn into_parts(self) -> Parts;

    /// Converts untyped parts back to this filter.
    fn from_parts(parts: Parts) -> Self;
}

/// Converts a field to its untyped form. Called by generated code.
pub fn into_part<F: FilterField>(field: Option<F>) -> Option<Part> {
    field.map(F::into_part)
}

/// Takes the next value and converts it to the type of its field. Called by generated code.
pub fn next_part<F: FilterField>(columns: &mut std::vec::IntoIter<Option<Part>>) -> Option<F> {
    columns.next().flatten().map(F::from_part)
}

/// Converts filters to their untyped form. Called by generated code.
pub fn into_all_parts<F: RecordFilter>(filters: Vec<F>) -> Vec<Parts> {
    filters.into_iter().map(F::into_parts).collect()
}

/// Converts untyped parts back to filters. Called by generated code.
pub fn from_all_parts<F: RecordFilter>(filters: Vec<Parts>) -> Vec<F> {
    filters.into_iter().map(F::from_parts).collect()
}

/// Converts a filter to its untyped form. Called by generated code.
pub fn into_boxed_parts<F: RecordFilter>(filter: Option<Box<F>>) -> Option<Box<Parts>> {
    filter.map(|filter| Box::new(filter.into_parts()))
}

/// Converts untyped parts back to a filter. Called by generated code.
pub fn from_boxed_parts<F: RecordFilter>(filter: Option<Box<Parts>>) -> Option<Box<F>> {
    filter.map(|parts| Box::new(F::from_parts(*parts)))
}

/// Returns `true` if two filters are equal. Called by generated code.
pub fn equal_filters<F: RecordFilter>(left: &F, right: &F) -> bool {
    left.clone().into_parts() == right.clone().into_parts()
}

/// Returns `true` if two filters of nested structs are equal. Called by generated code.
pub fn equal_struct_filters<F: StructFilter>(left: &F, right: &F) -> bool {
    left.clone().into_columns() == right.clone().into_columns()
}

/// Formats a filter. Called by generated code.
///
/// # Errors
/// The same errors as the formatter.
pub fn debug_filter<F: RecordFilter>(filter: &F, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let parts = filter.clone().into_parts();
    f.write_str(name)?;
    fmt::Debug::fmt(&FilterDebug { parts: &parts, columns: F::COLUMNS, combinators: F::COMBINATORS }, f)
}

/// Formats the filter of a nested struct. Called by generated code.
///
/// # Errors
/// The same errors as the formatter.
pub fn debug_struct_filter<F: StructFilter>(
    filter: &F,
    name: &str,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let parts = Parts { columns: filter.clone().into_columns(), ..Parts::default() };
    f.write_str(name)?;
    fmt::Debug::fmt(
        &FilterDebug { parts: &parts, columns: F::COLUMNS, combinators: ["any", "all", "not"] },
        f,
    )
}

/// The conditions that are set, with the names of their columns, for `Debug` output.
struct FilterDebug<'a> {
    parts: &'a Parts,
    columns: &'static [FilterColumn],
    combinators: [&'static str; 3],
}

impl Debug for FilterDebug<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { parts, columns, combinators } = *self;
        let debug = |parts| FilterDebug { parts, columns, combinators };
        let mut map = f.debug_map();
        for (part, column) in parts.columns.iter().zip(columns) {
            match (part, column.field.kind) {
                (Some(part), ColumnKind::Struct(inside)) => {
                    let parts = Parts { columns: part.columns.clone(), ..Parts::default() };
                    let columns = FilterDebug { parts: &parts, columns: inside, combinators };
                    map.entry(&column.name, &(&part.tests, columns));
                }
                (Some(part), _) => {
                    map.entry(&column.name, &part.tests);
                }
                (None, _) => {}
            }
        }
        for (name, filters) in [(combinators[0], &parts.any), (combinators[1], &parts.all)] {
            if !filters.is_empty() {
                map.entry(&name, &filters.iter().map(debug).collect::<Vec<_>>());
            }
        }
        if let Some(parts) = &parts.not {
            map.entry(&combinators[2], &debug(parts));
        }
        map.finish()
    }
}
