use arrow_schema::DataType;

use crate::record::IndexKind;

/// Whether a scalar index of the kind can be built over a column of the Arrow type.
///
/// The rules are lancedb 0.41's own (`utils/mod.rs`, `supported_*_data_type`), for the Arrow types that records have.
///
/// ```
/// use datus_store::index::fits;
/// use datus_store::record::IndexKind;
/// # use arrow_schema::DataType;
///
/// assert!(fits(IndexKind::BTree, &DataType::Float32));
/// assert!(!fits(IndexKind::Bitmap, &DataType::Float32));
/// assert!(!fits(IndexKind::BTree, &DataType::Decimal128(10, 2)));
/// ```
pub fn fits(kind: IndexKind, data_type: &DataType) -> bool {
    match kind {
        IndexKind::BTree | IndexKind::Bloom => is_sortable(data_type),
        IndexKind::ZoneMap => is_sortable(data_type) || *data_type == DataType::Binary,
        IndexKind::Bitmap => is_countable(data_type),
        IndexKind::LabelList => match data_type {
            DataType::List(item) => is_countable(item.data_type()),
            _ => false,
        },
        IndexKind::NGram => *data_type == DataType::Utf8,
        IndexKind::Fm => matches!(data_type, DataType::Utf8 | DataType::Binary),
    }
}

fn is_sortable(data_type: &DataType) -> bool {
    data_type.is_integer()
        || data_type.is_floating()
        || matches!(
            data_type,
            DataType::Boolean
                | DataType::Utf8
                | DataType::Time64(_)
                | DataType::Date32
                | DataType::Timestamp(_, _)
                | DataType::FixedSizeBinary(_)
        )
}

fn is_countable(data_type: &DataType) -> bool {
    data_type.is_integer() || matches!(data_type, DataType::Utf8 | DataType::Binary | DataType::Boolean)
}
