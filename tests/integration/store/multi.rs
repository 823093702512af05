//! Columns with several vectors for each row: `embed(multi)`.

mod indexes;
mod passages;
mod random;
mod refused;
mod tables;

use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::DataType;
use datus_store::model::{
    HashingModel, ModelIdentity, MultiEmbeddingModel, NoModel, PROBE_TEXT, Role, async_trait,
};
use datus_store::rerank::{Candidate, Mmr, Ranked, RerankQuery, Reranker};
use datus_store::{BoxError, Embedded, Embedding, EmbeddingRecord, Metric, Score, Store};

use super::memory;
use crate::support::models::vector;

/// A model that reads the vectors from the text: `"1 0 0 | 0 1 0"` has two vectors.
#[derive(Clone)]
struct Lists {
    identity: ModelIdentity,
    texts: Arc<Mutex<Vec<String>>>,
}

impl Lists {
    const ID: &'static str = "lists";

    fn new() -> Self {
        Self::named(Self::ID)
    }

    fn named(id: &str) -> Self {
        Self { identity: ModelIdentity::new(id, 3), texts: Arc::default() }
    }

    /// Returns the texts that were embedded so far.
    fn texts(&self) -> Vec<String> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn vectors_of(text: &str) -> Vec<Vec<f32>> {
    text.split('|').filter(|part| !part.trim().is_empty()).map(vector).collect()
}

#[async_trait]
impl MultiEmbeddingModel for Lists {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed_multi(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<Vec<f32>>>, BoxError> {
        if texts == [PROBE_TEXT] {
            return Ok(vec![vec![vec![1.0, 2.0, 3.0], vec![3.0, 2.0, 1.0]]]);
        }
        let owned = texts.iter().map(|text| (*text).to_owned());
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).extend(owned);
        Ok(texts.iter().map(|text| vectors_of(text)).collect())
    }

    fn max_vectors(&self) -> usize {
        8
    }
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "documents")]
struct Document {
    #[datus(key)]
    id: i64,
    topic: String,
    #[datus(embed(multi), fts)]
    text: Option<String>,
}

fn document(id: i64, text: &str) -> Document {
    Document { id, topic: if id % 2 == 0 { "even" } else { "odd" }.to_owned(), text: Some(text.to_owned()) }
}

/// Returns three documents with different numbers of vectors, and one without a text.
fn documents() -> Vec<Document> {
    vec![
        document(1, "1 0 0"),
        document(2, "0 1 0 | 0 0 1"),
        document(3, "1 1 0 | 0 0 1 | 1 0 1"),
        Document { text: None, ..document(4, "") },
    ]
}

async fn filled(model: Lists) -> Store<Document> {
    let store = memory().await.store(model).await.unwrap();
    store.add(documents()).await.unwrap();
    store
}

/// Returns the number of vectors of each row, in the order of the ids.
async fn counts(store: &Store<Document>) -> Vec<Option<usize>> {
    let rows = store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
    rows.iter().map(|row| row.vectors[0].as_ref().map(|vectors| vectors.vectors().count())).collect()
}

/// The cosine distance between two vectors at an angle of 45 degrees.
const HALF: f32 = 1.0 - std::f32::consts::FRAC_1_SQRT_2;

