//! The Rust type of a column.

use arrow_schema::{DataType, Field, Fields, TimeUnit};

use crate::record::keys;

/// The extension of Lance's blobs, which are read as descriptions, not as bytes.
const BLOB: &str = "lance.blob.v2";

/// The Rust type that holds the values of a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FieldType {
    /// The shape of the type.
    pub(super) shape: Shape,
    /// The key of `#[datus(…)]` that chooses the storage, such as `decimal(10, 2)`.
    pub(super) storage: Option<String>,
    /// The cargo feature that the type needs.
    pub(super) feature: Option<&'static str>,
}

/// A type in which nested structs have no names yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// A type that is written as this text.
    Plain(String),
    /// A struct with these fields.
    Struct(Fields),
    Option(Box<Shape>),
    Vec(Box<Shape>),
    /// A map whose keys are text.
    Map(Box<Shape>),
}

impl FieldType {
    /// Returns the type for a column.
    ///
    /// # Errors
    /// Fails with the reason why no Rust field can represent the column, phrased to follow the column's name.
    pub(super) fn of(field: &Field) -> Result<Self, String> {
        let extension = field.metadata().get("ARROW:extension:name").map(String::as_str);
        if extension == Some(BLOB) {
            return Err("is a blob".to_owned());
        }
        let mut found = Self::of_type(field.data_type())?;
        if field.is_nullable() {
            found.shape = Shape::Option(Box::new(found.shape));
        }
        Ok(found)
    }

    fn of_type(data_type: &DataType) -> Result<Self, String> {
        let plain = |text: &str| Ok(Self::plain(text, None, None));
        match data_type {
            DataType::Utf8 => plain("String"),
            DataType::Boolean => plain("bool"),
            DataType::Int8 => plain("i8"),
            DataType::Int16 => plain("i16"),
            DataType::Int32 => plain("i32"),
            DataType::Int64 => plain("i64"),
            DataType::UInt8 => plain("u8"),
            DataType::UInt16 => plain("u16"),
            DataType::UInt32 => plain("u32"),
            DataType::UInt64 => plain("u64"),
            DataType::Float16 => Ok(Self::plain("half::f16", None, Some("half"))),
            DataType::Float32 => plain("f32"),
            DataType::Float64 => plain("f64"),
            DataType::Binary => plain("Vec<u8>"),
            DataType::FixedSizeBinary(length) => plain(&format!("[u8; {length}]")),
            DataType::Duration(TimeUnit::Nanosecond) => plain("std::time::Duration"),
            DataType::Date32 => Ok(Self::plain("chrono::NaiveDate", None, Some("chrono"))),
            DataType::Time64(TimeUnit::Nanosecond) => {
                Ok(Self::plain("chrono::NaiveTime", None, Some("chrono")))
            }
            DataType::Timestamp(unit, zone) => Ok(timestamp(*unit, zone.as_deref())),
            DataType::Decimal128(precision, scale) if *scale >= 0 && scale.unsigned_abs() <= *precision => {
                let storage = format!("decimal({precision}, {scale})");
                Ok(Self::plain("rust_decimal::Decimal", Some(storage), Some("rust_decimal")))
            }
            DataType::Dictionary(keys, values)
                if (&**keys, &**values) == (&DataType::Int32, &DataType::Utf8) =>
            {
                Ok(Self::plain("String", Some("dictionary".to_owned()), None))
            }
            DataType::FixedSizeList(item, length) => array(item, *length, data_type),
            DataType::List(item) => list(item, data_type),
            DataType::Map(entry, _) => map(entry, data_type),
            DataType::Struct(fields) if !fields.is_empty() => {
                fields.iter().try_for_each(|field| {
                    name_problem(field.name()).map_or_else(|| Self::of(field).map(|_| ()), Err).map_err(
                        |reason| format!("contains `{}`, which {reason}", field.name().escape_debug()),
                    )
                })?;
                Ok(Self { shape: Shape::Struct(fields.clone()), storage: None, feature: None })
            }
            other => Err(no_type(other)),
        }
    }

