//! A table that is opened without its model: operations succeed if they do not need the model, and otherwise return an
//! error.

use datus_store::model::{HashingModel, ModelFor, ModelTag, NoModel};
use datus_store::{Database, Drift, Embedded, Embedding, EmbeddingRecord, ErrorKind, Store};

use super::full_text::{Recipe, at, index, recipe};
use super::{Note, ids, line, memory, note, sorted_ids};
use crate::support::models::Toy;

/// Opens the same table twice, with its model and without.
async fn opened(db: &Database) -> (Store<Note>, Store<Note>) {
    let with: Store<Note> = db.store(Toy::new()).await.unwrap();
    with.add(line(6)).await.unwrap();
    (with, db.store(NoModel).await.unwrap())
}

#[tokio::test]
async fn rows_are_read_counted_and_deleted_without_the_model() {
    let db = memory().await;
    let (_, store) = opened(&db).await;
    assert_eq!(store.count().await.unwrap(), 6);
    assert_eq!(sorted_ids(&store.search_all().topic("odd").await.unwrap()), [1, 3, 5]);
    assert_eq!(store.get(2).await.unwrap().unwrap().text.as_deref(), Some("2 0 1"));
    let page = store.search_all().order_by(|t| t.id.desc()).page(2).await.unwrap();
    assert_eq!(ids(&page.items), [5, 4]);
    assert_eq!(store.delete().filter(|t| t.id.lt(2)).await.unwrap(), 2);
    assert_eq!(store.count().await.unwrap(), 4);
}

#[tokio::test]
async fn a_search_with_a_given_vector_or_row_needs_no_model() {
    let db = memory().await;
    let (with, store) = opened(&db).await;
    let vector = || Embedding::of(Toy::ID, [3.0, 0.0, 1.0]);
    assert_eq!(store.search(vector()).await.unwrap(), with.search(vector()).await.unwrap());
    assert_eq!(store.similar_to(4).limit(2).await.unwrap(), with.similar_to(4).limit(2).await.unwrap());
    let stored = store.search_all().id(3).with_vectors().first().await.unwrap().unwrap();
    assert_eq!(stored.vectors, [Some(vector())]);
    let error = store.search(Embedding::of("other", [3.0, 0.0, 1.0])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
}

#[tokio::test]
async fn a_text_that_has_to_be_embedded_is_an_error_and_nothing_is_written() {
    let db = memory().await;
    let (_, store) = opened(&db).await;
    let version = store.version().await.unwrap();
    let many: Vec<Note> = (100..900).map(|id| note(id, &format!("{id} 1 1"))).collect();
    let errors = [
        store.search("1 2 3").await.unwrap_err(),
        store.add([note(9, "1 2 3")]).await.unwrap_err(),
        store.add([note(9, "1 2 3")]).alone().await.unwrap_err(),
        store.add(&many).await.unwrap_err(),
        store.upsert([note(1, "new text 3")]).await.unwrap_err(),
        store.upsert(&many).await.unwrap_err(),
        store.sync(&many).all_rows().await.unwrap_err(),
        store.update().filter(|t| t.id.eq(1)).set(|t| t.text, "1 2 3").await.unwrap_err(),
        store.update().filter(|t| t.id.ge(0)).set(|t| t.text, "1 2 3").await.unwrap_err(),
        store.verify_model().await.unwrap_err(),
        store.reembed(NoModel).await.unwrap_err(),
        db.reembed::<Note>(NoModel).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Model, "{error}");
        assert!(error.help().unwrap().contains("NoModel"), "{error}");
    }
    assert_eq!((store.version().await.unwrap(), store.count().await.unwrap()), (version, 6));
}

#[tokio::test]
async fn rows_that_need_no_embedding_are_written() {
    let db = memory().await;
    let (with, store) = opened(&db).await;
    let blank = Note { text: None, ..note(10, "") };
    let given = Embedded::new(note(11, "any text"), Embedding::of(Toy::ID, [9.0, 9.0, 9.0]));
    store.add([blank]).await.unwrap();
    store.add([given]).await.unwrap();
    let same_text = Note { rank: Some(77), ..line(4)[3].clone() };
    assert_eq!(store.upsert([same_text]).await.unwrap().updated, 1);
    store.update().filter(|t| t.id.eq(2)).set(|t| t.topic, "moved").await.unwrap();
    assert_eq!(with.search("9 9 9").limit(1).await.unwrap()[0].record.id, 11);
    assert_eq!(with.search("3 0 1").limit(1).await.unwrap()[0].record.rank, Some(77));
    assert_eq!(with.search_all().topic("moved").count().await.unwrap(), 1);
}

