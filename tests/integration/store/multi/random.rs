//! Searches find the rows in the order of a brute-force comparison in plain Rust.

use datus_store::{Embedding, EmbeddingRecord, Store};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{Document, Lists, memory};

/// The same table with 16-bit floats.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "halves")]
struct Half {
    #[datus(key)]
    id: i64,
    #[datus(embed(multi, element = f16))]
    text: String,
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum() };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Returns the distance of a row: the sum, over the vectors of the query, of the distance to the nearest vector of the row.
fn distance(query: &[Vec<f32>], row: &[Vec<f32>]) -> f64 {
    let nearest = |vector: &Vec<f32>| row.iter().map(|other| cosine(vector, other)).fold(-1.0, f64::max);
    query.iter().map(|vector| 1.0 - nearest(vector)).sum()
}

/// Generates vectors of small whole numbers, which 16-bit floats store exactly. The first number is never zero.
fn vectors(most: usize) -> impl Strategy<Value = Vec<Vec<f32>>> {
    let vector = (1..9_i32, -8..9_i32, -8..9_i32);
    vec(vector.prop_map(|(x, y, z)| vec![x as f32, y as f32, z as f32]), 1..=most)
}

fn text(vectors: &[Vec<f32>]) -> String {
    vectors.iter().map(|v| format!("{} {} {}", v[0], v[1], v[2])).collect::<Vec<_>>().join(" | ")
}

/// Asserts that the hits have the distances of the nearest rows, and that each hit has the distance of its own row.
fn assert_nearest(hits: &[(i64, f32)], rows: &[Vec<Vec<f32>>], query: &[Vec<f32>], tolerance: f64) {
    let mut all: Vec<f64> = rows.iter().map(|row| distance(query, row)).collect();
    for &(id, found) in hits {
        let own = all[usize::try_from(id).unwrap()];
        assert!((own - f64::from(found)).abs() < tolerance, "row {id}: {found} instead of {own}");
    }
    all.sort_by(f64::total_cmp);
    for (place, &(_, found)) in hits.iter().enumerate() {
        assert!((all[place] - f64::from(found)).abs() < tolerance, "place {place}: {found}, {all:?}");
    }
}

#[test]
fn hits_are_in_the_order_of_the_largest_similarities() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let cases = (vec(vectors(5), 1..40), vec(vectors(4), 3), 1_usize..20);
    type VectorLists = Vec<Vec<Vec<f32>>>;
    let run = |(rows, queries, limit): (VectorLists, VectorLists, usize)| {
        runtime.block_on(async {
            let db = memory().await;
            let store: Store<Document> = db.store(Lists::new()).await.unwrap();
            let halves: Store<Half> = db.store(Lists::new()).await.unwrap();
            let numbered = || rows.iter().zip(0..);
            store.add(numbered().map(|(row, id)| super::document(id, &text(row)))).await.unwrap();
            halves.add(numbered().map(|(row, id)| Half { id, text: text(row) })).await.unwrap();
            for query in &queries {
                let hits = store.search(text(query)).limit(limit).await.unwrap();
                let found: Vec<_> = hits.iter().map(|hit| (hit.record.id, hit.distance().unwrap())).collect();
                assert_eq!(found.len(), limit.min(rows.len()));
                assert_nearest(&found, &rows, query, 1e-4);
                let vectors = Embedding::multi(Lists::ID, query.clone()).unwrap();
                let hits = halves.search(vectors).limit(limit).await.unwrap();
                let found: Vec<_> = hits.iter().map(|hit| (hit.record.id, hit.distance().unwrap())).collect();
                assert_nearest(&found, &rows, query, 0.02);
            }
        });
        Ok(())
    };
    runner.run(&cases, run).unwrap();
}
