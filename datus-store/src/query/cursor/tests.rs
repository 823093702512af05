use super::{Cursor, QueryMark, Revision, fingerprint};
use crate::query::{CompareOp, Predicate, QuerySpec, SortDirection, SortKey, Value};
use crate::record::ColumnPath;

fn cursor(row: u64) -> Cursor {
    let query = QueryMark { table: 7, filter: u32::MAX, order: 0 };
    Cursor { query, revision: Revision { version: 3, committed: 1_800_000_000_000_000_000 }, row }
}

#[test]
fn a_cursor_is_read_back_from_its_text_and_from_json() {
    for row in [0, 1, 4_294_967_296, u64::MAX] {
        let text = cursor(row).to_string();
        assert_eq!(text.len(), 56);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text}");
        assert_eq!(text.parse::<Cursor>().unwrap(), cursor(row));
        let json = serde_json::to_string(&cursor(row)).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<Cursor>(&json).unwrap(), cursor(row));
    }
}

#[test]
fn modified_text_is_not_a_cursor() {
    let text = cursor(12).to_string();
    for position in 0..text.len() {
        let mut other = text.clone().into_bytes();
        other[position] = if other[position] == b'A' { b'B' } else { b'A' };
        let other = String::from_utf8(other).unwrap();
        assert!(other.parse::<Cursor>().is_err(), "{other}");
        assert!(text[..position].parse::<Cursor>().is_err());
    }
    for other in
        [format!("{text}A"), format!("{text}AAAA"), format!("{text}="), String::new(), "Å".repeat(28)]
    {
        assert!(other.parse::<Cursor>().is_err(), "{other}");
    }
}

#[test]
fn an_error_describes_a_cursor_and_does_not_contain_the_text() {
    let error = "secret".parse::<Cursor>().unwrap_err();
    assert!(
        error.help().unwrap().contains("a page's `next`") && !error.to_string().contains("secret"),
        "{error}"
    );
    let error = serde_json::from_str::<Cursor>("\"secret\"").unwrap_err();
    assert_eq!(error.to_string(), "the text is not a valid cursor");
}

#[test]
fn queries_with_different_tables_filters_or_orders_have_different_marks() {
    let column = ColumnPath::new(&["year"]);
    let filter = |year| Some(Predicate::Compare { column, op: CompareOp::Ge, value: Value::Int32(year) });
    let order = |direction| vec![SortKey { column, direction }];
    let plain = QuerySpec::default();
    let specs = [
        plain.clone(),
        QuerySpec { filter: filter(1815), ..plain.clone() },
        QuerySpec { filter: filter(1816), ..plain.clone() },
        QuerySpec { order: order(SortDirection::Ascending), ..plain.clone() },
        QuerySpec { order: order(SortDirection::Descending), ..plain.clone() },
    ];
    let mut marks: Vec<QueryMark> =
        specs.iter().map(|spec| QueryMark::of("file:///a", "books", spec)).collect();
    marks.push(QueryMark::of("file:///a", "films", &plain));
    marks.push(QueryMark::of("file:///b", "books", &plain));
    let distinct: std::collections::HashSet<_> = marks.iter().collect();
    assert_eq!(distinct.len(), marks.len());
    let columns = QuerySpec { columns: Some(vec![column]), vectors: true, ..plain };
    assert_eq!(
        QueryMark::of("file:///a", "books", &columns),
        marks[0],
        "the selected columns are not part of the mark"
    );
}

/// The format must not change, because cursors outlive the process that created them. The expected text was computed with
/// Python's `base64.urlsafe_b64encode` and `struct.pack`.
#[test]
fn the_text_format_of_a_cursor_is_stable() {
    assert_eq!(cursor(12).to_string(), "AQAAAAf_____AAAAAAAAAAAAAAADGPridpO0AAAAAAAAAAAADK57pzpZ");
}

/// Fingerprints are compared by other processes and by later versions of this crate. The expected numbers are the halves of
/// published 64-bit FNV-1a hashes, combined by exclusive or.
#[test]
fn the_fingerprint_of_a_text_is_stable() {
    assert_eq!(fingerprint(""), 0xcbf2_9ce4 ^ 0x8422_2325);
    assert_eq!(fingerprint("a"), 0xaf63_dc4c ^ 0x8601_ec8c);
    assert_eq!(fingerprint("foobar"), 0x8594_4171 ^ 0xf739_67e8);
}

#[test]
fn a_cursor_belongs_to_its_query() {
    let mark = QueryMark { table: 1, filter: 2, order: 3 };
    let revision = Revision { version: 7, committed: 11 };
    let cursor = Cursor::new(mark, revision, 12);
    assert_eq!((cursor.revision(), cursor.row()), (revision, 12));
    assert!(cursor.check(mark).is_ok());
    for (other, part) in [
        (QueryMark { table: 0, ..mark }, "table or database"),
        (QueryMark { filter: 0, ..mark }, "filter, view or scope"),
        (QueryMark { order: 0, ..mark }, "order"),
    ] {
        let error = cursor.check(other).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::InvalidInput);
        assert!(error.message().contains(&format!("a different {part}")), "{error}");
    }
}
