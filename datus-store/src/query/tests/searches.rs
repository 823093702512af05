//! The specification that each method of a search creates.

use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::Arc;

use futures::executor::block_on;

use super::recorder::Recorder;
use super::{Book, Label, by_vector, fault, path, spec_of_search};
use crate::model::Dynamic;
use crate::query::{
    BoostedColumn, CompareOp, Draft, Execute, Filter, FullText, IntoSearchQuery, LimitPer, Nearest,
    Predicate, QuerySpec, QueryState, Search, Value, VectorCol, VectorQuery, VectorSettings,
};
use crate::record::Searchable;
use crate::rerank::{Mmr, Rrf, Siblings};
use crate::{Embedding, Projection};

fn for_text() -> Nearest {
    Nearest::new(0, VectorQuery::Text("the sea".to_owned()))
}

fn year_is(year: i32) -> Predicate {
    Predicate::Compare { column: path("year"), op: CompareOp::Eq, value: Value::Int32(year) }
}

#[test]
fn a_search_by_vector_has_no_other_settings_than_its_query() {
    let spec = spec_of_search(|search| search);
    assert_eq!(spec.nearest, Some(for_text()));
    assert_eq!((spec.full_text, spec.filter, spec.limit, spec.offset), (None, None, None, 0));
    assert_eq!((spec.columns, spec.vectors, spec.limit_per, spec.highlight), (None, false, None, None));
    assert_eq!((spec.ranking.candidates, spec.ranking.text.as_deref()), (None, Some("the sea")));
    assert!(spec.ranking.reranker.is_none() && spec.order.is_empty());
}

#[test]
fn each_setting_of_a_vector_search_is_set_by_its_method() {
    let settings = |build: fn(Search<Book>) -> Search<Book>| spec_of_search(build).nearest.unwrap().settings;
    let default = VectorSettings::default();
    let probes = VectorSettings { minimum_nprobes: Some(7), maximum_nprobes: Some(7), ..default };
    assert_eq!(settings(|search| search.nprobes(7)), probes);
    let minimum = VectorSettings { minimum_nprobes: Some(7), ..default };
    assert_eq!(settings(|search| search.minimum_nprobes(7)), minimum);
    let maximum = VectorSettings { maximum_nprobes: Some(0), ..default };
    assert_eq!(settings(|search| search.maximum_nprobes(0)), maximum);
    let refined = VectorSettings { refine_factor: Some(3), ..default };
    assert_eq!(settings(|search| search.refine_factor(3)), refined);
    assert_eq!(settings(|search| search.ef(64)), VectorSettings { ef: Some(64), ..default });
    assert_eq!(settings(|search| search.exact()), VectorSettings { exact: true, ..default });
}

#[test]
fn the_distance_range_becomes_an_inclusive_minimum_and_an_exclusive_maximum() {
    let bounds = |spec: QuerySpec| {
        spec.nearest.map(|nearest| (nearest.settings.min_distance, nearest.settings.max_distance)).unwrap()
    };
    assert_eq!(bounds(spec_of_search(|s| s.distance_range(0.25..0.5))), (Some(0.25), Some(0.5)));
    assert_eq!(bounds(spec_of_search(|s| s.distance_range(0.25..))), (Some(0.25), None));
    assert_eq!(bounds(spec_of_search(|s| s.distance_range(..0.5))), (None, Some(0.5)));
    assert_eq!(bounds(spec_of_search(|s| s.distance_range(..))), (None, None));
    assert_eq!(bounds(spec_of_search(|s| s.distance_range(..=0.5))), (None, Some(0.5_f32.next_up())));
    let both_ends = bounds(spec_of_search(|s| s.distance_range(0.5..=0.5)));
    assert_eq!(both_ends, (Some(0.5), Some(0.5_f32.next_up())));
    let after = bounds(spec_of_search(|s| s.distance_range((Excluded(0.5), Unbounded))));
    assert_eq!(after, (Some(0.5_f32.next_up()), None));
    let largest = bounds(spec_of_search(|s| s.distance_range((Unbounded, Included(f32::MAX)))));
    assert_eq!(largest, (None, None), "no number is larger");
}

#[test]
fn an_empty_or_infinite_distance_range_is_a_fault() {
    let empty = "the distance range is empty: its end is not greater than its start";
    assert_eq!(fault(|s| s.distance_range(0.5..0.5)), empty);
    assert_eq!(fault(|s| s.distance_range(0.5..0.25)), empty);
    assert_eq!(fault(|s| s.distance_range((Excluded(f32::MAX), Unbounded))), empty);
    let infinite = "a bound of the distance range is not a finite number";
    for bound in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert_eq!(fault(|s| s.distance_range(bound..)), infinite);
        assert_eq!(fault(|s| s.distance_range(..bound)), infinite);
        assert_eq!(fault(|s| s.distance_range(..=bound)), infinite);
    }
    let first = fault(|s| s.distance_range(f32::NAN..).distance_range(0.5..0.25));
    assert_eq!(first, infinite, "the first fault is kept");
    assert_eq!(fault(|s| s.exact().distance_range(f32::NAN..).full_text()), infinite);
}

