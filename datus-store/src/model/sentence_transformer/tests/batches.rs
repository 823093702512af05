use super::tiny::{self, Tiny};
use super::{embed, max_difference, rust_runners};
use crate::model::{BatchLimits, EmbeddingModel, Role, SentenceTransformer};

/// Returns the same model on each runner.
fn models() -> Vec<SentenceTransformer> {
    let folder = Tiny::read(tiny::BERT).folder();
    let build = |runner| SentenceTransformer::builder(folder.path()).runner(runner).build().unwrap();
    rust_runners().into_iter().map(build).collect()
}

#[test]
fn the_vector_of_a_text_does_not_depend_on_the_others() {
    let words = ["the", "quick", "brown", "fox", "revenue", "orders", "of", "customer"];
    let texts: Vec<String> = (0..100).map(|n| words.repeat(3)[n % 5..n % 5 + n % 19 + 1].join(" ")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for model in models() {
        let together = embed(&model, &texts, Role::Document);
        assert_eq!(together.len(), texts.len());
        for (text, vector) in texts.iter().zip(&together) {
            let single = embed(&model, &[text], Role::Document);
            assert!(max_difference(vector, &single[0]) < 1e-5, "{text}");
        }
    }
}

#[test]
fn long_texts_are_cut_off_at_the_maximum_length() {
    let long = ["the revenue of a region"; 30].join(" ");
    for model in models() {
        let vectors = embed(&model, &[&long, &format!("{long} and more")], Role::Document);
        assert_eq!(vectors[0], vectors[1]);
        assert_eq!(model.count_tokens(&long), 24);
        assert_eq!(model.count_tokens("the quick fox"), 5);
    }
}

#[test]
fn no_texts_give_no_vectors_and_blank_texts_give_finite_ones() {
    for model in models() {
        assert!(embed(&model, &[], Role::Document).is_empty());
        let vectors = embed(&model, &["", "  "], Role::Query);
        assert_eq!(vectors.len(), 2);
        assert!(vectors.iter().all(|vector| vector.len() == 12));
        assert!(vectors.iter().flatten().all(|value| value.is_finite()));
    }
}

#[test]
fn clones_share_the_model_and_can_run_concurrently() {
    for model in models() {
        let expected = embed(&model, &["the revenue"], Role::Query);
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let model = model.clone();
                std::thread::spawn(move || embed(&model, &["the revenue"], Role::Query))
            })
            .collect();
        assert!(threads.into_iter().all(|thread| thread.join().unwrap() == expected));
    }
}

#[test]
fn the_builder_sets_the_limits_of_a_call() {
    let folder = Tiny::read(tiny::BERT).folder();
    let limits = BatchLimits::default().with_texts(7);
    let model = SentenceTransformer::builder(folder.path()).limits(limits).build().unwrap();
    assert_eq!(model.limits().texts, 7);
    assert!(!model.sends_text_away());
}
