//! Rerankers in all three search modes.

use std::sync::{Arc, Mutex};

use datus_store::rerank::{
    Candidate, Mmr, Needs, PseudoRelevanceFeedback, Ranked, RerankQuery, Reranker, async_trait,
};
use datus_store::{BoxError, EmbeddingRecord, ErrorKind, Metric, Score, Store};

use super::full_text::{Recipe, at, ids, recipe, recipes_of};
use super::memory;
use crate::support::models::Toy;

type Order = fn(&[Candidate]) -> Result<Vec<Ranked>, BoxError>;
type Seen = Arc<Mutex<Vec<(RerankQuery, Vec<Candidate>)>>>;

/// A reranker that orders candidates by the result of a function, and records the candidates.
#[derive(Clone)]
struct By {
    needs: Needs,
    order: Order,
    seen: Seen,
}

impl std::fmt::Debug for By {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("By")
    }
}

impl By {
    fn new(needs: Needs, order: Order) -> Self {
        Self { needs, order, seen: Seen::default() }
    }

    fn text_length() -> Self {
        Self::new(Needs::default().with_texts(), |candidates| {
            Ok(Ranked::by_score(
                candidates
                    .iter()
                    .map(|candidate| candidate.text.as_ref().map_or(0.0, |text| text.len() as f32)),
            ))
        })
    }
}

#[async_trait]
impl Reranker for By {
    fn name(&self) -> &str {
        "by"
    }

    fn needs(&self) -> Needs {
        self.needs.clone()
    }

    async fn rerank(&self, query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        self.seen.lock().unwrap().push((query.clone(), candidates.to_vec()));
        (self.order)(candidates)
    }
}

async fn kitchen() -> Store<Recipe> {
    recipes_of(&[
        recipe(1, "Tomato soup", "0 0 1 tomato"),
        recipe(2, "Salad", "1 0 1 cucumber and more and more"),
        recipe(3, "Tomato salad", "2 0 1 tomato and cucumber"),
        recipe(4, "Bread", "3 0 1 flour"),
    ])
    .await
}

#[tokio::test]
async fn all_three_search_modes_are_reranked() {
    let store = kitchen().await;
    let by_vector = store.search(("tomato", at(0.0))).rerank(By::text_length()).await.unwrap();
    assert_eq!(ids(&by_vector), [2, 3, 1, 4]);
    let by_text = store.search("tomato").full_text().rerank(By::text_length()).await.unwrap();
    assert_eq!(ids(&by_text), [3, 1]);
    let hybrid = store.search(("tomato", at(0.0))).hybrid().rerank(By::text_length()).limit(3).await.unwrap();
    assert_eq!(ids(&hybrid), [2, 3, 1]);
    for hit in by_vector.iter().chain(&by_text).chain(&hybrid) {
        assert!(matches!(&hit.score, Score::Reranked { by, .. } if &**by == "by"), "{hit:?}");
        let explained = hit.explain();
        assert!(explained.nearest.is_some() || explained.full_text.is_some());
    }
    let second =
        store.search(("tomato", at(0.0))).rerank(By::text_length()).limit(2).offset(1).await.unwrap();
    assert_eq!(ids(&second), [3, 1]);
}

#[tokio::test]
async fn a_reranker_sees_the_query_and_the_legs() {
    let store = kitchen().await;
    let by = By::text_length();
    store.search(("tomato", at(0.0))).hybrid().rerank(by.clone()).limit(2).offset(1).await.unwrap();
    store.search_text(|t| t.title.matches("salad")).rerank(by.clone()).await.unwrap();
    let seen = by.seen.lock().unwrap();
    let (query, candidates) = &seen[0];
    assert_eq!((query.text.as_deref(), query.metric), (Some("tomato"), Some(Metric::L2)));
    assert_eq!((query.vector.as_deref(), query.top_n), (Some(&[0.0, 0.0, 1.0][..]), Some(3)));
    assert_eq!(candidates.len(), 4);
    // The candidates are in the order of their keys.
    assert_eq!(candidates[0].text.as_deref(), Some("0 0 1 tomato"));
    assert_eq!(candidates[0].nearest.map(|leg| (leg.rank, leg.score)), Some((1, 0.0)));
    assert!(candidates[0].full_text.is_some() && candidates[3].full_text.is_none());
    assert!(candidates.iter().all(|candidate| candidate.vector.is_none()));
    let (query, candidates) = &seen[1];
    assert_eq!((query.text.as_deref(), query.vector.as_deref()), (Some("salad"), None));
    assert_eq!(
        candidates.iter().filter_map(|candidate| candidate.text.as_deref()).collect::<Vec<_>>(),
        ["Salad", "Tomato salad"]
    );
}

