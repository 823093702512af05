use arrow_schema::DataType;

use crate::record::IndexKind::{self, BTree, Bitmap, Bloom, Fm, LabelList, NGram, ZoneMap};

/// The kinds for integers and `bool`s.
pub(crate) const DISCRETE: &[IndexKind] = &[BTree, Bitmap, ZoneMap, Bloom];
/// The kinds for ordered values that seldom repeat: floats, times and fixed-length bytes.
pub(crate) const ORDERED: &[IndexKind] = &[BTree, ZoneMap, Bloom];
/// The kinds for text.
pub const TEXT: &[IndexKind] = &[BTree, Bitmap, NGram, Fm, ZoneMap, Bloom];
/// The kinds for variable-length bytes.
pub(crate) const BYTES: &[IndexKind] = &[Bitmap, Fm, ZoneMap];
/// The kinds for lists whose items support a bitmap index.
const LISTS: &[IndexKind] = &[LabelList];

/// Returns `true` if a column of the Arrow type supports a scalar index of the kind.
///
/// The rules are those of lancedb 0.41 (`utils/mod.rs`, `supported_*_data_type`), for the Arrow types that records use.
///
/// ```
/// use datus_store::index::supports_index;
/// use datus_store::record::IndexKind;
/// # use arrow_schema::DataType;
///
/// assert!(supports_index(IndexKind::BTree, &DataType::Float32));
/// assert!(!supports_index(IndexKind::Bitmap, &DataType::Float32));
/// assert!(!supports_index(IndexKind::BTree, &DataType::Decimal128(10, 2)));
/// ```
pub fn supports_index(kind: IndexKind, data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item) => has(list_kinds(kinds_for(item.data_type())), kind),
        other => has(kinds_for(other), kind),
    }
}

/// Returns the kinds of scalar index that a column of the Arrow type supports. Lists are excluded.
pub(crate) const fn kinds_for(data_type: &DataType) -> &'static [IndexKind] {
    match data_type {
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => DISCRETE,
        DataType::Utf8 => TEXT,
        DataType::Binary => BYTES,
        DataType::Float16
        | DataType::Float32
        | DataType::Float64
        | DataType::Time64(_)
        | DataType::Date32
        | DataType::Timestamp(_, _)
        | DataType::FixedSizeBinary(_) => ORDERED,
        _ => &[],
    }
}

/// Returns the kinds that a list supports if its items support `kinds`.
pub(crate) const fn list_kinds(kinds: &[IndexKind]) -> &'static [IndexKind] {
    if has(kinds, Bitmap) { LISTS } else { &[] }
}

/// Returns `true` if `kinds` contains `kind`. Generated code calls it at compile time.
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

    /// Compares the kinds declared for a Rust type with those that lancedb supports for its Arrow type.
    fn check<T: Column<A>, A>() {
        for kind in ALL {
            let data_type = T::data_type();
            assert_eq!(
                has(T::INDEXES, kind),
                supports_index(kind, &data_type),
                "{} over {data_type}",
                kind.name()
            );
        }
    }

    #[test]
    fn each_arrow_type_supports_the_kinds_of_its_group() {
        let kinds = |data_type: &DataType| -> Vec<&str> {
            ALL.into_iter().filter(|kind| supports_index(*kind, data_type)).map(IndexKind::name).collect()
        };
        let list = |item| DataType::new_list(item, true);
        for integer in [DataType::Boolean, DataType::Int8, DataType::Int64, DataType::UInt64] {
            assert_eq!(kinds(&integer), ["btree", "bitmap", "zone_map", "bloom"], "{integer}");
            assert_eq!(kinds(&list(integer)), ["label_list"]);
        }
        assert_eq!(kinds(&DataType::Utf8), ["btree", "bitmap", "ngram", "fm", "zone_map", "bloom"]);
        assert_eq!(kinds(&DataType::Binary), ["bitmap", "fm", "zone_map"]);
        assert_eq!(kinds(&list(DataType::Binary)), ["label_list"]);
        for ordered in [DataType::Float32, DataType::Date32, DataType::FixedSizeBinary(4)] {
            assert_eq!(kinds(&ordered), ["btree", "zone_map", "bloom"], "{ordered}");
            assert_eq!(kinds(&list(ordered)), [""; 0]);
        }
        assert_eq!(kinds(&DataType::Decimal128(10, 2)), [""; 0]);
    }

    macro_rules! check {
        ($($type:ty),+ $(,)?) => { $(check::<$type, crate::record::Native>();)+ };
    }

    #[test]
    fn rust_types_support_the_same_indexes_as_their_arrow_types() {
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
