use ::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::{Value, items, operands, ordered};
use crate::query::TimeUnit;
use crate::record::{Native, Primitive, TimestampOf, TimestampSpec};
use arrow_schema::DataType;

macro_rules! timestamps {
    ($storage:ty $(, [$($generics:tt)*])?) => {
        operands!(DateTime<Utc>, $storage, |value: DateTime<Utc>| timestamp::<_, $storage>(&value) $(, [$($generics)*])?);
        operands!(DateTime<Utc>, $storage, |value: &DateTime<Utc>| timestamp::<_, $storage>(value) $(, [$($generics)*])?);
        operands!(NaiveDateTime, $storage, |value: NaiveDateTime| timestamp::<_, $storage>(&value) $(, [$($generics)*])?);
        operands!(NaiveDateTime, $storage, |value: &NaiveDateTime| timestamp::<_, $storage>(value) $(, [$($generics)*])?);
        ordered!(
            DateTime<Utc>, $storage $(, [$($generics)*])?;
            NaiveDateTime, $storage $(, [$($generics)*])?;
        );
    };
}

timestamps!(Native);
timestamps!(TimestampOf<T>, [T: TimestampSpec]);

items! {
    DateTime<Utc>, Native, DateTime<Utc>;
    NaiveDateTime, Native, NaiveDateTime;
    DateTime<Utc>, TimestampOf<T>, DateTime<Utc>, [T: TimestampSpec];
    NaiveDateTime, TimestampOf<T>, NaiveDateTime, [T: TimestampSpec];
    NaiveDate, Native, NaiveDate;
    NaiveTime, Native, NaiveTime;
}

operands!(NaiveDate, Native, |value: NaiveDate| day(&value));
operands!(NaiveDate, Native, |value: &NaiveDate| day(value));
operands!(NaiveTime, Native, |value: NaiveTime| time(&value));
operands!(NaiveTime, Native, |value: &NaiveTime| time(value));
ordered!(NaiveDate, Native; NaiveTime, Native);

/// Converts a time to the unit and time zone of its column, and rounds it down in the same way as stored values.
fn timestamp<T, A>(value: &T) -> Value
where
    T: Primitive<A>,
    T::Arrow: arrow_array::ArrowPrimitiveType<Native = i64>,
{
    let DataType::Timestamp(unit, zone) = T::data_type() else {
        return Value::Invalid("the column is not a timestamp".to_owned());
    };
    let unit = match unit {
        arrow_schema::TimeUnit::Second => TimeUnit::Second,
        arrow_schema::TimeUnit::Millisecond => TimeUnit::Millisecond,
        arrow_schema::TimeUnit::Microsecond => TimeUnit::Microsecond,
        arrow_schema::TimeUnit::Nanosecond => TimeUnit::Nanosecond,
    };
    value_or_invalid(value.to_native(), |value| Value::Timestamp { value, unit, zone })
}

fn day(value: &NaiveDate) -> Value {
    value_or_invalid(value.to_native(), Value::Date)
}

fn time(value: &NaiveTime) -> Value {
    value_or_invalid(value.to_native(), Value::Time)
}

/// Converts a native value with `value`, or returns the error as an invalid value.
fn value_or_invalid<N>(native: crate::Result<N>, value: impl FnOnce(N) -> Value) -> Value {
    match native {
        Ok(native) => value(native),
        Err(error) => Value::Invalid(error.message().to_owned()),
    }
}
