//! The version of a record's schema.

use darling::error::Accumulator;
use syn::LitInt;

use crate::input::Keyed;
use crate::validate::report;

/// Resolves the version; 0 where the record says none.
pub(super) fn of(said: Option<&Keyed<LitInt>>, errors: &mut Accumulator) -> u32 {
    let Some(said) = said else { return 0 };
    let version = said.value.base10_parse::<u32>().ok().filter(|version| *version > 0);
    if version.is_none() {
        let message = format!(
            "a schema version is a number from 1 to {}, not {}: write `schema_version = 1`",
            u32::MAX,
            said.value
        );
        report(errors, said.value.span(), message);
    }
    version.unwrap_or_default()
}
