//! Code that is generic over the record (fault 31): everything that does not name a column works for any record.

use std::collections::BTreeMap;
use std::sync::Arc;

use datus_store::model::{HashingModel, ModelBinding};
use datus_store::query::SearchAll;
use datus_store::record::{Searchable, TextSearchable};
use datus_store::rerank::Rrf;
use datus_store::{Cursor, Database, EmbeddingRecord, Filter, Hit, Result, Score, Store, Unscoped};
use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Serialize, EmbeddingRecord)]
struct Recipe {
    #[datus(key)]
    id: i64,
    #[datus(embed, fts)]
    text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, EmbeddingRecord)]
struct Shelf {
    room: String,
    boards: u8,
}

async fn database() -> (Store<Recipe>, Store<Shelf>) {
    let db = Database::connect("memory://").await.unwrap();
    let recipes: Store<Recipe> = db.store(HashingModel::default()).await.unwrap();
    let texts = ["tomato soup", "bread with tomato", "apple pie", "tea"];
    recipes.add((0..).zip(texts).map(|(id, text)| Recipe { id, text: text.to_owned() })).await.unwrap();
    recipes.create_indexes().await.unwrap();
    let shelves: Store<Shelf> = db.store(()).await.unwrap();
    shelves.add((0..5).map(|boards| Shelf { room: format!("room {boards}"), boards })).await.unwrap();
    (recipes, shelves)
}

/// Reads the rows that the filter keeps, in each way that a query supports.
async fn read_in_each_way<R: Unscoped + Serialize>(
    store: &Store<R>,
    filter: &Filter<R>,
) -> Result<(Vec<String>, usize)> {
    let query = || store.search_all().matching(filter.clone()).offset(1).limit(2);
    let rows: Vec<R> = query().await?;
    let json = |row: &R| serde_json::to_string(row).unwrap();
    let expected: Vec<String> = rows.iter().map(json).collect();

    let closure: Vec<R> = store.search_all().filter(|_| filter.clone()).offset(1).limit(2).await?;
    assert_eq!(closure.iter().map(json).collect::<Vec<_>>(), expected);
    let streamed: Vec<R> = query().stream().try_collect().await?;
    assert_eq!(streamed.iter().map(json).collect::<Vec<_>>(), expected);
    assert_eq!(query().first().await?.as_ref().map(json), expected.first().cloned());
    let batches = query().arrow().await?;
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), expected.len());
    let batches: Vec<_> = query().arrow_stream().await?.batches.try_collect().await?;
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), expected.len());
    assert_eq!(query().with_vectors().await?.len(), expected.len());
    assert!(query().explain().await?.contains(R::TABLE) || !query().explain().await?.is_empty());
    Ok((expected, query().count().await?))
}

