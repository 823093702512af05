use std::sync::Arc;

use datus_store::{EmbeddingRecord, ErrorKind, record};

use super::{assert_survive, round_trip};

const TEXTS: [&str; 10] = [
    "",
    " ",
    "Oslo",
    "it's \"quoted\" `twice` \\ 100% _ --; DROP TABLE x",
    "line one\nline two\r\n\ttabbed",
    "a\0b\0",
    "Ærøskøbing, 東京, القاهرة, Ελλάδα",
    "👩‍👩‍👧‍👦 e\u{301} \u{202e}reversed",
    "\u{feff}mark\u{fffd}",
    "\u{10ffff}",
];

#[test]
fn text_with_any_content_survives() {
    assert_survive(TEXTS.map(String::from));
}

#[test]
fn boxed_and_shared_text_survives() {
    assert_survive(TEXTS.map(Box::<str>::from));
    assert_survive(TEXTS.map(Arc::<str>::from));
}

#[derive(Debug, PartialEq, EmbeddingRecord)]
struct Page {
    body: String,
}

#[test]
fn every_character_survives() {
    let page = Page { body: ('\0'..=char::MAX).collect() };
    assert_eq!(round_trip(std::slice::from_ref(&page)), [page]);
}

#[test]
fn ten_megabytes_of_text_survive() {
    let pages = [
        Page { body: "x".repeat(10_000_000) },
        Page { body: String::new() },
        Page { body: "東".repeat(3_000_000) },
    ];
    assert_eq!(round_trip(&pages), pages);
}

/// Arrow uses 32-bit offsets into the text of a batch. The check comes before the allocation.
#[test]
fn more_than_two_gigabytes_of_text_in_a_batch_are_refused() {
    let page = Page { body: "x".repeat(10_000_000) };
    let error = record::encode(std::iter::repeat_n(&page, 300)).unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("body")));
    assert_eq!(error.message(), "one batch holds more than 2 GiB of text");
    assert_eq!(error.help(), Some("write fewer or shorter values at a time"));
}
