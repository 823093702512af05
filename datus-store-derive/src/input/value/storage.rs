//! The values of keys that choose the storage of a column: `decimal(p, s)`, `timestamp(unit, "tz")`.

use syn::parse::{Parse, ParseStream};
use syn::{LitInt, LitStr, Meta, Path, Token};

use super::plain::choose_path;
use super::{Value, wrong_form};
use crate::choice::TimeUnit;

/// The value of `decimal`.
#[derive(Clone)]
pub(crate) struct DecimalKey {
    pub(crate) precision: LitInt,
    pub(crate) scale: LitInt,
}

impl Value for DecimalKey {
    const WHAT: &'static str = "a precision and a scale";

    fn usage(key: &str) -> String {
        format!("{key}(10, 2)")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        parse_args::<Self, Self>(meta)
    }
}

impl Parse for DecimalKey {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let precision = input.parse()?;
        input.parse::<Token![,]>()?;
        let scale = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        Ok(Self { precision, scale })
    }
}

/// The value of `timestamp`.
#[derive(Clone)]
pub(crate) struct TimestampKey {
    pub(crate) unit: TimeUnit,
    pub(crate) tz: Option<LitStr>,
}

impl Value for TimestampKey {
    const WHAT: &'static str = "a unit, and optionally a time zone in quotes";

    fn usage(key: &str) -> String {
        format!("{key}(us, \"UTC\")")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        let RawTimestamp { unit, tz } = parse_args::<Self, RawTimestamp>(meta)?;
        Ok(Self { unit: choose_path(&unit)?, tz })
    }
}

/// A timestamp whose unit has not been resolved yet, because an unknown unit is not a syntax error.
struct RawTimestamp {
    unit: Path,
    tz: Option<LitStr>,
}

impl Parse for RawTimestamp {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let unit = input.parse()?;
        let comma = input.parse::<Option<Token![,]>>()?;
        let tz = match comma {
            Some(_) if !input.is_empty() => Some(input.parse()?),
            _ => None,
        };
        input.parse::<Option<Token![,]>>()?;
        Ok(Self { unit, tz })
    }
}

fn parse_args<K: Value, T: Parse>(meta: &Meta) -> darling::Result<T> {
    match meta {
        Meta::List(list) => list.parse_args().ok(),
        Meta::Path(_) | Meta::NameValue(_) => None,
    }
    .ok_or_else(|| wrong_form::<K>(meta))
}