#[test]
fn a_full_text_search_has_no_vector_query() {
    let spec = spec_of_search(|search| search.full_text());
    assert_eq!(spec.nearest, None);
    assert_eq!(spec.full_text, Some(FullText::matching("the sea")));
    assert_eq!(spec.ranking.text.as_deref(), Some("the sea"));
    for message in
        [fault(|search| search.exact().full_text()), fault(|search| search.distance_range(..0.5).full_text())]
    {
        assert!(message.contains("does not compare vectors"), "{message}");
    }
}

#[test]
fn a_hybrid_search_has_a_vector_query_and_a_full_text_query() {
    let spec = spec_of_search(|search| search.ef(64).hybrid());
    let settings = VectorSettings { ef: Some(64), ..VectorSettings::default() };
    assert_eq!(spec.nearest, Some(Nearest { settings, ..for_text() }));
    assert_eq!(spec.full_text, Some(FullText::matching("the sea")));
}

#[test]
fn a_text_query_replaces_the_query_text() {
    let words = |columns: &[(&'static str, f32)], text: &str| FullText::Match {
        columns: columns.iter().map(|&(name, boost)| BoostedColumn { name, boost }).collect(),
        text: text.to_owned(),
        all: false,
        fuzzy: None,
    };
    let spec = spec_of_search(|search| search.full_text().text_query(|t| t.title.matches("waves")));
    assert_eq!(spec.full_text, Some(words(&[("title", 1.0)], "waves")));
    let spec = spec_of_search(|search| search.hybrid().text_query(|t| t.title.boost(2.0).with(t.text)));
    assert_eq!(spec.full_text, Some(words(&[("title", 2.0), ("text", 1.0)], "the sea")));
    let spec = spec_of_search(|search| search.hybrid().text_query(|t| t.title));
    assert_eq!(spec.full_text, Some(words(&[("title", 1.0)], "the sea")));
    let spec = spec_of_search(|search| search.hybrid().text_query(|t| t.title.combined_with(t.text)));
    let columns = ["title", "text"].map(|name| BoostedColumn { name, boost: 1.0 }).to_vec();
    let combined = FullText::Combined { columns, text: "the sea".to_owned(), all: false };
    assert_eq!(spec.full_text, Some(combined));
}

#[test]
fn a_full_text_search_without_a_text_has_a_blank_query() {
    let recorder = Recorder::empty();
    let executor = Arc::clone(&recorder) as Arc<dyn Execute>;
    let row = Predicate::Constant(true);
    block_on(Search::<Book>::similar(executor, 0, row).full_text().explain()).unwrap();
    assert_eq!(recorder.spec().full_text, Some(FullText::matching("")));
    let executor = Arc::clone(&recorder) as Arc<dyn Execute>;
    let phrase = FullText::Phrase { column: "title", text: "the sea".to_owned(), slop: 0 };
    block_on(Search::<Book, _, _>::by_text(executor, Some(phrase.clone())).explain()).unwrap();
    assert_eq!((recorder.spec().full_text, recorder.spec().nearest), (Some(phrase), None));
}

#[test]
fn a_search_for_similar_rows_leaves_out_the_row_itself() {
    let recorder = Recorder::empty();
    let row = Predicate::Compare { column: path("id"), op: CompareOp::Eq, value: Value::Int64(7) };
    let executor = Arc::clone(&recorder) as Arc<dyn Execute>;
    block_on(Search::<Book>::similar(executor, 0, row.clone()).explain()).unwrap();
    let spec = recorder.spec();
    assert_eq!(spec.nearest, Some(Nearest::new(0, VectorQuery::Row(row.clone()))));
    assert_eq!((spec.filter, spec.ranking.text), (Some(row.not()), None));
}

#[test]
fn filters_are_combined_with_and() {
    let spec = spec_of_search(|search| search.filter(|t| t.year.eq(1847)));
    assert_eq!(spec.filter, Some(year_is(1847)));
    let spec = spec_of_search(|search| search.filter(|t| t.year.eq(1847)).matching(Filter::none()));
    let both = Predicate::And(vec![year_is(1847), Predicate::Constant(false)]);
    assert_eq!(spec.filter, Some(both));
    let spec = spec_of_search(|search| search.year(1847).maybe_id(None::<i64>));
    assert_eq!(spec.filter, Some(year_is(1847)));
    let spec = spec_of_search(|search| search.maybe_year(Some(1847)).limit(3));
    assert_eq!((spec.filter, spec.limit), (Some(year_is(1847)), Some(3)));
}

#[test]
fn the_shared_settings_of_a_search_are_set_by_their_methods() {
    let spec = spec_of_search(|s| s.limit(3).offset(4).candidates(5).limit_per(|t| (t.year, t.title), 2));
    assert_eq!((spec.limit, spec.offset, spec.ranking.candidates), (Some(3), 4, Some(5)));
    assert_eq!(spec.limit_per, Some(LimitPer { columns: vec![path("year"), path("title")], rows: 2 }));
    let spec = spec_of_search(|search| search.select(|t| (t.title, t.year)));
    assert_eq!(spec.columns, Some(vec![path("title"), path("year")]));
    let spec = spec_of_search(|search| search.select_as::<Label>());
    assert_eq!(spec.columns, Some(vec![path("title"), path("id")]));
    let spec = spec_of_search(|search| search.select_columns(["year", "id"]).unwrap());
    assert_eq!(spec.columns, Some(vec![path("year"), path("id")]));
    let spec = spec_of_search(|search| search.with_vectors());
    assert!(spec.vectors && spec.columns.is_none());
}

#[test]
fn a_query_with_a_leg_is_a_search() {
    assert!(spec_of_search(|search| search).is_search());
    assert!(spec_of_search(|search| search.full_text()).is_search());
    assert!(spec_of_search(|search| search.hybrid()).is_search());
}

#[test]
fn a_highlight_needs_a_length() {
    let spec = spec_of_search(|search| search.full_text().highlight(150));
    assert_eq!(spec.highlight, Some(150));
    let message = fault(|search| search.full_text().highlight(0));
    assert_eq!(message, "a highlight of 0 characters has no text");
}

#[test]
fn a_reranker_is_set_with_the_function_that_reads_the_source_texts() {
    let spec = spec_of_search(|search| search.rerank(Rrf::default()));
    assert_eq!(spec.ranking.reranker.unwrap().name(), "rrf");
    let batch = crate::record::encode(&[super::book(1, None), super::book(2, None)]).unwrap();
    let texts = spec.ranking.texts.unwrap()(&batch, 0).unwrap();
    assert_eq!(texts, [Some("text 1".to_owned()), Some("text 2".to_owned())]);
    assert_eq!(spec.ranking.texts.unwrap()(&batch, 1).unwrap(), [None, None]);
    let spec = spec_of_search(|search| search.rerank_by(|t| Siblings::by(t.year)));
    assert_eq!(spec.ranking.reranker.unwrap().name(), "siblings");
    let spec = spec_of_search(|search| search.rerank(Rrf::default()).rerank(Mmr::default()));
    assert_eq!(spec.ranking.reranker.unwrap().name(), "mmr");
}

#[test]
fn a_search_query_is_a_text_a_vector_or_both() {
    let vector = Embedding::of("toy", [0.5, 0.5]);
    let by_vector = VectorQuery::Vector { model: "toy".to_owned(), values: vec![0.5, 0.5], dimension: 2 };
    let by_text = VectorQuery::Text("sea".to_owned());
    let text = || Some("sea".to_owned());
    assert_eq!(IntoSearchQuery::<Dynamic>::into_query("sea").into_untyped(), (by_text.clone(), text()));
    assert_eq!(
        IntoSearchQuery::<Dynamic>::into_query("sea".to_owned()).into_untyped(),
        (by_text.clone(), text())
    );
    let sea = &"sea".to_owned();
    assert_eq!(IntoSearchQuery::<Dynamic>::into_query(sea).into_untyped(), (by_text, text()));
    assert_eq!((&vector).into_query().into_untyped(), (by_vector.clone(), None));
    assert_eq!(("sea", &vector).into_query().into_untyped(), (by_vector.clone(), text()));
    assert_eq!(("sea", vector.clone()).into_query().into_untyped(), (by_vector.clone(), text()));
    assert_eq!(vector.into_query().into_untyped(), (by_vector, None));
}

#[test]
fn a_builder_prints_its_specification() {
    let recorder = Recorder::empty();
    let search = format!("{:?}", by_vector(&recorder).limit(3));
    assert!(search.starts_with("Search(QuerySpec {") && search.contains("limit: Some(3)"), "{search}");
    let column = VectorCol::<Book, ()>::new(3);
    assert_eq!((column.index(), format!("{column:?}")), (3, "VectorCol(3)".to_owned()));
    assert_eq!(Book::vectors().text.index(), 0);
    let draft = Draft::new(Arc::clone(&recorder) as Arc<dyn Execute>);
    let state = format!("{:?}", QueryState::<()>::new(draft));
    assert!(state.starts_with("QueryState(QuerySpec {"), "{state}");
    assert_eq!(format!("{:?}", Label::selection()), format!("As<{}>", std::any::type_name::<Label>()));
    let ranking = spec_of_search(|search| search.rerank(Rrf::default()).candidates(5)).ranking;
    assert!(format!("{ranking:?}").starts_with("Ranking { reranker: Some(Rrf"), "{ranking:?}");
    let all = format!("{:?}", super::every_row(&recorder).offset(4));
    assert!(all.starts_with("SearchAll(QuerySpec {") && all.contains("offset: 4"), "{all}");
}
