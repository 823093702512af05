//! Hybrid search combines both legs into one order, and never ignores a setting or a failure silently.

use std::sync::Arc;
use std::time::Duration;

use datus_store::rerank::{ConvexCombination, Rrf, Weighted};
use datus_store::{Embedding, ErrorKind, Hit, Score, Store};

use super::full_text::{Recipe, at, ids, recipe, recipes_of};

async fn kitchen() -> Store<Recipe> {
    recipes_of(&[
        recipe(1, "Tomato soup", "0 0 1 tomato tomato tomato"),
        recipe(2, "Salad", "1 0 1 cucumber"),
        recipe(3, "Tomato salad", "2 0 1 tomato and cucumber"),
        recipe(4, "Bread", "3 0 1 flour"),
        recipe(5, "Toast", "9 0 1 bread"),
    ])
    .await
}

fn close(left: f32, right: f32) -> bool {
    (left - right).abs() < 1e-6
}

#[tokio::test]
async fn the_scores_of_both_legs_are_combined() {
    let store = kitchen().await;
    let hits = store.search(("tomato", at(1.0))).hybrid().await.unwrap();
    // The order by vector is 2, then 1 and 3, then 4, then 5. The full-text search finds 1 and 3.
    assert_eq!(hits.len(), 5);
    let explained = |id: i64| {
        let hit = hits.iter().find(|hit| hit.record.id == id).unwrap();
        let explained = hit.explain();
        (explained.nearest.map(|leg| leg.rank), explained.full_text.map(|leg| leg.score), hit.score.value())
    };
    let near = ConvexCombination::NEURAL;
    let (nearest, text, score) = explained(2);
    assert_eq!((nearest, text), (Some(1), None));
    assert!(close(score, near), "{score}");
    let (first, best, top) = explained(1);
    let (third, words, score) = explained(3);
    // Their distances are equal, so they share a rank. Squared distances cannot be converted to a cosine, so 0, 1, 1, 4, and
    // 64 are divided by 64.
    assert_eq!((first, third), (Some(2), Some(2)));
    let (best, words) = (best.unwrap(), words.unwrap());
    let highest = best.max(words);
    assert!(close(top, near * 63.0 / 64.0 + (1.0 - near) * best / highest), "{top}");
    assert!(close(score, near * 63.0 / 64.0 + (1.0 - near) * words / highest), "{score}");
    assert!(close(explained(4).2, near * 60.0 / 64.0), "{}", explained(4).2);
    assert_eq!((explained(5).0, explained(5).2), (Some(5), 0.0));
    assert!(
        hits.iter().all(|hit| matches!(&hit.score, Score::Fused { by, .. } if &**by == "convex")),
        "{hits:?}"
    );
    assert!(hits.windows(2).all(|pair| pair[0].score.value() >= pair[1].score.value()));
}

#[tokio::test]
async fn raw_scores_of_each_leg_are_those_of_the_single_searches() {
    let store = kitchen().await;
    let by_vector = store.search(("tomato", at(1.0))).await.unwrap();
    let by_text = store.search(("tomato", at(1.0))).full_text().await.unwrap();
    let raw = |hits: &[Hit<Recipe>], id: i64| {
        hits.iter().find(|hit| hit.record.id == id).map(|hit| hit.score.value())
    };
    for hit in store.search(("tomato", at(1.0))).hybrid().await.unwrap() {
        let explained = hit.explain();
        assert_eq!(explained.nearest.map(|leg| leg.score), raw(&by_vector, hit.record.id));
        assert_eq!(hit.distance(), raw(&by_vector, hit.record.id));
        assert_eq!(explained.full_text.map(|leg| leg.score), raw(&by_text, hit.record.id));
    }
}

#[tokio::test]
async fn hits_have_the_same_shape_if_a_leg_finds_nothing() {
    let store = kitchen().await;
    let hits = store.search(("zucchini", at(3.0))).hybrid().text_query(|t| t.title).await.unwrap();
    assert_eq!(ids(&hits), [4, 3, 2, 1, 5]);
    assert!(hits.iter().all(|hit| hit.explain().full_text.is_none() && hit.explain().nearest.is_some()));
    let far = store
        .search(("bread", at(0.0)))
        .hybrid()
        .text_query(|t| t.all())
        .distance_range(100.0..)
        .await
        .unwrap();
    assert_eq!(ids(&far), [4, 5]);
    assert!(far.iter().all(|hit| hit.explain().nearest.is_none() && hit.distance().is_none()));
    assert!(far.iter().all(|hit| matches!(hit.score, Score::Fused { .. })));
    let neither =
        store.search(("zucchini", at(0.0))).hybrid().text_query(|t| t.title).distance_range(100.0..);
    assert!(neither.await.unwrap().is_empty());
}

#[tokio::test]
async fn a_text_and_a_given_vector_are_searched_together() {
    let store = kitchen().await;
    let vector = Embedding::of("toy", [9.0, 0.0, 1.0]);
    let hits = store.search(("tomato", &vector)).hybrid().await.unwrap();
    let hit = |id: i64| hits.iter().find(|hit| hit.record.id == id).unwrap().explain();
    assert_eq!(hit(5).nearest.unwrap().rank, 1);
    assert!(hit(3).full_text.is_some() && hit(5).full_text.is_none());
    assert_eq!(ids(&store.search(("tomato", vector.clone())).limit(1).await.unwrap()), [5]);
    assert_eq!(store.search(("tomato", &vector)).full_text().await.unwrap().len(), 2);
    let asked = store.search(&vector).hybrid().text_query(|t| t.title.matches("soup")).await.unwrap();
    assert!(asked.iter().any(|hit| hit.explain().full_text.is_some()));
}

