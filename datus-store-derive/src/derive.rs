//! The pipeline of the derives: read, validate, expand. A failed derive emits its errors and stubs.

use darling::Error;
use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::input::{Input, Target};
use crate::{expand, validate};

/// Derives `EmbeddingRecord`.
pub(crate) fn embedding_record(input: DeriveInput) -> TokenStream {
    let mut errors = Error::accumulator();
    let raw = Input::read(&input, Target::Record, &mut errors);
    let krate = raw.krate();
    match validate::record(raw, errors) {
        Ok(model) => expand::record(&model),
        Err(error) => expand::stubs::record(&input, &krate, &messages(error)),
    }
}

/// Derives `Column` for an enum.
pub(crate) fn column_enum(input: DeriveInput) -> TokenStream {
    let mut errors = Error::accumulator();
    let raw = Input::read(&input, Target::Enum, &mut errors);
    let krate = raw.krate();
    match validate::enumeration(raw, errors) {
        Ok(model) => expand::enumeration(&model),
        Err(error) => expand::stubs::enumeration(&input, &krate, &messages(error)),
    }
}

/// Derives `Column` for a nested struct or a newtype.
pub(crate) fn column_struct(input: DeriveInput) -> TokenStream {
    let mut errors = Error::accumulator();
    let raw = Input::read(&input, Target::Struct, &mut errors);
    let krate = raw.krate();
    match validate::structure(raw, errors) {
        Ok(model) => expand::structure(&model),
        Err(error) => expand::stubs::structure(&input, &krate, &messages(error)),
    }
}

/// Derives `Projection`.
pub(crate) fn projection(input: DeriveInput) -> TokenStream {
    let mut errors = Error::accumulator();
    let raw = Input::read(&input, Target::Projection, &mut errors);
    let krate = raw.krate();
    match validate::projection(raw, errors) {
        Ok(model) => expand::projection(&model),
        Err(error) => expand::stubs::projection(&input, &krate, &messages(error)),
    }
}

/// Returns a `compile_error!` for each mistake.
fn messages(error: Error) -> Vec<TokenStream> {
    error.flatten().into_iter().map(Error::write_errors).collect()
}
