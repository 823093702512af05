use super::tiny::{self, Tiny};
use super::{apart, embed};
use crate::model::{BatchLimits, Candle, EmbeddingModel, Role, SentenceTransformer};

fn model() -> SentenceTransformer {
    let folder = Tiny::read(tiny::BERT).folder();
    SentenceTransformer::builder(folder.path()).runner(Candle::default()).build().unwrap()
}

#[test]
fn a_text_has_one_vector_whatever_is_beside_it() {
    let model = model();
    let words = ["the", "quick", "brown", "fox", "revenue", "orders", "of", "customer"];
    let texts: Vec<String> = (0..100).map(|n| words.repeat(3)[n % 5..n % 5 + n % 19 + 1].join(" ")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let together = embed(&model, &texts, Role::Document);
    assert_eq!(together.len(), texts.len());
    for (text, vector) in texts.iter().zip(&together) {
        let alone = embed(&model, &[text], Role::Document);
        assert!(apart(vector, &alone[0]) < 1e-5, "{text}");
    }
}

#[test]
fn what_is_beyond_the_models_length_is_cut_off() {
    let model = model();
    let long = ["the revenue of a region"; 30].join(" ");
    let vectors = embed(&model, &[&long, &format!("{long} and more")], Role::Document);
    assert_eq!(vectors[0], vectors[1]);
    assert_eq!(model.count_tokens(&long), 24);
    assert_eq!(model.count_tokens("the quick fox"), 5);
}

#[test]
fn no_text_has_no_vector_and_a_blank_one_has_one() {
    let model = model();
    assert!(embed(&model, &[], Role::Document).is_empty());
    let vectors = embed(&model, &["", "  "], Role::Query);
    assert!(vectors.iter().flatten().all(|value| value.is_finite()));
}

#[test]
fn clones_share_the_model_and_many_calls_run_at_once() {
    let model = model();
    let expected = embed(&model, &["the revenue"], Role::Query);
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let model = model.clone();
            std::thread::spawn(move || embed(&model, &["the revenue"], Role::Query))
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap() == expected));
}

#[test]
fn a_call_takes_what_the_builder_says() {
    let folder = Tiny::read(tiny::BERT).folder();
    let limits = BatchLimits::default().with_texts(7);
    let model =
        SentenceTransformer::builder(folder.path()).runner(Candle::default()).limits(limits).build().unwrap();
    assert_eq!(model.limits().texts, 7);
    assert!(!model.sends_text_away());
}
