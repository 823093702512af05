#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and here panics are the subject"
)]

use std::error::Error as _;

use arrow_schema::Schema;
use futures::executor::block_on;

use super::*;

fn assert_panicked(error: &Error, text: &str) {
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Engine, Some("read")), "{error:?}");
    assert_eq!(error.table(), Some("notes"));
    assert_eq!(error.source().unwrap().to_string(), text);
    assert!(!error.message().contains(text), "the text may hold data: {error:?}");
}

/// Fault 12.
#[test]
fn a_panic_of_an_operation_is_an_error_that_names_the_table() {
    let fixed = traced!("read", "notes").run(async { panic!("fixed text") }, |()| 0);
    assert_panicked(&block_on(fixed).unwrap_err(), "fixed text");
    let made = traced!("read", "notes").run(async { panic!("page {}", 7) }, |()| 0);
    assert_panicked(&block_on(made).unwrap_err(), "page 7");
    let other = traced!("read", "notes");
    let other = other.step(async { std::panic::panic_any(7) as Result<()> });
    assert_panicked(&block_on(other).unwrap_err(), "the panic has no message");
    assert_eq!(block_on(traced!("read", "notes").run(async { Ok(3) }, |rows| *rows)).unwrap(), 3);
}

/// Fault 12.
#[test]
fn a_stream_that_panics_gives_its_batches_then_the_error_and_ends() {
    let batch = RecordBatch::new_empty(std::sync::Arc::new(Schema::empty()));
    let batches = stream::iter([1, 2, 3]).map(move |number| match number {
        1 => Ok(batch.clone()),
        _ => panic!("page {number}"),
    });
    let mut traced = traced!("read", "notes").stream(batches.boxed());
    block_on(async {
        assert!(traced.next().await.unwrap().is_ok());
        assert_panicked(&traced.next().await.unwrap().unwrap_err(), "page 2");
        assert!(traced.next().await.is_none());
    });
}

#[test]
fn an_error_of_a_stream_names_the_operation_and_the_stream_goes_on() {
    let failed = Error::new(ErrorKind::Decode, "no");
    let batches =
        stream::iter([Err(failed), Ok(RecordBatch::new_empty(std::sync::Arc::new(Schema::empty())))]);
    let mut traced = traced!("read", "notes").stream(batches.boxed());
    block_on(async {
        let error = traced.next().await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.table()), (ErrorKind::Decode, Some("notes")));
        assert!(traced.next().await.unwrap().is_ok());
        assert!(traced.next().await.is_none());
    });
}
