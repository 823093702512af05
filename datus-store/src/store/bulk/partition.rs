//! Determines the part of a job that a row belongs to.
//!
//! Processes that run different builds must assign a row to the same part, so the hash is defined here and must never
//! change. It uses neither the standard library's hash nor arrow's row format, since both may differ between releases.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use crate::error::{Error, ErrorKind, Result};

/// The constants of 64-bit FNV-1a.
const START: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// Returns the number of each row's part, from 0. `columns` are the columns of the key, which must not contain nulls.
///
/// # Errors
/// `Unsupported` for a type that cannot be a key.
pub(super) fn parts_of(parts: u32, columns: &[ArrayRef]) -> Result<Vec<u32>> {
    let rows = columns.first().map_or(0, |column| column.len());
    let mut hashes = vec![START; rows];
    for column in columns {
        add_column(&mut hashes, column)?;
    }
    Ok(hashes.into_iter().map(|hash| part(parts, hash)).collect())
}

/// Scales the mixed hash to a number below `parts`.
fn part(parts: u32, hash: u64) -> u32 {
    ((u128::from(mixed(hash)) * u128::from(parts)) >> 64) as u32
}

/// Mixes the bits of a hash, as SplitMix64 does. The upper bits of FNV-1a hardly depend on the last bytes.
fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Adds the length and the bytes of a value to the hash, so that `("ab", "c")` differs from `("a", "bc")`.
fn add(hash: &mut u64, value: &[u8]) {
    let length = (value.len() as u64).to_le_bytes();
    for byte in length.iter().chain(value) {
        *hash = (*hash ^ u64::from(*byte)).wrapping_mul(PRIME);
    }
}

fn add_all<'a>(hashes: &mut [u64], values: impl Iterator<Item = &'a [u8]>) {
    hashes.iter_mut().zip(values).for_each(|(hash, value)| add(hash, value));
}

fn add_column(hashes: &mut [u64], column: &ArrayRef) -> Result<()> {
    match column.data_type() {
        DataType::Utf8 => {
            let column = column.as_string::<i32>();
            add_all(hashes, (0..column.len()).map(|row| column.value(row).as_bytes()));
        }
        DataType::Binary => {
            let column = column.as_binary::<i32>();
            add_all(hashes, (0..column.len()).map(|row| column.value(row)));
        }
        DataType::FixedSizeBinary(_) => {
            let column = column.as_fixed_size_binary();
            add_all(hashes, (0..column.len()).map(|row| column.value(row)));
        }
        DataType::Boolean => {
            let column = column.as_boolean();
            hashes.iter_mut().zip(column.values()).for_each(|(hash, value)| add(hash, &[u8::from(value)]));
        }
        DataType::Dictionary(_, _) => {
            let values = arrow_cast::cast(column, &DataType::Utf8);
            add_column(hashes, &values.map_err(|source| no_key(column.data_type()).with_source(source))?)?;
        }
        data_type => {
            let width = data_type.primitive_width().filter(|_| !data_type.is_floating());
            let width = width.ok_or_else(|| no_key(data_type))?;
            let data = column.to_data();
            let values = data.buffers().first().ok_or_else(|| no_key(data_type))?;
            let values = values.as_slice().chunks_exact(width).skip(data.offset());
            add_all(hashes, values);
        }
    }
    Ok(())
}

fn no_key(data_type: &DataType) -> Error {
    Error::new(ErrorKind::Unsupported, format!("a value of the type {data_type} cannot be a key"))
        .with_help("use text or a number for the key")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int32Type;
    use arrow_array::{
        BinaryArray, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array, StringArray,
    };

    use super::*;

    fn texts(texts: &[&str]) -> ArrayRef {
        Arc::new(StringArray::from_iter_values(texts))
    }

    #[test]
    fn the_part_of_a_key_never_changes() {
        // Parts that other builds wrote depend on these numbers.
        let columns = [texts(&["", "a", "orders", "Straße"])];
        assert_eq!(parts_of(1000, &columns).unwrap(), [504, 697, 522, 721]);
        let columns: [ArrayRef; 1] = [Arc::new(Int64Array::from(vec![0, 1, -1, i64::MAX]))];
        assert_eq!(parts_of(1000, &columns).unwrap(), [645, 104, 822, 93]);
        let columns: [ArrayRef; 2] = [texts(&["ab", "a"]), texts(&["c", "bc"])];
        assert_eq!(parts_of(1000, &columns).unwrap(), [281, 273]);
    }

    #[test]
    fn the_part_depends_on_the_values_and_not_on_the_array() {
        let plain = texts(&["x", "b", "a", "b"]);
        let dictionary: DictionaryArray<Int32Type> = ["x", "b", "a", "b"].into_iter().collect();
        let expected = parts_of(97, &[Arc::clone(&plain)]).unwrap();
        assert_eq!(parts_of(97, &[Arc::new(dictionary)]).unwrap(), expected);
        assert_eq!(parts_of(97, &[plain.slice(1, 3)]).unwrap(), expected[1..]);
        let bytes = BinaryArray::from_vec(vec![b"x", b"b", b"a", b"b"]);
        assert_eq!(parts_of(97, &[Arc::new(bytes)]).unwrap(), expected);
        let numbers: ArrayRef = Arc::new(Int32Array::from_iter_values(0..100));
        let all = parts_of(97, &[Arc::clone(&numbers)]).unwrap();
        assert_eq!(parts_of(97, &[numbers.slice(40, 20)]).unwrap(), all[40..60]);
        let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true, false, true]));
        let all = parts_of(97, &[Arc::clone(&flags)]).unwrap();
        assert_eq!(all[0], all[2]);
        assert_eq!(parts_of(97, &[flags.slice(1, 2)]).unwrap(), all[1..]);
    }

    #[test]
    fn numbered_keys_fill_the_parts_evenly() {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..100_000));
        let names: Vec<String> = (0..100_000).map(|number| format!("document-{number}")).collect();
        let names: ArrayRef = Arc::new(StringArray::from_iter_values(names));
        for column in [numbers, names] {
            let mut sizes = [0_usize; 100];
            for part in parts_of(100, &[column]).unwrap() {
                sizes[usize::try_from(part).unwrap()] += 1;
            }
            // 1,000 on average, with a standard deviation of 31.
            assert!(sizes.iter().all(|size| (840..1160).contains(size)), "{sizes:?}");
        }
    }

    #[test]
    fn a_float_has_no_part() {
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
        assert_eq!(parts_of(2, &[floats]).unwrap_err().kind(), ErrorKind::Unsupported);
    }
}
