//! Receipts that were forged, or that another version of the library created.

use datus_store::{ErrorKind, Receipt, Store};
use fastrand::Rng;
use serde_json::{Value, json};

use super::super::{Note, line};
use super::{kitchen, unmaintained};
use crate::support::models::Toy;

/// Returns the receipt with one part replaced and a matching checksum, as an attacker would forge it.
pub(super) fn with(receipt: &Receipt, old: &str, new: &str) -> Receipt {
    let json = serde_json::to_string(receipt).unwrap();
    let body = json.strip_prefix("{\"format\":1,").unwrap().rsplit_once(",\"checksum\"").unwrap().0;
    assert!(body.contains(old), "{body}");
    let body = body.replace(old, new);
    let hash = format!("{{{body}}}")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    serde_json::from_str(&format!("{{\"format\":1,{body},\"checksum\":\"{hash:016x}\"}}")).unwrap()
}

async fn searched() -> (Store<Note>, Receipt) {
    let store: Store<Note> = unmaintained().await.store(Toy::new()).await.unwrap();
    store.add(line(5)).await.unwrap();
    let search = store.search("2 0 1").filter(|t| t.topic.eq("even").and(t.id.lt(900))).limit(3);
    let (_, receipt) = search.with_receipt().await.unwrap();
    (store, receipt)
}

/// Returns the error from reading a value as a receipt.
fn error(value: &Value) -> String {
    serde_json::from_value::<Receipt>(value.clone()).unwrap_err().to_string()
}

#[tokio::test]
async fn a_receipt_is_an_object_that_names_what_was_searched() {
    let (_, receipt) = searched().await;
    let value = serde_json::to_value(&receipt).unwrap();
    assert_eq!(
        (&value["format"], &value["table"], &value["text"]),
        (&json!(1), &json!("notes"), &json!("2 0 1"))
    );
    assert_eq!(value["nearest"]["model"]["id"], "toy");
    assert_eq!((&value["limit"], &value["version"]), (&json!(3), &json!(receipt.version())));
    let filter = &value["filter"]["all"][0]["compare"];
    assert_eq!((&filter["column"], &filter["is"]), (&json!(["topic"]), &json!("eq")));
    assert_eq!(filter["value"], json!({ "type": "text", "value": "even" }));
    // The order of the keys does not matter.
    assert_eq!(serde_json::from_value::<Receipt>(value).unwrap(), receipt);
}

#[tokio::test]
async fn a_change_by_hand_is_found() {
    let (_, receipt) = searched().await;
    let value = serde_json::to_value(&receipt).unwrap();
    for (pointer, changed) in [
        ("/table", json!("other")),
        ("/version", json!(1)),
        ("/limit", json!(1000)),
        ("/text", json!("another question")),
        ("/filter/all/1/compare/value/value", json!("901")),
        ("/nearest/vector", json!("AAAAAAAAAAAAAIA_")),
        ("/checksum", json!("0")),
    ] {
        let mut other = value.clone();
        *other.pointer_mut(pointer).unwrap() = changed;
        let error = error(&other);
        assert!(error.contains("was changed after it was made"), "{pointer}: {error}");
    }
    let mut without = value;
    without.as_object_mut().unwrap().remove("filter");
    assert!(error(&without).contains("was changed after it was made"));
}

#[tokio::test]
async fn a_value_that_is_not_a_receipt_is_refused_with_the_reason() {
    let (_, receipt) = searched().await;
    let value = serde_json::to_value(&receipt).unwrap();
    let changed = |name: &str, to: Option<Value>| {
        let mut other = value.clone();
        match to {
            Some(to) => other.as_object_mut().unwrap().insert(name.to_owned(), to),
            None => other.as_object_mut().unwrap().remove(name),
        };
        error(&other)
    };
    let cases = [
        (changed("format", Some(json!(2))), "format 2, but this program reads only format 1"),
        (changed("format", Some(json!(0))), "format 0"),
        (changed("format", Some(json!("1"))), "its `format` is not a number"),
        (changed("format", None), "it has no `format`"),
        (changed("checksum", None), "it has no `checksum`"),
        (changed("table", None), "missing field `table`"),
        (changed("sort", Some(json!("asc"))), "unknown field `sort`"),
        (changed("limit", Some(json!(-1))), "invalid value"),
        (changed("filter", Some(json!({ "sql": "1=1" }))), "unknown variant `sql`"),
        (error(&json!([1])), "it is not an object"),
        (error(&json!(null)), "it is not an object"),
        (error(&json!({})), "it has no `format`"),
    ];
    for (error, reason) in cases {
        assert!(error.contains(reason), "{error}");
    }
}