#[tokio::test]
async fn a_generic_function_reads_in_each_way_that_a_query_has() {
    let (recipes, shelves) = database().await;
    let from_one = Recipe::columns().id.ge(1);
    let (rows, count) = read_in_each_way(&recipes, &from_one).await.unwrap();
    assert_eq!(rows, [r#"{"id":2,"text":"apple pie"}"#, r#"{"id":3,"text":"tea"}"#]);
    assert_eq!(count, 2);
    let (rows, count) = read_in_each_way(&shelves, &Shelf::columns().boards.lt(2)).await.unwrap();
    assert_eq!((rows, count), (vec![r#"{"room":"room 1","boards":1}"#.to_owned()], 1));
}

async fn all_pages<R: Unscoped>(store: &Store<R>, rows: usize) -> Result<Vec<Vec<R>>> {
    let (mut pages, mut cursor) = (Vec::new(), None::<Cursor>);
    loop {
        let page = store.search_all().page(rows).after(&cursor).await?;
        pages.push(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(pages);
        }
    }
}

#[tokio::test]
async fn a_generic_function_reads_page_by_page() {
    let (recipes, shelves) = database().await;
    let ids: Vec<Vec<i64>> = all_pages(&recipes, 3)
        .await
        .unwrap()
        .iter()
        .map(|page| page.iter().map(|row| row.id).collect())
        .collect();
    assert_eq!(ids, [vec![0, 1, 2], vec![3]]);
    assert_eq!(all_pages(&shelves, 2).await.unwrap().len(), 3);
}

async fn find<R>(store: &Store<R>, text: &str) -> Result<[Vec<Hit<R>>; 4]>
where
    R: Searchable + TextSearchable + Unscoped,
    R::Model: ModelBinding,
{
    Ok([
        store.search(text).limit(2).await?,
        store.search(text).full_text().limit(2).await?,
        store.search(text).hybrid().candidates(20).rerank(Rrf::default()).limit(2).await?,
        store.search(text).distance_range(..0.9).exact().matching(Filter::all()).limit(2).await?,
    ])
}

#[tokio::test]
async fn a_generic_function_searches_by_vector_by_text_and_by_both() {
    let (recipes, _) = database().await;
    let [nearest, full_text, hybrid, exact] = find(&recipes, "tomato soup").await.unwrap();
    for hits in [&nearest, &full_text, &hybrid, &exact] {
        assert_eq!(hits[0].record.id, 0);
    }
    assert!(matches!(nearest[0].score, Score::Distance { .. }));
    assert!(matches!(full_text[0].score, Score::Bm25(_)));
    assert!(matches!(hybrid[0].score, Score::Fused { .. } | Score::Reranked { .. }));
}

/// A store whose record type is erased.
trait AnyStore: Send + Sync {
    fn name(&self) -> String;
    fn dump(&self, limit: usize) -> BoxFuture<'_, Result<serde_json::Value>>;
}

impl<R: Unscoped + Serialize> AnyStore for Store<R> {
    fn name(&self) -> String {
        self.table_name().to_owned()
    }

    fn dump(&self, limit: usize) -> BoxFuture<'_, Result<serde_json::Value>> {
        let rows = self.search_all().limit(limit).into_future();
        rows.map(|rows| Ok(serde_json::to_value(rows?).unwrap())).boxed()
    }
}

#[tokio::test]
async fn stores_of_several_records_fit_in_one_registry() {
    let (recipes, shelves) = database().await;
    let stores: [Box<dyn AnyStore>; 2] = [Box::new(recipes), Box::new(shelves)];
    let registry: BTreeMap<String, Box<dyn AnyStore>> =
        stores.into_iter().map(|store| (store.name(), store)).collect();
    assert_eq!(registry.keys().collect::<Vec<_>>(), ["recipe", "shelf"]);
    let rows = registry["shelf"].dump(1).await.unwrap();
    assert_eq!(rows, serde_json::json!([{"room": "room 0", "boards": 0}]));
    assert_eq!(registry["recipe"].dump(9).await.unwrap().as_array().unwrap().len(), 4);
}

/// Acts as a handler for a web framework, whose futures must be `Send`. In axum, it would take `State<Store<R>>` and
/// `Query<…>`.
async fn handler<R: Unscoped + Serialize>(
    store: Store<R>,
    limit: usize,
) -> std::result::Result<String, String> {
    let query = store.search_all().limit(limit);
    tokio::task::yield_now().await;
    let rows = query.await.map_err(|error| error.message().to_owned())?;
    Ok(serde_json::to_string(&rows).unwrap())
}

/// Does the same as [`handler`], but for a search.
async fn search_handler<R>(store: Arc<Store<R>>, text: String) -> Result<Vec<(R, f32)>>
where
    R: Searchable + Serialize + Unscoped,
    R::Model: ModelBinding,
{
    let hits = store.search(text).limit(1).await?;
    Ok(hits.into_iter().map(|hit| (hit.record, hit.score.value())).collect())
}

#[tokio::test]
async fn the_futures_of_generic_handlers_are_send() {
    let (recipes, shelves) = database().await;
    let task = tokio::spawn(handler(shelves, 1));
    assert_eq!(task.await.unwrap().unwrap(), r#"[{"room":"room 0","boards":0}]"#);
    let task = tokio::spawn(search_handler(Arc::new(recipes), "apple".to_owned()));
    assert_eq!(task.await.unwrap().unwrap()[0].0.id, 2);
}

/// Stores a query for a later call. The type names only the record.
struct Report<R: EmbeddingRecord> {
    query: SearchAll<R>,
}

impl<R: EmbeddingRecord> Report<R> {
    async fn rows(self) -> Result<usize> {
        self.query.count().await
    }
}

#[tokio::test]
async fn a_query_is_a_type_that_a_struct_can_hold() {
    let (recipes, _) = database().await;
    let report = Report { query: recipes.search_all().id(1) };
    assert_eq!(report.rows().await.unwrap(), 1);
}

#[tokio::test]
async fn the_methods_of_the_columns_follow_each_other_call() {
    let (recipes, shelves) = database().await;
    let rows = shelves.search_all().room("room 3").limit(9).boards(3).maybe_boards(None::<u8>).await.unwrap();
    assert_eq!(rows, [Shelf { room: "room 3".to_owned(), boards: 3 }]);
    let hits = recipes.search("tomato soup").full_text().id(1).maybe_id(Some(1)).await.unwrap();
    assert_eq!(hits.len(), 1);
    let query = shelves.search_all();
    assert_eq!(query.boards(1).count().await.unwrap(), 1);
    assert_eq!(query.count().await.unwrap(), 5, "a method of a column leaves its query as it was");
}
