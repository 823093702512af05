//! The rows that a query returns, in each form.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_array::builder::{Float32Builder, MapBuilder, StringBuilder};
use arrow_array::types::Float32Type;
use arrow_array::{
    ArrayRef, FixedSizeListArray, Float32Array, Int64Array, RecordBatch, StringArray, UInt64Array,
};
use arrow_schema::{Field, Schema};
use futures::TryStreamExt;
use futures::executor::block_on;

use super::recorder::Recorder;
use super::{Label, book, by_vector, every_row};
use crate::error::ErrorKind;
use crate::query::Score;
use crate::record::{Metric, encode, keys};
use crate::rerank::{Leg, ScoreTerm};
use crate::{Embedded, Embedding};

/// A column with its name and a metadata entry.
type Column<'a> = (&'a str, ArrayRef, Option<(&'a str, &'a str)>);

/// Appends columns with metadata to a batch.
fn with_columns(batch: &RecordBatch, columns: Vec<Column<'_>>) -> RecordBatch {
    let mut fields: Vec<_> = batch.schema_ref().fields().iter().cloned().collect();
    let mut arrays = batch.columns().to_vec();
    for (name, array, metadata) in columns {
        let metadata: HashMap<String, String> =
            metadata.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let field = Field::new(name, array.data_type().clone(), true).with_metadata(metadata);
        fields.push(Arc::new(field));
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn floats(values: impl IntoIterator<Item = Option<f32>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Float32Array>())
}

fn ranks(values: impl IntoIterator<Item = Option<u64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<UInt64Array>())
}

fn distances(batch: &RecordBatch, metric: &str, values: [f32; 2]) -> RecordBatch {
    with_columns(batch, vec![("_distance", floats(values.map(Some)), Some((keys::METRIC, metric)))])
}

fn two_books() -> RecordBatch {
    encode(&[book(1, None), book(2, Some(1847))]).unwrap()
}

fn third_book() -> RecordBatch {
    encode(&[book(3, Some(1815))]).unwrap()
}

#[test]
fn the_rows_of_all_batches_are_collected_streamed_and_counted() {
    let all = [book(1, None), book(2, Some(1847)), book(3, Some(1815))];
    let recorder = Recorder::of([two_books(), third_book()]);
    let query = || every_row(&recorder);
    assert_eq!(block_on(query().into_future()).unwrap(), all);
    assert_eq!(block_on(query().stream().try_collect::<Vec<_>>()).unwrap(), all);
    assert_eq!(block_on(query().first()).unwrap(), Some(book(1, None)));
    assert_eq!(recorder.spec().limit, Some(1));
    assert_eq!(block_on(query().limit(2).count()).unwrap(), 3);
    assert_eq!(recorder.spec().limit, Some(2));
    assert_eq!(block_on(query().arrow()).unwrap(), [two_books(), third_book()]);
    let stream = block_on(query().arrow_stream()).unwrap();
    assert_eq!(stream.schema, two_books().schema());
    assert!(format!("{stream:?}").starts_with("BatchStream { schema: "));
    assert_eq!(block_on(stream.batches.try_collect::<Vec<_>>()).unwrap(), [two_books(), third_book()]);
    assert_eq!(block_on(query().explain()).unwrap(), "the plan");
    assert_eq!(block_on(every_row(&Recorder::empty()).first()).unwrap(), None);
}

#[test]
fn selected_columns_are_read_by_their_order() {
    let titles: ArrayRef = Arc::new(StringArray::from(vec!["Emma", "Emma"]));
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 1]));
    let batch = RecordBatch::try_from_iter([("title", titles), ("id", ids)]).unwrap();
    let recorder = Recorder::of([batch.clone()]);
    let emma = || ("Emma".to_owned(), 1);
    let pairs = block_on(every_row(&recorder).select(|t| (t.title, t.id)).into_future()).unwrap();
    assert_eq!(pairs, [emma(), emma()]);
    let distinct = every_row(&recorder).select(|t| (t.title, t.id)).distinct();
    assert_eq!(block_on(distinct.into_future()).unwrap(), HashSet::from([emma()]));
    let labels = block_on(every_row(&recorder).select_as::<Label>().into_future()).unwrap();
    assert_eq!(
        labels,
        [Label { title: "Emma".to_owned(), id: 1 }, Label { title: "Emma".to_owned(), id: 1 }]
    );
    let error = block_on(every_row(&recorder).select(|t| (t.title, t.id, t.year)).into_future()).unwrap_err();
    assert!(error.message().contains("fewer columns than the selection"), "{error}");
    let error = block_on(every_row(&recorder).select(|t| (t.id, t.title)).into_future()).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Decode, Some("search_all")));
}

