//! `r#type` is the column `type`.

#![deny(warnings)]

use compile_fail::Store;
use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, Projection, record};

#[derive(Debug, Clone, PartialEq, ColumnEnum)]
enum r#Match {
    r#Yes,
    No,
}

#[derive(Debug, PartialEq, ColumnStruct)]
struct r#Struct {
    r#fn: String,
}

#[derive(Debug, PartialEq, ColumnStruct)]
struct r#Dyn(i64);

#[derive(Debug, PartialEq, EmbeddingRecord)]
#[datus(key(r#type))]
struct r#Record {
    r#type: String,
    #[datus(embed, fts, default = "x")]
    r#where: String,
    r#match: r#Match,
    r#in: r#Struct,
    r#dyn: r#Dyn,
    #[datus(skip)]
    r#loop: usize,
    #[datus(timestamp(s, "UTC"))]
    r#async: Option<chrono::DateTime<chrono::Utc>>,
}

#[derive(Debug, PartialEq, Projection)]
#[datus(of = r#Record)]
struct r#Trait {
    r#type: String,
    #[datus(column = r#in.r#fn)]
    r#use: String,
}

fn build(store: Store<r#Record>) {
    let _ = store.search_all().r#type("a").maybe_type(None::<&str>).filter(|t| t.r#in.r#fn.eq("b")).r#match(r#Match::No);
    let _ = store.search_all().select_as::<r#Trait>();
    let _ = store.vector(|v| v.r#where).search("text");
    let _ = store.search_text(|t| t.r#where.matches("text"));
}

fn main() {
    let _ = build;
    let rows = [r#Record {
        r#type: "a".into(),
        r#where: "b".into(),
        r#match: r#Match::r#Yes,
        r#in: r#Struct { r#fn: "c".into() },
        r#dyn: r#Dyn(3),
        r#loop: 0,
        r#async: None,
    }];
    let batch = record::encode(&rows).unwrap();
    let names: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["type", "where", "match", "in", "dyn", "async"]);
    assert_eq!(record::decode::<r#Record>(&batch).unwrap(), rows);
    let filter: RecordFilter = serde_json::from_str(r#"{"type": "a", "in": {"fn": "b"}}"#).unwrap();
    assert_eq!(filter.r#type, Some("a".into()));
}
