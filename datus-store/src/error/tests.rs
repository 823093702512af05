#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

/// An error with every part that the guide describes: operation, table, column, message, help and two causes.
fn full() -> Error {
    let inner = std::io::Error::other("connection reset\nby peer");
    let cause = Error::new(ErrorKind::Engine, "the storage failed").with_source(inner);
    Error::new(ErrorKind::Model, "the endpoint is busy")
        .with_help("try again later,\nor use another model")
        .with_operation("add")
        .with_table("docs")
        .with_column("text")
        .with_source(cause)
}

#[test]
fn display_prints_the_place_the_message_and_the_help_on_one_line() {
    let error = full();
    assert_eq!(
        error.to_string(),
        "add, table `docs`, column `text`: the endpoint is busy: try again later,\nor use another model"
    );
    assert_eq!(Error::new(ErrorKind::Model, "no").to_string(), "no");
    assert_eq!(Error::new(ErrorKind::Model, "no").with_table("t").to_string(), "table `t`: no");
}

/// Fault 28: when `main` returns an error, Rust prints this after `Error: `.
#[test]
fn debug_prints_a_line_for_each_part_and_then_the_causes() {
    let text = format!("Error: {:?}", full());
    assert_eq!(
        text,
        "Error: the endpoint is busy
  kind: model
  operation: add
  table: docs
  column: text
  help: try again later,
    or use another model

caused by:
  0: the storage failed
  1: connection reset
     by peer"
    );
    assert_eq!(format!("{:?}", Error::new(ErrorKind::Conflict, "busy")), "busy\n  kind: conflict");
}

#[test]
fn alternate_debug_prints_every_field() {
    let text = format!("{:#?}", full());
    for field in [
        "kind: Model",
        "operation: Some(\n        \"add\"",
        "table: Some(\n        \"docs\"",
        "column: Some(\n        \"text\"",
        "message: \"the endpoint is busy\"",
        "help: Some(\n        \"try again later,\\nor use another model\"",
        "differences: []",
        "source: Some(",
    ] {
        assert!(text.contains(field), "{field} is not in {text}");
    }
    assert!(text.starts_with("Error {\n"), "{text}");
}

#[test]
fn message_and_help_are_separate_and_the_first_help_is_kept() {
    let error = full();
    assert_eq!(error.message(), "the endpoint is busy");
    assert_eq!(error.help(), Some("try again later,\nor use another model"));
    assert_eq!(error.with_help("a second help").help(), Some("try again later,\nor use another model"));
    assert_eq!(Error::new(ErrorKind::Model, "no").help(), None);
}

#[test]
fn a_long_message_and_a_long_help_are_cut_between_characters() {
    let long = "é".repeat(MAX_MESSAGE_BYTES);
    let error = Error::new(ErrorKind::InvalidInput, format!("x{long}")).with_help(long.clone());
    let help = error.help().unwrap();
    // After the one-byte `x`, no two-byte character ends at the limit, so the cut is one byte earlier.
    assert_eq!(error.message().len(), MAX_MESSAGE_BYTES - 1 + " …".len());
    assert_eq!(help.len(), MAX_MESSAGE_BYTES + " …".len());
    assert!(error.message().ends_with("é …") && help.ends_with("é …"));
    let short = "x".repeat(MAX_MESSAGE_BYTES);
    assert_eq!(Error::new(ErrorKind::InvalidInput, short.clone()).message(), short);
}

#[cfg(feature = "store")]
#[test]
fn a_note_never_makes_a_message_longer_than_the_limit() {
    let long = "x".repeat(MAX_MESSAGE_BYTES * 2);
    let error = Error::new(ErrorKind::InvalidInput, long.clone()).with_note(long);
    assert!(error.message().len() <= MAX_MESSAGE_BYTES + " …".len(), "{}", error.message().len());
}

#[test]
fn a_column_is_prefixed_with_its_parents() {
    let error = Error::new(ErrorKind::Decode, "no").with_column("city");
    assert_eq!(error.inside_column("location").column(), Some("location.city"));
    assert_eq!(Error::new(ErrorKind::Decode, "no").inside_column("location").column(), Some("location"));
    let error = Error::new(ErrorKind::Decode, "no").with_column("city").with_column_prefix("home_");
    assert_eq!(error.with_column("other").column(), Some("home_city"));
}

/// Lists every kind with an exhaustive `match`, so that a new kind does not compile until it is added here. The tests
/// of the kinds are in `tests/integration/error.rs`.
fn all_kinds() -> Vec<ErrorKind> {
    let next = |kind| match kind {
        ErrorKind::InvalidInput => Some(ErrorKind::SchemaMismatch),
        ErrorKind::SchemaMismatch => Some(ErrorKind::Model),
        ErrorKind::Model => Some(ErrorKind::Reranker),
        ErrorKind::Reranker => Some(ErrorKind::TableNotFound),
        ErrorKind::TableNotFound => Some(ErrorKind::TableChanged),
        ErrorKind::TableChanged => Some(ErrorKind::RowNotFound),
        ErrorKind::RowNotFound => Some(ErrorKind::Unsupported),
        ErrorKind::Unsupported => Some(ErrorKind::Decode),
        ErrorKind::Decode => Some(ErrorKind::MissingIndex),
        ErrorKind::MissingIndex => Some(ErrorKind::Recall),
        ErrorKind::Recall => Some(ErrorKind::Conflict),
        ErrorKind::Conflict => Some(ErrorKind::Source),
        ErrorKind::Source => Some(ErrorKind::Expired),
        ErrorKind::Expired => Some(ErrorKind::Engine),
        ErrorKind::Engine => None,
    };
    std::iter::successors(Some(ErrorKind::InvalidInput), |kind| next(*kind)).collect()
}

#[test]
fn every_kind_has_a_unique_name_a_row_in_the_guide_and_a_test() {
    let guide = include_str!("../guide/errors.md");
    let tests = include_str!("../../../tests/integration/error.rs");
    let kinds = all_kinds();
    assert_eq!(kinds.len(), 15);
    for kind in &kinds {
        let name = kind.name();
        assert_eq!(kinds.iter().filter(|other| other.name() == name).count(), 1, "{name}");
        assert_eq!(format!("{kind:>20}").len(), 20);
        assert!(guide.contains(&format!("| [`{kind:?}`]")), "{kind:?} is not in guide/errors.md");
        let asserted = tests.contains(&format!(", ErrorKind::{kind:?}, \""));
        assert!(asserted, "{kind:?} is not asserted in tests/integration/error.rs");
    }
}

#[cfg(feature = "store")]
#[test]
fn a_repeated_error_keeps_its_place_its_help_and_its_causes() {
    assert!(full().repeated(0).is_empty());
    for count in 1..4 {
        let errors = full().repeated(count);
        assert_eq!(errors.len(), count);
        for error in errors {
            assert_eq!(format!("{error:?}"), format!("{:?}", full()));
            assert_eq!(error.to_string(), full().to_string());
        }
    }
}
