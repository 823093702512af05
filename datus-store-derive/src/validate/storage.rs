//! The storage of a column.

use darling::error::Accumulator;
use proc_macro2::Span;
use syn::{LitInt, LitStr};

use crate::input::{DecimalKey, FieldInput, TimestampKey};
use crate::model::Storage;
use crate::validate::report;

/// The maximum number of digits in Arrow's `Decimal128`.
const MAX_PRECISION: u8 = 38;

/// Resolves the storage of a field, and the span of the key that chose it.
///
/// If several keys are present, the conflict has been reported, and the first one takes precedence.
pub(super) fn of(field: &FieldInput, errors: &mut Accumulator) -> (Storage, Span) {
    let keys = &field.keys;
    if let Some(decimal) = &keys.decimal {
        return (self::decimal(&decimal.value, errors), decimal.key);
    }
    if let Some(timestamp) = &keys.timestamp {
        return (self::timestamp(&timestamp.value, errors), timestamp.key);
    }
    if let Some(json) = &keys.json {
        return (Storage::Json, json.key);
    }
    if let Some(dictionary) = &keys.dictionary {
        return (Storage::Dictionary, dictionary.key);
    }
    if let Some(with) = &keys.with {
        return (Storage::With(with.value.clone()), with.key);
    }
    (Storage::Native, field.ident.span())
}

fn decimal(key: &DecimalKey, errors: &mut Accumulator) -> Storage {
    let precision = within(&key.precision, 1, MAX_PRECISION);
    if precision.is_none() {
        let message = format!(
            "the precision of a decimal must be from 1 to {MAX_PRECISION}, not {}: write `decimal(10, 2)`",
            key.precision
        );
        report(errors, key.precision.span(), message);
    }
    let precision = precision.unwrap_or(MAX_PRECISION);
    let scale = within(&key.scale, 0, precision);
    if scale.is_none() {
        let message = format!(
            "the scale of a decimal must be from 0 to its precision of {precision}, not {}: write `decimal(10, 2)`",
            key.scale
        );
        report(errors, key.scale.span(), message);
    }
    Storage::Decimal { precision, scale: scale.unwrap_or_default() }
}

fn within(number: &LitInt, min: u8, max: u8) -> Option<u8> {
    let value = number.base10_parse::<u8>().ok()?;
    (min..=max).contains(&value).then_some(value)
}

fn timestamp(key: &TimestampKey, errors: &mut Accumulator) -> Storage {
    let TimestampKey { unit, tz } = key;
    if let Some(tz) = tz.as_ref().filter(|tz| tz.value().trim().is_empty()) {
        let message = "a time zone cannot be empty: write `timestamp(us, \"UTC\")`, or `timestamp(us)`";
        report(errors, tz.span(), message);
    }
    Storage::Timestamp { unit: *unit, tz: tz.as_ref().map(LitStr::value) }
}
