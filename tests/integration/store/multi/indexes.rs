//! Indexes of columns with several vectors for each row.

use datus_store::model::{ModelIdentity, MultiEmbeddingModel, Role, async_trait};
use datus_store::{BoxError, Embedding, EmbeddingRecord, IndexAction, Store};

use super::memory;
use crate::support::cloud::{Cloud, DIMENSION, point};

/// A model that returns a point for each word.
struct Clouds(ModelIdentity);

impl Clouds {
    fn new() -> Self {
        Self(ModelIdentity::new(Cloud::ID, DIMENSION))
    }
}

#[async_trait]
impl MultiEmbeddingModel for Clouds {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    async fn embed_multi(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<Vec<f32>>>, BoxError> {
        Ok(texts.iter().map(|text| text.split_whitespace().map(point).collect()).collect())
    }
}

/// Returns a text of one to four words.
fn seeds(number: i64) -> String {
    (0..=number % 4).map(|word| format!("word{number}x{word}")).collect::<Vec<_>>().join(" ")
}

/// Records whose lists of vectors have an index.
macro_rules! indexed {
    ($($name:ident: $kind:ident, $element:ident;)+) => {
        $(#[tokio::test]
        async fn $name() {
            #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
            #[datus(table = "points")]
            struct Points {
                #[datus(key)]
                number: i64,
                #[datus(embed(multi, index = $kind, element = $element))]
                seeds: String,
            }
            let store: Store<Points> = memory().await.store(Clouds::new()).await.unwrap();
            let rows = |numbers: std::ops::Range<i64>| numbers.map(|number| Points { number, seeds: seeds(number) });
            store.add(rows(0..300)).await.unwrap();
            let report = store.create_indexes().samples(10).recall(0.9).await.unwrap();
            let index = report.indexes.iter().find(|index| index.column == "vector").unwrap();
            assert_eq!((index.kind.as_str(), index.action), (stringify!($kind), IndexAction::Built), "{report}");
            let recall = index.recall.unwrap();
            assert!(recall.measured >= 0.9 && recall.queries == 10, "{report}");
            // The searches look for rows that the index covers, and for newer rows.
            store.add(rows(300..303)).await.unwrap();
            for number in [3, 299, 300, 302] {
                let query = seeds(number);
                let hits = store.search(&query).limit(5).await.unwrap();
                assert_eq!(hits[0].record.number, number, "{hits:?}");
                let vectors = query.split_whitespace().count() as f32;
                assert!(hits.iter().all(|hit| (-0.01..2.0 * vectors).contains(&hit.distance().unwrap())));
                let exact = store.search(&query).limit(5).exact().await.unwrap();
                assert!((exact[0].distance().unwrap() - hits[0].distance().unwrap()).abs() < 0.01);
                let few = store.search(&query).filter(|t| t.number.between(number - 1, number)).await.unwrap();
                assert_eq!(few.len(), 2, "{few:?}");
            }
            let own = store.similar_to(3).limit(3).await.unwrap();
            assert!(own.len() == 3 && own.iter().all(|hit| hit.record.number != 3));
            store.optimize().await.unwrap();
            assert_eq!(store.search(seeds(302)).limit(1).await.unwrap()[0].record.number, 302);
            assert_eq!(store.search(seeds(1)).limit(400).count().await.unwrap(), 303, "every row is a hit");
            let health = store.health().await.unwrap();
            assert!(health.indexes.iter().any(|index| index.column == "vector"), "{health}");
        })+
    };
}

indexed! {
    an_ivf_flat_index_finds_the_nearest_lists: ivf_flat, f32;
    an_ivf_sq_index_finds_lists_of_16_bit_floats: ivf_sq, f16;
    an_ivf_pq_index_finds_the_nearest_lists: ivf_pq, f32;
    an_hnsw_sq_index_finds_the_nearest_lists: hnsw_sq, f32;
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "points")]
struct Auto {
    #[datus(key)]
    number: i64,
    #[datus(embed(multi, index = ivf_flat))]
    seeds: String,
}

#[tokio::test]
async fn the_vectors_count_and_not_the_rows() {
    // 110 rows have 275 vectors, which is enough for an index.
    let store: Store<Auto> = memory().await.store(Clouds::new()).await.unwrap();
    store.add((0..110).map(|number| Auto { number, seeds: seeds(number) })).await.unwrap();
    let report = store.create_indexes().samples(5).recall(0.5).await.unwrap();
    let built = report.indexes.iter().find(|index| index.column == "vector").unwrap();
    assert_eq!(built.action, IndexAction::Built, "{report}");
    let query = Embedding::multi(Cloud::ID, [point("word7x0")]).unwrap();
    assert_eq!(store.search(query).limit(1).await.unwrap()[0].record.number, 7);
}

/// The engine has no distance for a row without vectors.
#[tokio::test]
async fn rows_without_vectors_are_no_hits_with_an_index_either() {
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    #[datus(table = "points")]
    struct Sparse {
        #[datus(key)]
        number: i64,
        #[datus(embed(multi, index = ivf_flat))]
        seeds: Option<String>,
    }
    let store: Store<Sparse> = memory().await.store(Clouds::new()).await.unwrap();
    let row = |number: i64| Sparse { number, seeds: (number % 10 != 0).then(|| seeds(number)) };
    store.add((0..300).map(row)).await.unwrap();
    store.create_indexes().samples(5).recall(0.5).await.unwrap();
    for rows in [300, 350] {
        let hits = store.search(seeds(7)).limit(400).await.unwrap();
        assert!(hits.iter().all(|hit| hit.record.number % 10 != 0 && hit.distance().unwrap().is_finite()));
        let exact = store.search(seeds(7)).limit(400).exact().count().await.unwrap();
        assert_eq!((hits.len(), exact), (rows * 9 / 10, rows * 9 / 10));
        if rows == 300 {
            store.add((300..350).map(row)).await.unwrap();
        }
    }
}
