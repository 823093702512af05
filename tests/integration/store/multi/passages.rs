//! Long texts that are split into passages.

use datus_store::model::{EmbeddingModelExt, HashingModel, Passages};
use datus_store::{EmbeddingRecord, ErrorKind, Store};

use super::memory;

/// A text with one vector, and the same text with a vector for each passage.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Manual {
    #[datus(key)]
    id: i64,
    #[datus(embed(column = "whole"))]
    #[datus(fts)]
    text: String,
    #[datus(embed(multi, column = "passages"))]
    body: String,
}

fn manual(id: i64, text: &str) -> Manual {
    Manual { id, text: text.to_owned(), body: text.to_owned() }
}

fn models() -> (HashingModel, Passages<HashingModel>) {
    (
        HashingModel::new(256),
        HashingModel::new(256).passages().words(10, 2).unwrap().max_passages(512).unwrap(),
    )
}

/// Returns a long text about many things that mentions the drum once.
fn long() -> String {
    let filler: Vec<String> =
        (0..80).map(|number| format!("Part {number} describes gasket{number} and hose{number}.")).collect();
    format!("{} Replace the drum of the printer with a screwdriver.", filler.join(" "))
}

#[tokio::test]
async fn a_text_is_found_by_its_best_passage() {
    let store: Store<Manual> = memory().await.store(models()).await.unwrap();
    let short = "A printer is a machine with a plug and a tray of paper. The sound of a drum is loud in a narrow street. \
                 A screwdriver is a tool that many people own and few can find.";
    store.add([manual(1, &long()), manual(2, short)]).await.unwrap();
    let question = "replace the drum of the printer with a screwdriver";
    let whole = store.vector(|v| v.text).search(question).await.unwrap();
    let passages = store.vector(|v| v.body).search(question).await.unwrap();
    assert_eq!((whole[0].record.id, passages[0].record.id), (2, 1));
    assert!(passages[0].distance().unwrap() < whole[1].distance().unwrap());
}

#[tokio::test]
async fn a_text_with_too_many_passages_is_an_error_and_a_higher_bound_needs_no_new_vectors() {
    let db = memory().await;
    let (whole, passages) = models();
    let bounded = passages.clone().max_passages(3).unwrap();
    let store: Store<Manual> = db.store((whole.clone(), bounded)).await.unwrap();
    let error = store.add([manual(1, &long())]).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("passages")), "{error}");
    assert!(error.help().unwrap().contains("`Passages::max_passages(n)`"), "{error}");
    let store: Store<Manual> = db.store((whole.clone(), passages.clone())).await.unwrap();
    store.add([manual(1, &long())]).await.unwrap();
    let different = passages.words(40, 2).unwrap();
    assert_eq!(db.store::<Manual>((whole, different)).await.unwrap_err().kind(), ErrorKind::SchemaMismatch);
}
