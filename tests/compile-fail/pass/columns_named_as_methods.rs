//! Columns with the names of builder methods, std trait methods, and identifiers in generated code.

#![deny(warnings)]

use compile_fail::Store;
use datus_store::{ColumnStruct, EmbeddingRecord, record};

#[derive(Debug, Default, PartialEq, ColumnStruct)]
struct Inside {
    path: String,
    eq: i64,
    ne: i64,
    is_null: Option<bool>,
    at: String,
    column: i64,
}

#[derive(Debug, Default, PartialEq, EmbeddingRecord)]
struct Names {
    limit: i64,
    min: i64,
    offset: i64,
    filter: String,
    matching: String,
    select: String,
    count: i64,
    first: bool,
    stream: String,
    order_by: String,
    distinct: String,
    explain: String,
    arrow: String,
    query: String,
    columns: Vec<String>,
    definition: String,
    clone: String,
    into: String,
    from: String,
    fmt: String,
    default: String,
    serialize: String,
    index: i64,
    map: String,
    all: bool,
    row: i64,
    reader: i64,
    value: String,
    serializer: String,
    maybe_limit: i64,
    limit_is: i64,
    full_text: i64,
    hybrid: i64,
    rerank: i64,
    candidates: i64,
    text_query: i64,
    #[datus(embed, fts)]
    exact: String,
    vectors: Option<Inside>,
    path: Inside,
}

fn build(names: Store<Names>) {
    let both = names.search("x").full_text_is(1).hybrid_is(2).rerank_is(3).candidates_is(4).hybrid().candidates(30);
    let _ = both.text_query(|t| t.exact.fuzzy("y", 1)).text_query_is(5);
    let all = names.search_all().limit(3).limit_is_is(3).limit_is(4).filter(|t| t.filter.eq("x")).filter_is("x");
    let _ = all.clone_is("c").into_is("i").count_is(3).value("v").order_by(|t| t.order_by.asc()).path_city();
    let _ = names.search_all().min_is(3).limit_per(|t| t.min, 2);
}

trait More: Sized {
    fn path_city(self) -> Self {
        self
    }
}

impl<T> More for T {}

fn main() {
    let _ = build;
    let t = Names::columns();
    let _ = t.path.path.eq("a") & t.path.eq.eq(1) & t.vectors.path.is_null() & t.vectors.is_null.eq(None::<bool>);
    let rows = [Names::default(), Names { path: Inside { path: "p".into(), ..Inside::default() }, ..Names::default() }];
    assert_eq!(record::decode::<Names>(&record::encode(&rows).unwrap()).unwrap(), rows);
    let filter: NamesFilter = serde_json::from_str(r#"{"path": {"path": "p", "eq": 3}, "clone": "c"}"#).unwrap();
    assert_eq!(filter.path.unwrap().path, Some("p".into()));
}
