use arrow_schema::DataType;

use crate::record::IndexKind::{self, BTree, Bitmap, Bloom, Fm, LabelList, NGram, ZoneMap};

/// Of values that can be counted and sorted.
pub(crate) const COUNTED: &[IndexKind] = &[BTree, Bitmap, ZoneMap, Bloom];
/// Of values that are sorted and hardly ever equal.
pub(crate) const SORTED: &[IndexKind] = &[BTree, ZoneMap, Bloom];
/// Of text.
pub const TEXT: &[IndexKind] = &[BTree, Bitmap, NGram, Fm, ZoneMap, Bloom];
/// Of bytes of any length.
pub(crate) const BYTES: &[IndexKind] = &[Bitmap, Fm, ZoneMap];
/// Of lists of values that can be counted.
const LABELS: &[IndexKind] = &[LabelList];

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
    match data_type {
        DataType::List(item) => has(of_items(of(item.data_type())), kind),
        other => has(of(other), kind),
    }
}

/// The kinds of scalar indexes that can be built over a column of the Arrow type, unless it is a list.
pub(crate) const fn of(data_type: &DataType) -> &'static [IndexKind] {
    match data_type {
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => COUNTED,
        DataType::Utf8 => TEXT,
        DataType::Binary => BYTES,
        DataType::Float16
        | DataType::Float32
        | DataType::Float64
        | DataType::Time64(_)
        | DataType::Date32
        | DataType::Timestamp(_, _)
        | DataType::FixedSizeBinary(_) => SORTED,
        _ => &[],
    }
}

/// The kinds that can be built over lists of items that can have those.
pub(crate) const fn of_items(kinds: &[IndexKind]) -> &'static [IndexKind] {
    if has(kinds, Bitmap) { LABELS } else { &[] }
}

/// Whether the kind is among those. The compiler asks it of the fields of a record.
pub const fn has(mut kinds: &[IndexKind], kind: IndexKind) -> bool {
    while let [first, rest @ ..] = kinds {
        if *first as u8 == kind as u8 {
            return true;
        }
        kinds = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::record::{Column, DisplayFromStr, With};

    const ALL: [IndexKind; 7] = [BTree, Bitmap, LabelList, NGram, Fm, ZoneMap, Bloom];

    /// What the compiler is told of a Rust type, and what lancedb allows for its Arrow type.
    fn check<T: Column<A>, A>() {
        for kind in ALL {
            let data_type = T::data_type();
            assert_eq!(has(T::INDEXES, kind), fits(kind, &data_type), "{} over {data_type}", kind.name());
        }
    }

    macro_rules! check {
        ($($type:ty),+ $(,)?) => { $(check::<$type, crate::record::Native>();)+ };
    }

    #[test]
    fn rust_types_say_of_indexes_what_their_arrow_types_say() {
        check!(bool, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, String, Box<str>, Arc<str>, Duration);
        check!(Vec<u8>, [u8; 4], Option<String>, Option<f32>, Option<Vec<u8>>, HashMap<String, i32>);
        check!(
            Vec<i32>,
            Vec<f32>,
            Vec<String>,
            Vec<Option<String>>,
            Vec<Vec<u8>>,
            Vec<[u8; 4]>,
            Vec<Vec<i32>>
        );
        check::<std::net::IpAddr, With<DisplayFromStr>>();
        #[cfg(feature = "uuid")]
        check!(uuid::Uuid, Vec<uuid::Uuid>);
        #[cfg(feature = "half")]
        check!(half::f16);
        #[cfg(feature = "bytes")]
        check!(bytes::Bytes);
        #[cfg(feature = "chrono")]
        check!(chrono::NaiveDate, chrono::NaiveTime, chrono::NaiveDateTime, chrono::DateTime<chrono::Utc>);
        #[cfg(feature = "chrono")]
        check::<chrono::DateTime<chrono::Utc>, crate::record::TimestampOf<crate::record::Second>>();
        #[cfg(feature = "rust_decimal")]
        check::<rust_decimal::Decimal, crate::record::DecimalOf<10, 2>>();
        #[cfg(feature = "serde_json")]
        check::<serde_json::Value, crate::record::Json>();
        check::<String, crate::record::Dictionary>();
    }
}
