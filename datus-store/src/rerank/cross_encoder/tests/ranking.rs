use super::*;
use crate::rerank::{Mmr, Needs, Reranker, Scale};

const WORDS: [&str; 8] = ["the", "quick", "brown", "fox", "revenue", "orders", "of", "customer"];

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|n| WORDS.repeat(3)[n % 5..n % 5 + n % 17].join(" ")).collect()
}

#[test]
fn the_best_text_comes_first() {
    let ranking = rank(&bert(), "revenue by region", &texts(40));
    assert!(ranking.windows(2).all(|pair| pair[0].score >= pair[1].score));
    assert!(ranking[0].score > ranking[39].score);
}

#[test]
fn the_score_of_a_text_does_not_depend_on_the_others() {
    let (encoder, texts) = (bert(), texts(100));
    let together = scores(&encoder, "the fox", &texts);
    for (text, score) in texts.iter().zip(&together) {
        assert!(max_difference(&scores(&encoder, "the fox", &[text]), &[*score]) < 1e-5, "{text}");
    }
}

#[test]
fn scores_that_round_to_one_keep_the_order_of_the_outputs() {
    let folder = Tiny::read(BERT).folder();
    let load = |scale| CrossEncoder::builder(folder.path()).scale(scale).build().unwrap();
    let order = |scale| -> Vec<usize> {
        rank(&load(scale), "the fox", &texts(30)).iter().map(|ranked| ranked.candidate).collect()
    };
    assert_eq!(order(Scale::Sigmoid), order(Scale::Identity));
    assert_eq!(
        (Scale::Sigmoid.of(0.0), Scale::Sigmoid.of(100.0), Scale::Sigmoid.of(-200.0)),
        (0.5, 1.0, 0.0)
    );
}

#[test]
fn a_row_without_text_is_scored_as_an_empty_text() {
    let encoder = bert();
    let query = RerankQuery::default().with_text("the fox");
    let rows = [Candidate::default(), Candidate::default().with_text("")];
    let ranking = block_on(encoder.rerank(&query, &rows)).unwrap();
    assert_eq!((ranking[0].candidate, ranking[0].score), (0, ranking[1].score));
    assert!(block_on(encoder.rerank(&query, &[])).unwrap().is_empty());
}

#[test]
fn a_search_without_a_text_is_an_error() {
    let query = RerankQuery::default().with_vector([1.0]);
    let rows = [Candidate::default().with_text("fox")];
    let error = block_on(crate::rerank::checked_ranking(&bert(), &query, &rows)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("this search has none: search by a text"), "{error}");
}

#[test]
fn it_needs_texts_and_can_be_the_relevance_of_mmr() {
    let encoder = bert();
    assert_eq!(encoder.needs(), Needs::default().with_texts());
    let mmr = Mmr::default().with_lambda(1.0).with_relevance(encoder.clone());
    assert_eq!(mmr.needs(), Needs::default().with_texts().with_vectors());
    let rows: Vec<Candidate> =
        texts(9).into_iter().map(|text| Candidate::default().with_text(text).with_vector([1.0])).collect();
    let query = RerankQuery::default().with_text("the fox");
    let order = |reranker: &dyn Reranker| -> Vec<usize> {
        let ranking = block_on(crate::rerank::checked_ranking(reranker, &query, &rows)).unwrap();
        ranking.iter().map(|ranked| ranked.candidate).collect()
    };
    assert_eq!(order(&mmr), order(&encoder));
}

#[test]
fn clones_share_the_model_and_can_run_concurrently() {
    let encoder = bert();
    let expected = rank(&encoder, "the fox", &texts(20));
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let encoder = encoder.clone();
            std::thread::spawn(move || rank(&encoder, "the fox", &texts(20)))
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap() == expected));
}
