//! The candidates for a reranker over several stores, and the order that it returns.

use datus_store::rerank::{
    Candidate, Mmr, Needs, Ranked, RerankQuery, Reranker, ScoreTerm, Siblings, async_trait,
};
use datus_store::{BoxError, EmbeddingRecord, ErrorKind, search_all_of};
use serde_json::json;

use super::super::full_text::{Recipe, at, recipe, recipes_of};
use super::super::{line, notes_of};
use super::reranked::LongFirst;
use super::{id, kitchen};

/// Gives all candidates the same score, and returns them from last to first.
#[derive(Debug)]
struct AllEqual;

#[async_trait]
impl Reranker for AllEqual {
    fn name(&self) -> &str {
        "all equal"
    }

    fn needs(&self) -> Needs {
        Needs::default().with_texts()
    }

    async fn rerank(&self, _: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        let ranked = |place| Ranked::new(place, 2.0).with_terms(vec![ScoreTerm::new("half", 1.0); 2]);
        Ok((0..candidates.len()).rev().map(ranked).collect())
    }
}

#[tokio::test]
async fn hits_of_equal_score_are_in_the_order_of_their_ranks() {
    let (notes, recipes) = (notes_of(&line(3)).await, kitchen().await);
    let searches = (notes.search(at(2.0)), recipes.search("0 0 1").limit(2));
    let hits = search_all_of(searches).rerank(AllEqual).await.unwrap();
    let expected = [('a', 2), ('b', 1), ('a', 1), ('b', 2), ('a', 0)];
    assert_eq!(hits.iter().map(id).collect::<Vec<_>>(), expected);
    // The terms of the score are kept.
    let terms = hits[1].explain().terms.to_vec();
    assert_eq!(terms, [ScoreTerm::new("half", 1.0), ScoreTerm::new("half", 1.0)]);
}

#[tokio::test]
async fn a_reranker_over_texts_must_not_read_anything_else() {
    let (notes, recipes) = (notes_of(&line(3)).await, kitchen().await);
    let searches = || (notes.search("0 0 1"), recipes.search("0 0 1"));
    let kind = Recipe::columns().kind;
    for error in [
        search_all_of(searches())
            .rerank(Mmr::default().with_relevance(LongFirst::default()))
            .await
            .unwrap_err(),
        search_all_of(searches())
            .rerank(Siblings::by(kind).with_relevance(LongFirst::default()))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.message().contains("only by texts"), "{error}");
    }
}

#[tokio::test]
async fn a_search_passes_fifty_candidates_or_four_times_the_limit() {
    let (notes, recipes) = (notes_of(&line(120)).await, kitchen().await);
    for (limit, candidates) in [(1, 50), (12, 50), (13, 52), (20, 80)] {
        let by = LongFirst::default();
        let searches = (notes.search("0 0 1"), recipes.search("0 0 1").limit(2));
        search_all_of(searches).rerank(by.clone()).limit(limit).await.unwrap();
        let seen = by.seen.lock().unwrap().pop().unwrap().1.len();
        assert_eq!(seen, candidates + 2, "limit {limit}");
    }
}

#[tokio::test]
async fn the_text_of_a_full_text_search_is_the_query() {
    let (notes, recipes) = (notes_of(&line(3)).await, kitchen().await);
    let by = LongFirst::default();
    let search = || recipes.search_text(|t| t.title.matches("tomato"));
    search_all_of((search(), notes.search(at(1.0)))).rerank(by.clone()).await.unwrap();
    let query = by.seen.lock().unwrap().pop().unwrap().0;
    assert_eq!(query.text.as_deref(), Some("tomato"));
    let error = search_all_of((search(), notes.search("0 0 1"))).rerank(by).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().contains("different texts"), "{error}");
}

#[tokio::test]
async fn a_row_without_text_is_a_candidate_without_text() {
    let notes = notes_of(&line(1)).await;
    let silent = Recipe { body: None, ..recipe(2, "Tomato", "") };
    let recipes = recipes_of(&[recipe(1, "Tomato soup", "0 0 1"), silent]).await;
    let by = LongFirst::default();
    let searches = (notes.search(("tomato", at(0.0))), recipes.search(("tomato", at(0.0))).hybrid());
    search_all_of(searches).rerank(by.clone()).await.unwrap();
    let mut texts = by.seen.lock().unwrap().pop().unwrap().1;
    texts.sort_unstable();
    assert_eq!(texts, [None, Some("0 0 1".to_owned()), Some("0 0 1".to_owned())]);
}

#[tokio::test]
async fn a_text_that_only_the_reranker_reads_is_not_returned() {
    let (notes, recipes) = (notes_of(&line(1)).await, kitchen().await);
    let hits = search_all_of((
        notes.search("0 0 1").select_columns(["id"]).unwrap(),
        recipes.search("0 0 1").select_columns(["title"]).unwrap().limit(1),
    ));
    let hits = serde_json::to_value(hits.rerank(LongFirst::default()).await.unwrap()).unwrap();
    assert_eq!(hits[0]["record"], json!({ "title": "Tomato soup" }));
    assert_eq!(hits[1]["record"], json!({ "id": 0 }));
}
