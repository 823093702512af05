//! Tests of the rules through the stages `DeriveInput -> input -> validate -> model`.

mod attributes;
mod containers;
mod fields;
mod models;
mod projections;

use darling::Error;
use syn::DeriveInput;

use crate::input::{Input, Target};
use crate::model::{EnumModel, ProjectionModel, RecordModel, StructModel};

fn record(input: DeriveInput) -> darling::Result<RecordModel> {
    let mut errors = Error::accumulator();
    let raw = Input::read(&input, Target::Record, &mut errors);
    super::record(raw, errors)
}

fn enumeration(input: DeriveInput) -> darling::Result<EnumModel> {
    let mut errors = Error::accumulator();
    let raw = Input::read(&input, Target::Enum, &mut errors);
    super::enumeration(raw, errors)
}

fn structure(input: DeriveInput) -> darling::Result<StructModel> {
    let mut errors = Error::accumulator();
    let raw = Input::read(&input, Target::Struct, &mut errors);
    super::structure(raw, errors)
}

fn projection(input: DeriveInput) -> darling::Result<ProjectionModel> {
    let mut errors = Error::accumulator();
    let raw = Input::read(&input, Target::Projection, &mut errors);
    super::projection(raw, errors)
}

/// Returns the messages in the order in which the compiler prints them.
fn messages<T>(result: darling::Result<T>) -> Vec<String> {
    match result {
        Ok(_) => Vec::new(),
        Err(error) => syn::Error::from(error).into_iter().map(|error| error.to_string()).collect(),
    }
}

/// Asserts that a derive reports exactly these messages: `refuses!(record { struct R { … } } "…", "…")`.
macro_rules! refuses {
    ($derive:ident { $($input:tt)* } $($message:expr),* $(,)?) => {
        assert_eq!(
            crate::validate::tests::messages(crate::validate::tests::$derive(syn::parse_quote!($($input)*))),
            Vec::<String>::from([$($message.to_string()),*]),
        )
    };
}
use refuses;
