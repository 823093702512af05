//! The version of a record's schema.

use darling::error::Accumulator;
use syn::LitInt;

use crate::input::Keyed;
use crate::validate::report;

/// Resolves the schema version: 0 if the key is absent or invalid.
pub(super) fn of(key: Option<&Keyed<LitInt>>, errors: &mut Accumulator) -> u32 {
    let Some(key) = key else { return 0 };
    let version = key.value.base10_parse::<u32>().ok().filter(|version| *version > 0);
    if version.is_none() {
        let message = format!(
            "a schema version must be from 1 to {}, not {}: write `schema_version = 1`",
            u32::MAX,
            key.value
        );
        report(errors, key.value.span(), message);
    }
    version.unwrap_or_default()
}
