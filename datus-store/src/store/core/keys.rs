use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, BooleanArray};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_row::{RowConverter, SortField};

use crate::error::{Error, ErrorKind, Result};
use crate::record::RecordDef;

/// The fingerprint of a key in memory: 80 bits of SipHash. The probability that two of a billion keys have the same
/// fingerprint is one in two million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::store) struct Fingerprint([u8; 10]);

impl Fingerprint {
    pub(in crate::store) fn bytes(self) -> [u8; 10] {
        self.0
    }

    /// Returns the first byte and the rest. At least one bit of the rest is set.
    pub(in crate::store) fn split(self) -> (u8, [u8; 9]) {
        let [first, rest @ ..] = self.0;
        (first, rest)
    }
}

/// The maximum length of a key in a message, in characters.
const LONGEST_NAME: usize = 100;

/// The keys of a set of rows.
#[derive(Debug, Clone)]
pub(in crate::store) struct Keys {
    /// The key's columns, in the key's order.
    pub(in crate::store) columns: Vec<(&'static str, ArrayRef)>,
    /// The fingerprint of each row.
    pub(in crate::store) fingerprints: Vec<Fingerprint>,
}

impl Keys {
    /// Returns the keys of rows. `columns` are the columns of the record, in order. Returns `None` for a record without a
    /// key.
    pub(in crate::store) fn from_columns(record: &RecordDef, columns: &[ArrayRef]) -> Result<Option<Self>> {
        let keys = record.key.iter().zip(record.key_fields()).map(|(&position, field)| {
            let lacking =
                || Error::new(ErrorKind::Engine, "the encoded rows lack the column").with_column(field.name);
            Ok((field.name, Arc::clone(columns.get(position).ok_or_else(lacking)?)))
        });
        let keys: Vec<_> = keys.collect::<Result<_>>()?;
        if keys.is_empty() {
            return Ok(None);
        }
        keys.iter().try_for_each(|(name, column)| check(name, column))?;
        Self::new(keys).map(Some)
    }

    /// Returns the keys in the given key columns.
    pub(in crate::store) fn new(columns: Vec<(&'static str, ArrayRef)>) -> Result<Self> {
        let fields = columns.iter().map(|(_, column)| SortField::new(column.data_type().clone())).collect();
        let arrays: Vec<ArrayRef> = columns.iter().map(|(_, column)| Arc::clone(column)).collect();
        let rows = RowConverter::new(fields).and_then(|converter| converter.convert_columns(&arrays));
        let rows = rows.map_err(|source| {
            Error::new(ErrorKind::Unsupported, "values of this type cannot be a key")
                .with_help("use text or a number")
                .with_source(source)
        })?;
        let fingerprints = rows.iter().map(|row| fingerprint(row.as_ref())).collect();
        Ok(Self { columns, fingerprints })
    }

    /// Returns the keys of the rows for which `keep` is true.
    pub(in crate::store) fn filter(&self, keep: &[bool]) -> Result<Self> {
        let mask = BooleanArray::from(keep.to_vec());
        let columns = self.columns.iter().map(|(name, column)| {
            let column = arrow_select::filter::filter(column, &mask).map_err(|source| {
                Error::new(ErrorKind::Engine, "the keys cannot be filtered").with_source(source)
            })?;
            Ok((*name, column))
        });
        let kept = self.fingerprints.iter().zip(keep).filter(|(_, keep)| **keep).map(|(key, _)| *key);
        Ok(Self { columns: columns.collect::<Result<_>>()?, fingerprints: kept.collect() })
    }

    /// Concatenates the keys of several batches. Returns `None` if there are no batches.
    pub(in crate::store) fn concat(batches: &[Self]) -> Result<Option<Self>> {
        let Some(first) = batches.first() else { return Ok(None) };
        let columns = first.columns.iter().enumerate().map(|(part, (name, _))| {
            let parts: Vec<&dyn Array> = batches.iter().map(|keys| keys.columns[part].1.as_ref()).collect();
            let column = arrow_select::concat::concat(&parts).map_err(|source| {
                Error::new(ErrorKind::Engine, "the keys cannot be concatenated").with_source(source)
            })?;
            Ok((*name, column))
        });
        let fingerprints = batches.iter().flat_map(|keys| keys.fingerprints.iter().copied());
        Ok(Some(Self { columns: columns.collect::<Result<_>>()?, fingerprints: fingerprints.collect() }))
    }

    /// Returns the first hundred characters of the key of a row, for error messages.
    pub(in crate::store) fn display(&self, row: usize) -> String {
        let options = FormatOptions::default();
        let parts = self.columns.iter().map(|(_, column)| {
            let formatter = ArrayFormatter::try_new(column.as_ref(), &options);
            formatter.map_or_else(|_| "?".to_owned(), |formatter| formatter.value(row).to_string())
        });
        let name = parts.collect::<Vec<_>>().join("`, `");
        match name.char_indices().nth(LONGEST_NAME) {
            Some((end, _)) => format!("`{}…`", name.get(..end).unwrap_or_default()),
            None => format!("`{name}`"),
        }
    }
}

/// Returns an error for values that are not equal to themselves: the engine would never find the row again.
fn check(name: &'static str, column: &ArrayRef) -> Result<()> {
    if column.data_type().is_floating() {
        let message = "a float cannot be a key, since NaN is not equal to itself and -0.0 is equal to 0.0";
        return Err(Error::new(ErrorKind::Unsupported, message)
            .with_help("use a number without a fraction, a decimal, or text")
            .with_column(name));
    }
    if column.is_nullable() {
        let message = "the key of a row is null, and null is not equal to null";
        return Err(Error::new(ErrorKind::InvalidInput, message)
            .with_help("give every row a key")
            .with_column(name));
    }
    Ok(())
}

fn fingerprint(bytes: &[u8]) -> Fingerprint {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        seed.hash(&mut hasher);
        bytes.hash(&mut hasher);
        hasher.finish()
    };
    let [first, second] = [half(0), half(1)].map(u64::to_le_bytes);
    let mut bytes = [0; 10];
    for (byte, of) in bytes.iter_mut().zip(first.into_iter().chain(second)) {
        *byte = of;
    }
    // Nine zero bytes after the first byte mark a free slot of `KeySet`.
    bytes[9] |= u8::from(bytes[1..] == [0; 9]);
    Fingerprint(bytes)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use arrow_array::{Float64Array, StringArray};

    use super::*;

    // The derive rejects such keys. Records with traits implemented by hand, and tables from other programs, can have them.
    #[test]
    fn a_value_that_is_not_equal_to_itself_is_not_a_key() {
        let float: ArrayRef = Arc::new(Float64Array::from(vec![0.5]));
        let error = check("at", &float).unwrap_err();
        assert_eq!((error.kind(), error.column()), (ErrorKind::Unsupported, Some("at")));
        let null: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
        let error = check("path", &null).unwrap_err();
        assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("path")));
        assert!(error.message().contains("null is not equal to null"), "{error}");
    }
}