#[tokio::test]
async fn a_row_has_a_list_of_vectors() {
    let store = filled(Lists::new()).await;
    let schema = store.schema().await.unwrap();
    let DataType::List(item) = schema.field_with_name("vector").unwrap().data_type() else {
        panic!("{schema:?}");
    };
    assert!(
        matches!(item.data_type(), DataType::FixedSizeList(item, 3) if *item.data_type() == DataType::Float32)
    );
    assert_eq!((item.name().as_str(), item.is_nullable()), ("item", true));
    assert_eq!(counts(&store).await, [Some(1), Some(2), Some(3), None]);
    let row = store.search_all().id(2).with_vectors().first().await.unwrap().unwrap();
    let vectors: Vec<&[f32]> = row.vectors[0].as_ref().unwrap().vectors().collect();
    assert_eq!(vectors, [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    assert_eq!(store.get(3).await.unwrap(), Some(document(3, "1 1 0 | 0 0 1 | 1 0 1")));
    assert_eq!(store.count().await.unwrap(), 4);
}

#[tokio::test]
async fn the_distance_is_the_sum_over_the_vectors_of_the_query() {
    let store = filled(Lists::new()).await;
    let found = |hits: Vec<datus_store::Hit<Document>>| -> Vec<(i64, f32)> {
        hits.iter().map(|hit| (hit.record.id, (hit.distance().unwrap() * 1e4).round() / 1e4)).collect()
    };
    let half = (HALF * 1e4).round() / 1e4;
    // A row without a text has no distance and is not a hit.
    let hits = store.search("1 0 0").await.unwrap();
    assert!(matches!(hits[0].score, Score::Distance { metric: Metric::Cosine, .. }));
    assert_eq!(found(hits), [(1, 0.0), (3, half), (2, 1.0)]);
    let two = || Embedding::multi(Lists::ID, [[1.0, 0.0, 0.0], [0.0, 0.0, 5.0]]).unwrap();
    assert_eq!(found(store.search(two()).await.unwrap()), [(3, half), (1, 1.0), (2, 1.0)]);
    assert_eq!(found(store.search("1 0 0 | 0 0 1").exact().await.unwrap()), [(3, half), (1, 1.0), (2, 1.0)]);
    assert_eq!(store.search("1 0 0").limit(10).count().await.unwrap(), 3);
    assert_eq!(found(store.search("1 0 0").offset(1).limit(1).await.unwrap()), [(3, half)]);
    assert_eq!(found(store.search("1 0 0").filter(|t| t.topic.eq("even")).await.unwrap()), [(2, 1.0)]);
    let near = store.search("1 0 0").exact().distance_range(..0.5).await.unwrap();
    assert_eq!(found(near), [(1, 0.0), (3, half)]);
    let far = store.search("1 0 0").exact().distance_range(0.1..).await.unwrap();
    assert_eq!(found(far), [(3, half), (2, 1.0)]);
}

// Without `exact`, a range of distances would be an error.
#[tokio::test]
async fn an_exact_search_is_replayed_exactly() {
    let store = filled(Lists::new()).await;
    let search = store.search("1 0 0").exact().distance_range(..0.5);
    let (hits, receipt) = search.with_receipt().await.unwrap();
    assert_eq!(hits.len(), 2);
    assert_eq!(store.replay(&receipt).await.unwrap(), hits);
}

#[tokio::test]
async fn a_row_is_compared_by_all_its_vectors() {
    let store = filled(Lists::new()).await;
    let hits = store.similar_to(2).await.unwrap();
    let found: Vec<i64> = hits.iter().map(|hit| hit.record.id).collect();
    assert_eq!(found, [3, 1]);
    assert!((hits[0].distance().unwrap() - HALF).abs() < 1e-4, "the distances of (0 1 0) and (0 0 1)");
    assert!(store.similar_to(4).await.unwrap_err().to_string().contains("has no vector"));
}

#[tokio::test]
async fn unchanged_texts_keep_their_vectors_and_equal_texts_are_embedded_once() {
    let model = Lists::new();
    let store = filled(model.clone()).await;
    let version = store.version().await.unwrap();
    let same = store.upsert(documents()).await.unwrap();
    assert_eq!((same.unchanged, same.embedded, store.version().await.unwrap()), (4, 0, version));
    let embedded = model.texts().len();

    let moved = Document { topic: "moved".to_owned(), ..documents()[2].clone() };
    let new =
        [moved, document(5, "9 0 0 | 0 9 0"), document(6, "9 0 0 | 0 9 0"), document(1, "0 0 1 | 0 1 0")];
    let done = store.upsert(new).await.unwrap();
    assert_eq!((done.updated, done.inserted, done.reused, done.embedded), (2, 2, 1, 2));
    assert_eq!(model.texts().len(), embedded + 2);
    assert_eq!(counts(&store).await, [Some(2), Some(2), Some(3), None, Some(2), Some(2)]);

    // A text changes, another column changes, and a text becomes null.
    store.update().filter(|t| t.id.eq(4)).set(|t| t.text, "1 2 3 | 3 2 1").await.unwrap();
    store.update().filter(|t| t.id.ge(1)).set(|t| t.topic, "all").await.unwrap();
    store.update().filter(|t| t.id.eq(5)).set(|t| t.text, None::<String>).await.unwrap();
    assert_eq!(counts(&store).await, [Some(2), Some(2), Some(3), Some(2), None, Some(2)]);
    let synced = store.sync([document(1, "0 0 1 | 0 1 0"), document(7, "1 1 1")]).all_rows().await.unwrap();
    assert_eq!((synced.inserted, synced.embedded, store.count().await.unwrap()), (1, 1, 2));
    let text = |id: i64| {
        let (sin, cos) = (id as f32 / 500.0).sin_cos();
        format!("{cos} {sin} 0 | 0 {cos} {sin}")
    };
    store.add((100..700).map(|id| document(id, &text(id)))).await.unwrap();
    store.optimize().await.unwrap();
    let hits = store.search(text(650)).limit(1).await.unwrap();
    assert_eq!(hits[0].record.id, 650);
}

#[tokio::test]
async fn vectors_of_a_caller_are_stored_and_compared() {
    let model = Lists::new();
    let store = filled(model.clone()).await;
    let embedded = model.texts().len();
    let given = |vectors: &[[f32; 3]]| {
        Embedded::new(document(1, "any text"), Embedding::multi(Lists::ID, vectors.to_vec()).unwrap())
    };
    let done = store.upsert([given(&[[1.0, 0.0, 0.0], [0.0, 3.0, 0.0]])]).await.unwrap();
    assert_eq!((done.updated, done.embedded), (1, 0));
    let same = store.upsert([given(&[[1.0, 0.0, 0.0], [0.0, 3.0, 0.0]])]).await.unwrap();
    let other = store.upsert([given(&[[1.0, 0.0, 0.0]])]).await.unwrap();
    assert_eq!((same.unchanged, other.updated), (1, 1));
    assert_eq!(counts(&store).await[0], Some(1));
    assert_eq!(model.texts().len(), embedded);
    // A row that was read with its vectors can be written back unchanged.
    let rows = store.search_all().with_vectors().await.unwrap();
    assert_eq!(store.upsert(&rows).await.unwrap().unchanged, 4);
}

#[tokio::test]
async fn hybrid_and_reranked_searches_use_the_nearest_vectors() {
    let store = filled(Lists::new()).await;
    store.create_indexes().await.unwrap();
    let hits = store.search("1 0 1").hybrid().await.unwrap();
    assert_eq!(hits[0].record.id, 3, "{hits:?}");
    let nearest = hits[0].explain().nearest.unwrap();
    assert!(nearest.rank == 1 && nearest.score.abs() < 1e-4, "{nearest:?}");
    let hits = store.search("1 0 0").rerank(datus_store::rerank::Rrf::default()).await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.record.id).collect::<Vec<_>>(), [1, 3, 2]);
    let each = store.search("1 0 0").limit_per(|t| t.topic, 1).await.unwrap();
    assert_eq!(each.iter().map(|hit| hit.record.id).collect::<Vec<_>>(), [1, 2]);
}