#[tokio::test]
async fn full_text_works_and_a_hybrid_search_takes_the_text_with_its_vector() {
    let db = memory().await;
    let with: Store<Recipe> = db.store(Toy::new()).await.unwrap();
    with.add([recipe(1, "Tomato soup", "0 0 1 tomato"), recipe(2, "Salad", "1 0 1 leaf")]).await.unwrap();
    index(&with).await;
    let store: Store<Recipe> = db.store(NoModel).await.unwrap();
    let found = store.search_text(|t| t.all().matches("tomato")).await.unwrap();
    assert_eq!(found, with.search_text(|t| t.all().matches("tomato")).await.unwrap());
    assert_eq!(store.search("tomato").full_text().await.unwrap().len(), 1);
    let hybrid = store.search(("tomato", at(1.0))).hybrid().await.unwrap();
    assert_eq!(hybrid, with.search(("tomato", at(1.0))).hybrid().await.unwrap());
    assert_eq!(store.search("tomato").hybrid().await.unwrap_err().kind(), ErrorKind::Model);
}

#[tokio::test]
async fn the_stored_model_is_neither_checked_nor_changed() {
    let db = memory().await;
    let (_, store) = opened(&db).await;
    let schema = store.schema().await.unwrap();
    db.store::<Note>(NoModel).drift(Drift::ApplySafe).await.unwrap();
    store.create_indexes().await.unwrap();
    store.optimize().await.unwrap();
    assert_eq!(store.schema().await.unwrap(), schema);
    assert!(db.plan::<Note>(NoModel).await.unwrap().is_empty());
    assert_eq!(store.health().await.unwrap().rows, 6);

    db.reembed::<Note>(HashingModel::new(8)).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 6);
    let error = store.search(Embedding::of(Toy::ID, [3.0, 0.0, 1.0])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TableChanged, "{error}");
    store.reopen().await.unwrap();
    assert_eq!(store.similar_to(1).await.unwrap().len(), 5);
    store.reopen_with(HashingModel::new(8)).await.unwrap();
    assert_eq!(store.search("3 0 1").await.unwrap().len(), 6);
    store.reopen_with(NoModel).await.unwrap();
    assert_eq!(store.search("3 0 1").await.unwrap_err().kind(), ErrorKind::Model);
}

#[tokio::test]
async fn a_store_without_its_model_can_be_embedded_with_a_new_one() {
    let db = memory().await;
    let (_, store) = opened(&db).await;
    assert_eq!(store.reembed(HashingModel::new(8)).await.unwrap().rows, 6);
    assert_eq!(store.search("3 0 1").await.unwrap().len(), 6);
    store.add([note(9, "1 2 3")]).await.unwrap();
}

#[tokio::test]
async fn a_missing_table_is_not_created_without_its_model() {
    let db = memory().await;
    for error in [
        db.store::<Note>(NoModel).await.unwrap_err(),
        db.store::<Note>(NoModel).reembed_if_needed().await.unwrap_err(),
        db.plan::<Note>(NoModel).await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.table()), (ErrorKind::Model, Some("notes")), "{error}");
    }
    assert!(db.table_names().await.unwrap().is_empty());
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Plain {
    text: String,
}

#[tokio::test]
async fn a_record_without_vectors_is_created_without_a_model() {
    let store: Store<Plain> = memory().await.store(NoModel).await.unwrap();
    store.add([Plain { text: "a".to_owned() }]).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 1);
}

struct ToyTag;

impl ModelTag for ToyTag {
    const ID: &'static str = Toy::ID;
    const DIMENSION: usize = 3;
}

impl ModelFor<ToyTag> for Toy {}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Paper {
    #[datus(key)]
    id: i64,
    #[datus(embed(column = "title_vector", model = ToyTag))]
    title: String,
    #[datus(embed(column = "body_vector"))]
    body: String,
}

#[tokio::test]
async fn one_of_several_models_can_be_absent() {
    let db = memory().await;
    let paper = |id: i64| Paper { id, title: format!("{id} 0 1"), body: "how to bake bread".to_owned() };
    let both: Store<Paper> = db.store((Toy::new(), HashingModel::new(64))).await.unwrap();
    both.add([paper(1), paper(2)]).await.unwrap();

    let titles: Store<Paper> = db.store((Toy::new(), NoModel)).await.unwrap();
    assert_eq!(titles.vector(|v| v.title).search("2 0 1").limit(1).await.unwrap()[0].record.id, 2);
    let error = titles.vector(|v| v.body).search("bread").await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("body_vector")), "{error}");
    assert!(error.message().contains(HashingModel::ID), "{error}");
    assert_eq!(titles.add([paper(3)]).await.unwrap_err().kind(), ErrorKind::Model);

    let none: Store<Paper> = db.store(NoModel).await.unwrap();
    assert_eq!(none.count().await.unwrap(), 2);
    assert_eq!(none.vector(|v| v.title).search("2 0 1").await.unwrap_err().kind(), ErrorKind::Model);
    let wrong = db.store::<Paper>((NoModel, HashingModel::new(32))).await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::SchemaMismatch, "{wrong}");
}

#[derive(Debug, Clone, EmbeddingRecord)]
#[datus(table = "notes")]
struct Retitled {
    #[datus(key)]
    id: i64,
    #[datus(embed)]
    topic: String,
    rank: Option<i32>,
    text: Option<String>,
}

#[tokio::test]
async fn other_differences_are_still_differences() {
    let db = memory().await;
    opened(&db).await;
    let error = db.store::<Retitled>(NoModel).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
    let error = db.store::<Retitled>(NoModel).reembed_if_needed().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
}