#[cfg(feature = "serde_json")]
#[test]
fn named_columns_are_written_as_json() {
    let recorder = Recorder::of([two_books()]);
    let named = || every_row(&recorder).select_columns(["year", "id"]).unwrap();
    let json = block_on(named().json()).unwrap();
    // The prepared batch has all columns, not only the selected ones, and all of them are written.
    let second = serde_json::json!({ "id": 2, "text": "text 2", "title": "title 2", "year": 1847 });
    assert_eq!((json.len(), &json[1], &json[0]["year"]), (2, &second, &serde_json::Value::Null));
    let rows = block_on(named().into_future()).unwrap();
    assert_eq!(rows[1].names().collect::<Vec<_>>(), ["id", "text", "title", "year"]);
    let id: ArrayRef = Arc::new(Int64Array::from(vec![2]));
    assert_eq!((rows[1].get("id").as_ref(), rows[1].get("pages")), (Some(&id), None));
    let printed = format!("{:?}", rows[1]);
    assert!(printed.starts_with("{\"id\": ") && printed.contains("1847"), "{printed}");
}

#[test]
fn vectors_are_read_with_the_model_that_made_them() {
    let vectors = [Some([1.0, 2.0].map(Some)), None];
    let vectors: ArrayRef =
        Arc::new(FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(vectors, 2));
    let recorder = Recorder::of([with_columns(&two_books(), vec![("vector", vectors, None)])]);
    let rows = block_on(every_row(&recorder).with_vectors().into_future()).unwrap();
    let vector = Embedding::of("toy", [1.0, 2.0]);
    assert_eq!(rows[0], Embedded { record: book(1, None), vectors: vec![Some(vector)] });
    assert_eq!((rows[0].vector(), rows[1].vector()), (Some(&[1.0, 2.0][..]), None));
    let recorder = Recorder::of([two_books()]);
    let error = block_on(every_row(&recorder).with_vectors().into_future()).unwrap_err();
    assert_eq!(
        (error.kind(), error.column(), error.table(), error.operation()),
        (ErrorKind::Decode, Some("vector"), Some("books"), Some("search_all"))
    );
}

#[test]
fn a_hit_of_a_vector_search_has_its_distance_and_its_rank_among_all_rows() {
    for (name, metric) in [("cosine", Metric::Cosine), ("l2", Metric::L2), ("dot", Metric::Dot)] {
        let batches = [[0.0, 0.25], [0.5, 0.75]].map(|values| distances(&two_books(), name, values));
        let recorder = Recorder::of(batches);
        let hits = block_on(by_vector(&recorder).offset(10).into_future()).unwrap();
        let streamed = block_on(by_vector(&recorder).offset(10).stream().try_collect::<Vec<_>>()).unwrap();
        assert_eq!(hits, streamed);
        let distances: Vec<_> = hits.iter().map(|hit| hit.distance()).collect();
        assert_eq!(distances, [0.0, 0.25, 0.5, 0.75].map(Some));
        assert_eq!(hits[3].score, Score::Distance { value: 0.75, metric });
        let explanation = hits[3].explain();
        assert_eq!((explanation.nearest, explanation.metric), (Some(Leg::new(14, 0.75)), Some(metric)));
        assert_eq!((explanation.full_text, explanation.terms), (None, Vec::new()));
        assert_eq!((&hits[3].record, hits[3].highlights()), (&book(2, Some(1847)), &[][..]));
        let first = block_on(by_vector(&recorder).first()).unwrap();
        assert_eq!(first.map(|hit| hit.record), Some(book(1, None)));
    }
}

#[test]
fn a_hit_of_a_full_text_search_has_its_bm25_score() {
    let batch = with_columns(&two_books(), vec![("_score", floats([Some(3.5), Some(1.5)]), None)]);
    let hits = block_on(by_vector(&Recorder::of([batch])).full_text().into_future()).unwrap();
    assert_eq!((&hits[1].score, hits[1].distance()), (&Score::Bm25(1.5), None));
    let explanation = hits[1].explain();
    assert_eq!((explanation.full_text, explanation.nearest), (Some(Leg::new(2, 1.5)), None));
    assert_eq!(explanation.to_string(), "1.5 (BM25); by text: rank 2, BM25 1.5");
    let highlight = crate::query::Highlight::new("text", "text 2", 0, std::iter::once(0..4).collect());
    assert_eq!(hits[1].clone().with_highlights(vec![highlight.clone()]).highlights(), [highlight]);
}