/// A reranker that records its query.
#[derive(Debug, Clone, Default)]
struct Seen(Arc<Mutex<Option<RerankQuery>>>);

#[async_trait]
impl Reranker for Seen {
    fn name(&self) -> &str {
        "seen"
    }

    async fn rerank(&self, query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(query.clone());
        Ok(Ranked::by_score(candidates.iter().map(|_| 1.0)))
    }
}

/// A reranker compares the vector of the query with one vector of each row.
#[tokio::test]
async fn a_reranker_gets_no_vector_of_a_query_with_several() {
    let (store, seen) = (filled(Lists::new()).await, Seen::default());
    store.search("1 0 0").rerank(seen.clone()).await.unwrap();
    let query = seen.0.lock().unwrap().take().unwrap();
    assert_eq!((query.metric, query.vector), (Some(Metric::Cosine), None));
}

#[tokio::test]
async fn a_text_search_is_diversified_by_the_column_of_single_vectors() {
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    struct Book {
        #[datus(key)]
        id: i64,
        #[datus(embed(multi, column = "parts"), fts)]
        body: String,
        #[datus(embed(column = "title_vector"))]
        title: String,
    }
    let models = (Lists::new(), HashingModel::new(64));
    let store: Store<Book> = memory().await.store(models).await.unwrap();
    let book = |id, body: &str, title: &str| Book { id, body: body.to_owned(), title: title.to_owned() };
    store.add([book(1, "1 0 0 | 0 1 0", "green tea"), book(2, "1 0 1 tea", "black tea")]).await.unwrap();
    store.create_indexes().await.unwrap();
    let hits = store.search_text(|t| t.body.matches("1")).rerank(Mmr::default()).await.unwrap();
    assert_eq!(hits.len(), 2);
}

#[tokio::test]
async fn a_table_is_read_and_searched_without_its_model() {
    let db = memory().await;
    let with: Store<Document> = db.store(Lists::new()).await.unwrap();
    with.add(documents()).await.unwrap();
    let store: Store<Document> = db.store(NoModel).await.unwrap();
    let query = || Embedding::multi(Lists::ID, [[0.0, 1.0, 0.0]]).unwrap();
    assert_eq!(store.search(query()).await.unwrap(), with.search(query()).await.unwrap());
    assert_eq!(store.similar_to(3).await.unwrap(), with.similar_to(3).await.unwrap());
    let moved = Document { topic: "moved".to_owned(), ..documents()[1].clone() };
    assert_eq!(store.upsert([moved]).await.unwrap().reused, 1);
    assert_eq!(counts(&store).await, [Some(1), Some(2), Some(3), None]);
}
