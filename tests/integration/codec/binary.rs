use bytes::Bytes;
use datus_store::{EmbeddingRecord, ErrorKind, record};
use uuid::Uuid;

use super::{assert_survive, round_trip};

#[test]
fn bytes_with_any_content_survive() {
    let all: Vec<u8> = (0..=u8::MAX).collect();
    assert_survive([vec![], vec![0], all.clone(), vec![0xff, 0xfe, 0x80]]);
    assert_survive([Bytes::new(), Bytes::from_static(b"\0\xff"), Bytes::from(all)]);
}

#[test]
fn byte_arrays_survive_at_any_length() {
    assert_survive([[], [], []] as [[u8; 0]; 3]);
    assert_survive([[0_u8], [255]]);
    assert_survive([[0_u8; 3], [1, 2, 3], [255; 3]]);
    assert_survive([[0_u8; 1000], [7; 1000]]);
}

#[test]
fn uuids_survive() {
    assert_survive([Uuid::nil(), Uuid::max(), Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef)]);
}

#[derive(Debug, PartialEq, EmbeddingRecord)]
struct File {
    content: Vec<u8>,
    preview: Option<Bytes>,
}

#[test]
fn ten_megabytes_survive() {
    let files = [
        File { content: vec![0; 10_000_000], preview: None },
        File { content: Vec::new(), preview: Some(Bytes::from(vec![0xff; 10_000_000])) },
    ];
    assert_eq!(round_trip(&files), files);
}

#[test]
fn more_than_two_gigabytes_in_a_batch_are_refused() {
    let file = File { content: vec![1; 10_000_000], preview: None };
    let error = record::encode(std::iter::repeat_n(&file, 300)).unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("content")));
    assert_eq!(error.message(), "one batch holds more than 2 GiB of bytes");
    assert_eq!(error.help(), Some("write fewer or shorter values at a time"));
}
