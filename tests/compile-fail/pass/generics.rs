//! Records, nested structs and newtypes with type and const parameters.

#![deny(warnings)]

use std::fmt::Debug;

use compile_fail::Store;
use datus_store::{ColumnStruct, EmbeddingRecord, Projection, record};

#[derive(Debug, PartialEq, ColumnStruct)]
struct Wrapper<T>(T);

#[derive(Debug, PartialEq, ColumnStruct)]
struct Pair<A, B = String>
where
    A: Debug,
{
    left: A,
    right: Option<B>,
}

#[derive(Debug, PartialEq, EmbeddingRecord)]
#[datus(table = "docs")]
struct Doc<T, const N: usize = 4>
where
    T: Clone + Debug,
{
    #[datus(key)]
    id: [u8; N],
    #[datus(embed, fts)]
    text: String,
    payload: T,
    payloads: Vec<T>,
    maybe: Option<T>,
    #[datus(skip)]
    cache: Option<T>,
    fixed: i64,
}

#[derive(Debug, PartialEq, EmbeddingRecord)]
struct Uses {
    pair: Pair<i64>,
    wrapped: Wrapper<String>,
}

#[derive(Debug, PartialEq, Projection)]
#[datus(of = Doc<i32>)]
struct Payloads {
    id: [u8; 4],
    payload: i32,
    #[datus(column = maybe)]
    other: Option<i32>,
}

fn build(docs: Store<Doc<i32>>, uses: Store<Uses>) {
    let _ = docs.search_all().payload(3).filter(|t| t.payloads.contains(4).and(t.maybe.is_null())).select(|t| (t.payload, t.id));
    let _ = docs.search_all().select_as::<Payloads>().fixed(3);
    let _ = docs.search("text").fixed(3).limit(2).hybrid().text_query(|t| t.text).select(|t| t.id);
    let _ = docs.search_text(|t| t.all().matches("text").must_not(t.text.phrase("b c"))).fixed(3);
    let _ = docs.similar_to([1, 2, 3, 4]).full_text();
    let _ = uses.search_all().wrapped(Wrapper("a".to_owned())).filter(|t| t.pair.left.gt(3) & t.pair.right.is_null());
}

fn main() {
    let _ = build;
    let docs = [Doc::<i32> {
        id: [1, 2, 3, 4],
        text: "text".into(),
        payload: 1,
        payloads: vec![2, 3],
        maybe: None,
        cache: None,
        fixed: 7,
    }];
    let batch = record::encode(&docs).unwrap();
    assert_eq!(record::decode::<Doc<i32>>(&batch).unwrap(), docs);
    let uses = [Uses { pair: Pair { left: 1, right: Some("b".into()) }, wrapped: Wrapper("c".into()) }];
    assert_eq!(record::decode::<Uses>(&record::encode(&uses).unwrap()).unwrap(), uses);
}