#[tokio::test]
async fn random_damage_never_gives_a_different_receipt() {
    let (_, receipt) = searched().await;
    let json = serde_json::to_string(&receipt).unwrap();
    let mut rng = Rng::with_seed(3);
    for _ in 0..20_000 {
        let mut bytes = json.clone().into_bytes();
        let at = rng.usize(..bytes.len());
        match rng.u8(0..3) {
            0 => bytes[at] = rng.u8(32..127),
            1 => drop(bytes.remove(at)),
            _ => bytes.insert(at, rng.u8(32..127)),
        }
        if let Ok(read) = serde_json::from_slice::<Receipt>(&bytes) {
            assert_eq!(read, receipt, "{}", String::from_utf8_lossy(&bytes));
        }
    }
}

#[tokio::test]
async fn a_forged_receipt_is_an_error_and_not_a_crash() {
    let (store, receipt) = searched().await;
    let deep = format!("{}{{\"constant\":true}}{}", "{\"not\":".repeat(60), "}".repeat(60));
    let cases = [
        ("[\"topic\"]", "[\"secret\"]", ErrorKind::SchemaMismatch),
        ("[\"topic\"]", "[\"topic\",\"inner\"]", ErrorKind::SchemaMismatch),
        ("[\"topic\"]", "[]", ErrorKind::SchemaMismatch),
        ("\"column\":\"vector\"", "\"column\":\"topic\"", ErrorKind::SchemaMismatch),
        ("\"value\":\"900\"", "\"value\":\"many\"", ErrorKind::InvalidInput),
        ("\"type\":\"int64\"", "\"type\":\"complex\"", ErrorKind::InvalidInput),
        ("\"table\":\"notes\"", "\"table\":\"secrets\"", ErrorKind::InvalidInput),
        ("\"id\":\"toy\"", "\"id\":\"other\"", ErrorKind::SchemaMismatch),
        ("\"dimension\":3", "\"dimension\":4", ErrorKind::SchemaMismatch),
        (&format!("\"version\":{}", receipt.version()), "\"version\":77", ErrorKind::Expired),
        ("\"committed\":\"1", "\"committed\":\"2", ErrorKind::Expired),
        ("\"committed\":\"", "\"committed\":\"x", ErrorKind::InvalidInput),
        ("{\"constant\":true}", &deep, ErrorKind::InvalidInput),
    ];
    let constant = with(&receipt, "\"filter\":{\"all\":[", "\"filter\":{\"all\":[{\"constant\":true},");
    for (old, new, kind) in cases {
        let forged = with(&constant, old, new);
        let error = store.replay(&forged).await.unwrap_err();
        assert_eq!((error.kind(), error.table()), (kind, Some("notes")), "{new}: {error}");
    }
    // The version exists, but it is not the one that the receipt read.
    let forged = with(&receipt, "\"committed\":\"1", "\"committed\":\"2");
    assert_eq!(store.pin(&forged).await.unwrap_err().kind(), ErrorKind::Expired);
    assert!(store.tags().await.unwrap().is_empty());
    // A vector that cannot be read or has a different length is refused.
    let vector = serde_json::to_value(&receipt).unwrap()["nearest"]["vector"].as_str().unwrap().to_owned();
    for values in ["", "AAAA", "AAAAAAAAgD8", "=", "AADAfwAAwH8AAMB_"] {
        let forged = with(&receipt, &vector, values);
        assert_eq!(store.replay(&forged).await.unwrap_err().kind(), ErrorKind::InvalidInput, "{values}");
    }
}

#[tokio::test]
async fn a_forged_full_text_query_is_an_error() {
    let store = kitchen(&unmaintained().await).await;
    let (hits, receipt) = store.search_text(|t| t.title.matches("soup")).with_receipt().await.unwrap();
    let json = serde_json::to_string(&receipt).unwrap();
    let query = json.split_once("\"full_text\":").unwrap().1.split_once(",\"limit\"").unwrap().0;
    let nested = |levels: usize| {
        let outer =
            |query: String| format!(r#"{{"boolean":{{"must":[{query}],"should":[],"must_not":[]}}}}"#);
        with(&receipt, query, &(0..levels).fold(query.to_owned(), |query, _| outer(query)))
    };
    assert_eq!(store.replay(&nested(2)).await.unwrap().len(), hits.len());
    let error = store.replay(&nested(9)).await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::InvalidInput, Some("recipes")), "{error}");
    assert!(error.message().contains("nested too deeply"), "{error}");
    // The forged column does not support full-text search.
    let error = store.replay(&with(&receipt, "\"name\":\"title\"", "\"name\":\"kind\"")).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::SchemaMismatch, Some("kind")), "{error}");
}