/// A hybrid search that found the first row by its vector and the second by its text.
fn fused(by: (&str, &str)) -> RecordBatch {
    let mut terms = MapBuilder::new(None, StringBuilder::new(), Float32Builder::new());
    for (name, value) in [("stars", 0.25), ("age", 0.5)] {
        terms.keys().append_value(name);
        terms.values().append_value(value);
    }
    terms.append(true).unwrap();
    terms.append(true).unwrap();
    with_columns(
        &two_books(),
        vec![
            ("_distance", floats([Some(0.25), None]), Some((keys::METRIC, "cosine"))),
            ("_distance_rank", ranks([Some(1), None]), None),
            ("_score", floats([None, Some(3.5)]), None),
            ("_score_rank", ranks([None, Some(7)]), None),
            ("_relevance_score", floats([Some(0.75), Some(0.5)]), Some(by)),
            ("_relevance_terms", Arc::new(terms.finish()), None),
        ],
    )
}

#[test]
fn a_hit_of_a_hybrid_search_has_the_score_and_rank_of_each_leg() {
    let recorder = Recorder::of([fused((keys::FUSED_BY, "rrf"))]);
    let hits = block_on(by_vector(&recorder).hybrid().into_future()).unwrap();
    let by = || Arc::<str>::from("rrf");
    assert_eq!(hits[0].score, Score::Fused { value: 0.75, by: by() });
    let first = hits[0].explain();
    assert_eq!((first.nearest, first.full_text), (Some(Leg::new(1, 0.25)), None));
    assert_eq!(first.terms, [ScoreTerm::new("stars", 0.25), ScoreTerm::new("age", 0.5)]);
    assert_eq!(
        first.to_string(),
        "0.75 (fused by rrf); by vector: rank 1, cosine distance 0.25; terms stars: 0.25, age: 0.5"
    );
    let second = hits[1].explain();
    assert_eq!((second.nearest, second.full_text), (None, Some(Leg::new(7, 3.5))));
    assert_eq!(second.to_string(), "0.5 (fused by rrf); by text: rank 7, BM25 3.5");
    assert_eq!((second.metric, second.terms), (Some(Metric::Cosine), Vec::new()));
    let recorder = Recorder::of([fused((keys::RERANKED_BY, "mmr"))]);
    let hits = block_on(by_vector(&recorder).hybrid().into_future()).unwrap();
    assert_eq!(hits[1].score, Score::Reranked { value: 0.5, by: "mmr".into() });
    assert_eq!(format!("{:.2}", hits[1].score), "0.50 (reranked by mmr)");
    assert_eq!(hits[1].score.value(), 0.5);
}

#[test]
fn hits_without_a_score_are_an_error() {
    let without_metric = with_columns(&two_books(), vec![("_distance", floats([Some(0.5), None]), None)]);
    for batch in [two_books(), without_metric] {
        let error = block_on(by_vector(&Recorder::of([batch])).into_future()).unwrap_err();
        assert_eq!(
            (error.kind(), error.column(), error.operation(), error.table()),
            (ErrorKind::Decode, Some("_distance"), Some("search"), Some("books"))
        );
    }
}

#[test]
fn a_hit_that_stands_in_for_a_search_has_the_legs_that_are_set() {
    let hit = crate::Hit::new("row", Score::Fused { value: 0.5, by: "rrf".into() });
    assert_eq!((hit.explain().nearest, hit.explain().full_text), (None, None));
    let hit = hit.with_nearest(Leg::new(2, 0.5), Metric::L2).with_full_text(Leg::new(3, 1.5));
    let explanation = hit.explain();
    assert_eq!((explanation.nearest, explanation.metric), (Some(Leg::new(2, 0.5)), Some(Metric::L2)));
    assert_eq!(explanation.full_text, Some(Leg::new(3, 1.5)));
    let hit = crate::Hit::new("row", Score::Bm25(1.5));
    assert_eq!((hit.explain().full_text, hit.score.value()), (Some(Leg::new(1, 1.5)), 1.5));
    let hit = crate::Hit::new("row", Score::Distance { value: 0.5, metric: Metric::Dot });
    assert_eq!((hit.explain().nearest, hit.explain().metric), (Some(Leg::new(1, 0.5)), Some(Metric::Dot)));
    assert_eq!(hit.score.to_string(), "0.5 (dot distance)");
}
