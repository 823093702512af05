//! Columns that the store fills with the time of the write.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow_array::{
    ArrayRef, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray,
};
use arrow_schema::{DataType, TimeUnit};

use crate::error::{Error, ErrorKind, Result};
use crate::query::{self, Value};
use crate::record::{FieldDef, RecordDef};

/// The time of one operation, which all its rows share.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct WriteTime {
    nanoseconds: i128,
}

impl WriteTime {
    /// Reads the clock of this machine.
    pub(in crate::store) fn now() -> Self {
        let nanoseconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i128::try_from(since.as_nanos()).unwrap_or(i128::MAX),
            Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
        };
        Self { nanoseconds }
    }

    fn count(self, unit: TimeUnit) -> i64 {
        let nanoseconds = match unit {
            TimeUnit::Second => 1_000_000_000,
            TimeUnit::Millisecond => 1_000_000,
            TimeUnit::Microsecond => 1_000,
            TimeUnit::Nanosecond => 1,
        };
        i64::try_from(self.nanoseconds.div_euclid(nanoseconds)).unwrap_or(i64::MAX)
    }

    /// Returns the time as a value of the column.
    pub(in crate::store) fn value(self, field: &FieldDef) -> Result<Value> {
        let DataType::Timestamp(unit, zone) = &field.data_type else { return Err(not_a_timestamp(field)) };
        let value = self.count(*unit);
        let unit = match unit {
            TimeUnit::Second => query::TimeUnit::Second,
            TimeUnit::Millisecond => query::TimeUnit::Millisecond,
            TimeUnit::Microsecond => query::TimeUnit::Microsecond,
            TimeUnit::Nanosecond => query::TimeUnit::Nanosecond,
        };
        Ok(Value::Timestamp { value, unit, zone: zone.clone() })
    }

    /// Returns the column with this time in every row.
    pub(in crate::store) fn column(self, field: &FieldDef, rows: usize) -> Result<ArrayRef> {
        let DataType::Timestamp(unit, zone) = &field.data_type else { return Err(not_a_timestamp(field)) };
        let values = vec![self.count(*unit); rows];
        let zone = zone.clone();
        Ok(match unit {
            TimeUnit::Second => Arc::new(TimestampSecondArray::from(values).with_timezone_opt(zone)),
            TimeUnit::Millisecond => {
                Arc::new(TimestampMillisecondArray::from(values).with_timezone_opt(zone))
            }
            TimeUnit::Microsecond => {
                Arc::new(TimestampMicrosecondArray::from(values).with_timezone_opt(zone))
            }
            TimeUnit::Nanosecond => Arc::new(TimestampNanosecondArray::from(values).with_timezone_opt(zone)),
        })
    }
}

/// Writes the time into the timestamp columns. Values of the rows are overwritten.
pub(in crate::store) fn set_timestamps(
    record: &RecordDef,
    columns: &mut [ArrayRef],
    rows: usize,
    now: WriteTime,
) -> Result<()> {
    for (field, column) in record.fields.iter().zip(columns) {
        if field.auto_timestamp.is_some() {
            *column = now.column(field, rows)?;
        }
    }
    Ok(())
}

fn not_a_timestamp(field: &FieldDef) -> Error {
    let message = "the store writes the time into the column, which is not a timestamp";
    Error::new(ErrorKind::InvalidInput, message).with_column(field.name)
}
