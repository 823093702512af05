//! Every rule, once. Errors are collected, never returned early, so that one compile shows all of them.
//!
//! Each file holds the rules of one concept and resolves it into its part of the model. A part that is
//! wrong is reported and resolved to something harmless: the model is given out only without errors.

mod column;
mod column_name;
mod conflict;
mod embed;
mod enumeration;
mod fts;
mod generics;
mod key;
mod metadata;
mod method;
mod projection;
mod record;
mod rename_from;
mod schema_version;
mod shape;
mod storage;
mod structure;
mod table;
mod template;
#[cfg(test)]
mod tests;

use darling::Error;
use darling::error::Accumulator;
use proc_macro2::Span;

pub(crate) use self::column_name::RESERVED;
pub(crate) use self::enumeration::enumeration;
pub(crate) use self::projection::projection;
pub(crate) use self::record::record;
pub(crate) use self::structure::structure;

/// Reports a broken rule at a place.
fn report(errors: &mut Accumulator, span: Span, message: impl std::fmt::Display) {
    errors.push(Error::custom(message).with_span(&span));
}
