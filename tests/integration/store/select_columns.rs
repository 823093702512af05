//! Columns that are chosen by their names at run time, as rows, JSON and Arrow.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, ErrorKind, Store};
use half::f16;
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::{line, memory, notes_of};

#[derive(Debug, Clone, Copy, PartialEq, ColumnEnum)]
#[datus(rename_all = "kebab-case")]
enum Kind {
    BaseTable,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Place {
    city: String,
    code: Option<Uuid>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Address {
    street: String,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Everything {
    text: String,
    none: Option<String>,
    #[datus(dictionary)]
    word: String,
    kind: Kind,
    flag: bool,
    int: i64,
    unsigned: u64,
    small: f16,
    float: f32,
    nan: f64,
    bytes: Vec<u8>,
    uuid: Uuid,
    at: DateTime<Utc>,
    #[datus(timestamp(s))]
    local: NaiveDateTime,
    date: NaiveDate,
    time: NaiveTime,
    duration: Duration,
    #[datus(decimal(10, 2))]
    amount: Decimal,
    tags: Vec<String>,
    uuids: Vec<Uuid>,
    map: BTreeMap<String, i32>,
    #[datus(json)]
    json: serde_json::Value,
    place: Place,
    #[datus(flatten(prefix = "home_"))]
    home: Address,
}

fn everything() -> Everything {
    let at = DateTime::from_timestamp(1_700_000_000, 123_000_000).unwrap();
    Everything {
        text: "a \"b\"".to_owned(),
        none: None,
        word: "w".to_owned(),
        kind: Kind::BaseTable,
        flag: true,
        int: i64::MIN,
        unsigned: u64::MAX,
        small: f16::from_f32(0.5),
        float: 0.1,
        nan: f64::NAN,
        bytes: vec![0, 255],
        uuid: Uuid::nil(),
        at,
        local: at.naive_utc(),
        date: at.date_naive(),
        time: NaiveTime::from_hms_opt(1, 2, 3).unwrap(),
        duration: Duration::from_millis(1500),
        amount: Decimal::new(1250, 2),
        tags: vec!["x".to_owned(), String::new()],
        uuids: vec![Uuid::max()],
        map: BTreeMap::from([("k".to_owned(), 7)]),
        json: json!({ "a": [1, 2.5, null, "t"] }),
        place: Place { city: "Oslo".to_owned(), code: Some(Uuid::nil()) },
        home: Address { street: "Main".to_owned() },
    }
}

#[tokio::test]
async fn values_of_every_type_have_the_form_of_a_filter_as_data() {
    let store: Store<Everything> = memory().await.store(()).await.unwrap();
    store.add([everything()]).await.unwrap();
    let names: Vec<&str> = Everything::definition().fields.iter().map(|field| field.name).collect();
    let rows = store.search_all().select_columns(&names).unwrap().json().await.unwrap();
    let expected = json!({
        "text": "a \"b\"",
        "none": null,
        "word": "w",
        "kind": "base-table",
        "flag": true,
        "int": i64::MIN,
        "unsigned": u64::MAX,
        "small": 0.5,
        "float": 0.1,
        "nan": null,
        "bytes": [0, 255],
        "uuid": "00000000-0000-0000-0000-000000000000",
        "at": "2023-11-14T22:13:20.123Z",
        "local": "2023-11-14T22:13:20",
        "date": "2023-11-14",
        "time": "01:02:03",
        "duration": 1.5,
        "amount": "12.50",
        "tags": ["x", ""],
        "uuids": ["ffffffff-ffff-ffff-ffff-ffffffffffff"],
        "map": { "k": 7 },
        "json": { "a": [1, 2.5, null, "t"] },
        "place": { "city": "Oslo", "code": "00000000-0000-0000-0000-000000000000" },
        "home_street": "Main",
    });
    assert_eq!(rows, [expected]);

    // A value from the answer can be used as a value in a filter.
    let keys = [
        "text", "kind", "int", "unsigned", "bytes", "uuid", "at", "local", "date", "time", "duration",
        "amount",
    ];
    for name in keys {
        let filter: EverythingFilter = serde_json::from_value(json!({ name: rows[0][name] })).unwrap();
        assert_eq!(store.search_all().matching(filter).count().await.unwrap(), 1, "{name}");
    }
}

#[tokio::test]
async fn only_the_chosen_columns_are_read_in_their_order() {
    let store = notes_of(&line(3)).await;
    let query = || store.search_all().order_by(|t| t.id.asc());
    let rows = query().select_columns(["topic", "id"]).unwrap().await.unwrap();
    assert_eq!(rows[0].names().collect::<Vec<_>>(), ["topic", "id"]);
    assert_eq!(serde_json::to_string(&rows[1]).unwrap(), r#"{"topic":"odd","id":1}"#);
    assert_eq!(rows[1].get("topic").unwrap().len(), 1);
    assert!(rows[1].get("text").is_none());

    let batches = query().select_columns(vec!["id".to_owned()]).unwrap().arrow().await.unwrap();
    let names: Vec<String> = batches[0].schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["id"]);

    let page = query().select_columns(["id"]).unwrap().page(2).await.unwrap();
    assert_eq!(serde_json::to_value(&page.items).unwrap(), json!([{ "id": 0 }, { "id": 1 }]));
    assert!(page.next.is_some());
}

#[tokio::test]
async fn hits_have_the_chosen_columns_and_their_scores() {
    let store = notes_of(&line(3)).await;
    let search = || store.search("2 0 1").limit(2);
    let hits = search().select_columns(["id"]).unwrap().await.unwrap();
    assert_eq!(serde_json::to_value(&hits[0].record).unwrap(), json!({ "id": 2 }));
    assert_eq!(hits[0].distance(), Some(0.0));
    let json = search().select_columns(["id"]).unwrap().json().await.unwrap();
    assert_eq!(json[1]["record"], json!({ "id": 1 }));
    assert_eq!(json[1]["nearest"], json!({ "rank": 2, "score": 1.0 }));
}

#[tokio::test]
async fn an_unknown_name_is_refused_with_the_nearest_one() {
    let store = notes_of(&line(1)).await;
    let message = |names: &[&str]| {
        let search = store.search("0 0 1").select_columns(names).unwrap_err();
        let error = store.search_all().select_columns(names).unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::InvalidInput, search.to_string()));
        assert_eq!((error.table(), error.operation()), (Some("notes"), Some("select_columns")));
        error.message().to_owned()
    };
    assert_eq!(message(&["id", "tpoic"]), "`tpoic` is not a column: did you mean `topic`?");
    assert_eq!(
        message(&["everything"]),
        "`everything` is not a column: the columns are `id`, `topic`, `rank`, `text`"
    );
    assert_eq!(message(&["id", "id"]), "the column `id` is selected twice: select it once");
    assert_eq!(message(&[]), "no columns are selected: select at least one");
    assert_eq!(message(&["vector"]), "`vector` is a vector, which cannot be selected by its name");
}