#[tokio::test]
async fn a_vector_without_a_text_cannot_be_searched_by_full_text() {
    let store = kitchen().await;
    let vector = Embedding::of("toy", [9.0, 0.0, 1.0]);
    for error in [
        store.search(&vector).full_text().await.unwrap_err(),
        store.search(&vector).hybrid().await.unwrap_err(),
        store.search(&vector).hybrid().text_query(|t| t.title).await.unwrap_err(),
        store.similar_to(1).full_text().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            error.to_string().contains("text_query") && error.to_string().contains("(text, vector)"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_leg_that_fails_is_an_error() {
    let store = kitchen().await;
    let wrong = Embedding::of("another", [9.0, 0.0, 1.0]);
    assert_eq!(store.search(("tomato", wrong)).hybrid().await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let phrase = store.search(("tomato", at(1.0))).hybrid().text_query(|t| t.title.phrase("tomato soup"));
    assert_eq!(phrase.await.unwrap_err().kind(), ErrorKind::InvalidInput);
    store.as_lancedb().drop_index("title_idx").await.unwrap();
    assert_eq!(store.search(("tomato", at(1.0))).hybrid().await.unwrap_err().kind(), ErrorKind::MissingIndex);
    assert!(!store.search(("tomato", at(1.0))).await.unwrap().is_empty());
}

#[tokio::test]
async fn filters_apply_in_both_legs_before_the_limit() {
    let rows: Vec<Recipe> = (0..300).map(|id| recipe(id, "x", &format!("{id} 0 1 tomato"))).collect();
    let store = recipes_of(&rows).await;
    let hits = store.search(("tomato", at(0.0))).hybrid().filter(|t| t.id.ge(290)).limit(10).await.unwrap();
    let mut found = ids(&hits);
    found.sort_unstable();
    assert_eq!(found, (290..300).collect::<Vec<_>>());
    let odd = store.search(("tomato", at(0.0))).kind("odd").hybrid().limit(4).await.unwrap();
    assert!(odd.iter().all(|hit| hit.record.kind == "odd") && odd.len() == 4);
    assert_eq!(store.search(("tomato", at(0.0))).hybrid().limit(7).count().await.unwrap(), 7);
    assert_eq!(store.search(("tomato", at(0.0))).hybrid().filter(|t| t.id.lt(5)).count().await.unwrap(), 5);
}

#[tokio::test]
async fn legs_are_explained_with_their_plans() {
    let store = kitchen().await;
    let plan = store.search(("tomato", at(1.0))).hybrid().kind("odd").explain().await.unwrap();
    assert!(plan.contains("convex") && plan.contains("By vector") && plan.contains("By text"), "{plan}");
    assert!(plan.contains("KNN") && plan.contains("MatchQuery") && plan.contains("odd"), "{plan}");
}

#[tokio::test]
async fn settings_that_do_not_apply_are_refused() {
    let store = kitchen().await;
    let error = store.search(("tomato", at(1.0))).nprobes(3).full_text().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("does not compare vectors"), "{error}");
    store.search(("tomato", at(1.0))).nprobes(3).hybrid().await.unwrap();
    let error = store.search(("tomato", at(1.0))).candidates(30).await.unwrap_err();
    assert!(error.message().contains("candidates"), "{error}");
    assert!(store.search(("tomato", at(1.0))).hybrid().candidates(0).await.is_err());
}

#[tokio::test]
async fn other_fusions_are_named() {
    let store = kitchen().await;
    let weighted = store.search(("tomato", at(1.0))).hybrid().rerank(Weighted::default()).await.unwrap();
    assert!(
        weighted.iter().all(|hit| matches!(&hit.score, Score::Fused { by, .. } if &**by == "weighted")),
        "{weighted:?}"
    );
    let rrf = store.search(("tomato", at(1.0))).hybrid().rerank(Rrf::default()).await.unwrap();
    assert!(rrf.iter().all(|hit| matches!(&hit.score, Score::Fused { by, .. } if &**by == "rrf")), "{rrf:?}");
    let shared: Arc<dyn datus_store::rerank::Reranker> = Arc::new(ConvexCombination::default());
    let convex = store.search(("tomato", at(1.0))).hybrid().rerank(shared).await.unwrap();
    assert_eq!(convex, store.search(("tomato", at(1.0))).hybrid().await.unwrap());
}

/// Each write leaves one row with the same number in its text and its vector. If the legs read different versions, the
/// vector search would find a row whose text does not match.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_between_the_legs_is_not_seen_by_one_of_them() {
    let store = recipes_of(&[recipe(1, "v0", "0 0 1 even")]).await;
    let writer = store.clone();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let writes = tokio::spawn(async move {
        let mut version = 0;
        while !stopped.load(std::sync::atomic::Ordering::SeqCst) {
            version += 1;
            let word = if version % 2 == 0 { "even" } else { "odd" };
            writer.upsert([recipe(1, "x", &format!("{version} 0 1 {word}"))]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        version
    });
    for _ in 0..20 {
        let hits =
            store.search(("even", at(0.0))).hybrid().text_query(|t| t.body.matches("even")).await.unwrap();
        let [hit] = hits.as_slice() else { panic!("{hits:?}") };
        let explained = hit.explain();
        let version: f32 = hit.record.body.as_deref().unwrap().split(' ').next().unwrap().parse().unwrap();
        assert_eq!(explained.nearest.unwrap().score, version * version, "{hit:?}");
        assert_eq!(explained.full_text.is_some(), version % 2.0 == 0.0, "{hit:?}");
    }
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    assert!(writes.await.unwrap() > 3);
}