    fn plain(text: &str, storage: Option<String>, feature: Option<&'static str>) -> Self {
        Self { shape: Shape::Plain(text.to_owned()), storage, feature }
    }
}

fn no_type(data_type: &DataType) -> String {
    format!("is {data_type}")
}

fn timestamp(unit: TimeUnit, zone: Option<&str>) -> FieldType {
    let name = match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    };
    let storage = match (unit, zone) {
        (TimeUnit::Microsecond, None | Some("UTC")) => None,
        (_, None | Some("UTC")) => Some(format!("timestamp({name})")),
        (_, Some(zone)) => Some(format!("timestamp({name}, {zone:?})")),
    };
    let text = if zone.is_some() { "chrono::DateTime<chrono::Utc>" } else { "chrono::NaiveDateTime" };
    FieldType::plain(text, storage, Some("chrono"))
}

/// Returns the type for a list of `length` numbers.
fn array(item: &Field, length: i32, data_type: &DataType) -> Result<FieldType, String> {
    let (number, feature) = match item.data_type() {
        DataType::Float16 => ("half::f16", Some("half")),
        DataType::Float32 => ("f32", None),
        DataType::Float64 => ("f64", None),
        _ => return Err(no_type(data_type)),
    };
    match item.is_nullable() && item.name() == "item" {
        true => Ok(FieldType::plain(&format!("[{number}; {length}]"), None, feature)),
        false => Err(no_type(data_type)),
    }
}

fn list(item: &Field, data_type: &DataType) -> Result<FieldType, String> {
    // A field of type `Vec<u8>` is a binary column, not a list.
    if item.name() != "item" || *item.data_type() == DataType::UInt8 {
        return Err(no_type(data_type));
    }
    let found = FieldType::of(item)?;
    Ok(FieldType { shape: Shape::Vec(Box::new(found.shape)), ..found })
}

fn map(entry: &Field, data_type: &DataType) -> Result<FieldType, String> {
    let DataType::Struct(fields) = entry.data_type() else { return Err(no_type(data_type)) };
    let [key, value] = &fields[..] else { return Err(no_type(data_type)) };
    let named = (entry.name().as_str(), key.name().as_str(), value.name().as_str());
    if named != ("entries", "keys", "values") || *key.data_type() != DataType::Utf8 || key.is_nullable() {
        return Err(no_type(data_type));
    }
    let found = FieldType::of(value)?;
    Ok(FieldType { shape: Shape::Map(Box::new(found.shape)), ..found })
}

/// Returns the reason why a field cannot have the name of this column, as the end of a sentence.
pub(super) fn name_problem(name: &str) -> Option<String> {
    let refused = |c: char| matches!(c, '.' | '`' | '"') || c.is_control();
    match name.chars().find(|c| refused(*c)) {
        Some(c) => Some(format!("has {c:?} in its name, which LanceDB does not support in queries")),
        None if name.is_empty() => Some("has no name".to_owned()),
        None => None,
    }
}

/// The names that the derive reserves: see `RESERVED` and `OWN_RESERVED` in its `names.rs`. An integration test compares
/// the lists.
const RESERVED: [&str; 14] = [
    "_rowid",
    "_rowaddr",
    "_rowoffset",
    "_row_created_at_version",
    "_row_last_updated_at_version",
    "_distance",
    "_score",
    "_relevance_score",
    "_relevance_terms",
    "_highlights",
    "_distance_rank",
    "_score_rank",
    "__action",
    "__merge_source_sentinel",
];

/// Returns the reason why a field of a record cannot have the name of this column, as the end of a sentence.
pub(super) fn column_name_problem(name: &str) -> Option<String> {
    if RESERVED.contains(&name) || name.starts_with("__datus") || name.ends_with(keys::STANDBY) {
        return Some("has a reserved name".to_owned());
    }
    name_problem(name)
}
