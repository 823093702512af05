//! Hits of several stores that a reranker orders by their texts.

use std::sync::{Arc, Mutex};

use datus_store::rerank::{Candidate, Mmr, Needs, Ranked, RerankQuery, Reranker, Rrf, Siblings, async_trait};
use datus_store::{BoxError, ErrorKind, Of3, Score, Store, search_all_of};

use super::super::full_text::{Recipe, at};
use super::super::{Note, line, memory, notes_of};
use super::{Metrics, kitchen, metric};
use crate::support::models::Toy;

/// A query, and the texts of the candidates.
pub(super) type Seen = (RerankQuery, Vec<Option<String>>);

/// A reranker that prefers long texts, and records its input.
#[derive(Debug, Clone, Default)]
pub(super) struct LongFirst {
    pub(super) seen: Arc<Mutex<Vec<Seen>>>,
    fails: bool,
}

#[async_trait]
impl Reranker for LongFirst {
    fn name(&self) -> &str {
        "long first"
    }

    fn needs(&self) -> Needs {
        Needs::default().with_texts()
    }

    async fn rerank(&self, query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        if self.fails {
            return Err("out of order".into());
        }
        let texts: Vec<Option<String>> = candidates.iter().map(|candidate| candidate.text.clone()).collect();
        let lengths = texts.iter().map(|text| text.as_ref().map_or(0.0, |text| text.len() as f32));
        let ranking = Ranked::by_score(lengths.collect::<Vec<_>>());
        self.seen.lock().unwrap().push((query.clone(), texts));
        Ok(ranking)
    }
}

async fn stores() -> (Store<Note>, Store<Recipe>, Store<Metrics>) {
    let metrics: Store<Metrics> = memory().await.store(Toy::new()).await.unwrap();
    let rows = [metric("red", 1, "0 0 1 a metric"), metric("red", 2, "9 0 1")];
    metrics.scoped("red").add(rows).await.unwrap();
    (notes_of(&line(3)).await, kitchen().await, metrics)
}

#[tokio::test]
async fn a_reranker_reads_the_texts_of_all_stores() {
    let (notes, recipes, metrics) = stores().await;
    let by = LongFirst::default();
    let hits = search_all_of((
        // None of the selected columns is the text.
        notes.search(("tomato", at(1.0))).select(|t| (t.topic, t.id)),
        recipes.search("tomato").full_text().text_query(|t| t.title.with(t.body)).select(|t| t.title),
        metrics.scoped("red").search(("tomato", at(0.0))).select(|t| t.id),
    ))
    .rerank(by.clone())
    .limit(5)
    .await
    .unwrap();
    let (query, texts) = by.seen.lock().unwrap().pop().unwrap();
    assert_eq!((query.text.as_deref(), query.top_n), (Some("tomato"), Some(5)));
    let mut texts: Vec<String> = texts.into_iter().map(Option::unwrap).collect();
    // The candidates are ordered by rank, and then by search.
    assert_eq!((texts[0].as_str(), texts[2].as_str()), ("1 0 1", "0 0 1 a metric path of 1"));
    texts.sort_unstable();
    let expected = [
        "0 0 1",
        "0 0 1 a metric path of 1",
        "0 0 1 tomato\nTomato soup",
        "1 0 1",
        "2 0 1",
        "2 0 1 tomato and cucumber\nTomato salad",
        "9 0 1 path of 2",
    ];
    assert_eq!(texts, expected);

    let rows: Vec<String> = hits
        .iter()
        .map(|hit| match &hit.record {
            Of3::A((topic, id)) => format!("note {topic} {id}"),
            Of3::B(title) => title.clone(),
            Of3::C(id) => format!("metric {id}"),
        })
        .collect();
    // Candidates with texts of equal length stay in the order of their ranks.
    assert_eq!(rows, ["Tomato salad", "Tomato soup", "metric 1", "metric 2", "note odd 1"]);
    assert_eq!(hits[0].score, Score::Reranked { value: 38.0, by: "long first".into() });
    assert!(hits[0].explain().full_text.is_some() && hits[2].explain().nearest.is_some());
}

#[tokio::test]
async fn every_search_passes_its_candidates_to_the_reranker() {
    let (notes, _, metrics) = stores().await;
    let metrics = metrics.scoped("red");
    let searches = || (notes.search("0 0 1"), metrics.search("0 0 1"));
    let by = LongFirst::default();
    let candidates = || by.seen.lock().unwrap().pop().unwrap().1.len();
    search_all_of(searches()).rerank(by.clone()).limit(1).await.unwrap();
    assert_eq!(candidates(), 5);
    search_all_of(searches()).rerank(by.clone()).candidates(1).await.unwrap();
    assert_eq!(candidates(), 2);
    let (limited, other) = searches();
    search_all_of((limited.limit(2), other)).rerank(by.clone()).candidates(1).await.unwrap();
    assert_eq!(candidates(), 3);
}

#[tokio::test]
async fn a_reranker_must_order_by_texts_only() {
    let (notes, recipes, _) = stores().await;
    let searches = || (notes.search("0 0 1"), recipes.search("0 0 1"));
    let errors = [
        search_all_of(searches()).rerank(Rrf::default()).await.unwrap_err(),
        search_all_of(searches()).rerank(Mmr::default()).await.unwrap_err(),
        search_all_of(searches())
            .rerank(Siblings::by(<Recipe as datus_store::EmbeddingRecord>::columns().kind))
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.message().contains("only by texts"), "{error}");
    }
}

#[tokio::test]
async fn settings_that_do_not_fit_are_errors() {
    let (notes, recipes, _) = stores().await;
    let searches = || (notes.search("0 0 1"), recipes.search("0 0 1"));
    let errors = [
        search_all_of(searches()).candidates(5).await.unwrap_err(),
        search_all_of(searches()).candidates(0).rerank(LongFirst::default()).await.unwrap_err(),
        search_all_of((notes.search("0 0 1"), recipes.search("1 0 1")))
            .rerank(LongFirst::default())
            .await
            .unwrap_err(),
    ];
    let messages = ["only to a search with a reranker", "no candidates", "different texts"];
    for (error, message) in errors.iter().zip(messages) {
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("search_all_of")));
        assert!(error.message().contains(message) && error.help().is_some(), "{error}");
    }
    let failing = LongFirst { fails: true, ..LongFirst::default() };
    let error = search_all_of(searches()).rerank(failing).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Reranker, Some("search_all_of")), "{error}");
}