#[tokio::test]
async fn vectors_are_read_for_rerankers_that_need_them() {
    let store = kitchen().await;
    let by = By::new(Needs::default().with_vectors(), |candidates| {
        Ok(Ranked::by_score(
            candidates.iter().map(|candidate| candidate.vector.as_ref().map_or(0.0, |vector| vector[0])),
        ))
    });
    assert_eq!(ids(&store.search(("tomato", at(0.0))).rerank(by.clone()).await.unwrap()), [4, 3, 2, 1]);
    assert_eq!(ids(&store.search("tomato").full_text().rerank(by.clone()).await.unwrap()), [3, 1]);
    assert!(
        by.seen
            .lock()
            .unwrap()
            .iter()
            .flat_map(|(_, candidates)| candidates)
            .all(|candidate| candidate.text.is_none())
    );
    assert_eq!(store.search(("tomato", at(0.0))).hybrid().rerank(Mmr::default()).await.unwrap().len(), 4);
    let feedback = PseudoRelevanceFeedback::default;
    let hits = store.search(("tomato", at(0.0))).hybrid().rerank(feedback()).await.unwrap();
    assert_eq!(hits.len(), 4);
    let terms = hits[0].explain().terms;
    assert!(terms.len() == 2 && terms.iter().all(|term| term.value > 0.0), "{terms:?}");
    assert_eq!(store.search("tomato").full_text().rerank(feedback()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_reranker_that_fails_is_an_error() {
    let store = kitchen().await;
    let fails: [(Order, &str); 4] = [
        (|_| Err("no connection".into()), "failed"),
        (|_| Ok(Vec::new()), "0 entries"),
        (|candidates| Ok(vec![Ranked::new(0, 1.0); candidates.len()]), "twice"),
        (|candidates| Ok((0..candidates.len()).map(|place| Ranked::new(place, f32::NAN)).collect()), "NaN"),
    ];
    for (order, says) in fails {
        let by = By::new(Needs::default(), order);
        for error in [
            store.search(("tomato", at(0.0))).rerank(by.clone()).await.unwrap_err(),
            store.search("tomato").full_text().rerank(by.clone()).await.unwrap_err(),
            store.search(("tomato", at(0.0))).hybrid().rerank(by.clone()).await.unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.table()), (ErrorKind::Reranker, Some("recipes")));
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}

#[tokio::test]
async fn a_reranked_search_without_hits_is_not_an_error() {
    let store = kitchen().await;
    assert!(store.search("zucchini").full_text().rerank(By::text_length()).await.unwrap().is_empty());
    assert!(store.search(("tomato", at(0.0))).rerank(By::text_length()).limit(0).await.unwrap().is_empty());
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Page {
    title: String,
    #[datus(embed(template = "{title}: {text}", metric = l2))]
    text: String,
}

#[tokio::test]
async fn a_reranker_gets_the_text_of_a_template() {
    let store: Store<Page> = memory().await.store(Toy::new()).await.unwrap();
    store
        .add([
            Page { title: "1 0 0".into(), text: "x".into() },
            Page { title: "2 0 0".into(), text: "y".into() },
        ])
        .await
        .unwrap();
    let by = By::text_length();
    let hits = store.search("1 0 0").select(|t| t.text).rerank(by.clone()).await.unwrap();
    assert_eq!(hits.len(), 2);
    let seen = by.seen.lock().unwrap();
    let texts: Vec<_> = seen[0].1.iter().filter_map(|candidate| candidate.text.as_deref()).collect();
    assert_eq!(texts, ["1 0 0: x", "2 0 0: y"]);
}
