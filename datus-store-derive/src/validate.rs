//! Checks the rules and resolves the input to a model. Errors are collected and never returned early, so that one
//! compilation reports all of them.
//!
//! Each file contains the rules of one concept and resolves its part of the model. An invalid part is reported and resolved
//! to a placeholder. The model is returned only if there are no errors.

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

pub(crate) use self::enumeration::enumeration;
pub(crate) use self::projection::projection;
pub(crate) use self::record::record;
pub(crate) use self::structure::structure;

/// Reports an error at a span.
fn report(errors: &mut Accumulator, span: Span, message: impl std::fmt::Display) {
    errors.push(Error::custom(message).with_span(&span));
}
