//! Fault 36: `reembed_if_needed` opens a table, and re-embeds it if only the model differs.

use datus_store::{Database, ErrorKind, Store};

use super::super::{Note, line, memory};
use super::{Failing, filled, other, times, vectors};
use crate::support::models::Toy;

#[tokio::test]
async fn a_table_of_the_model_is_opened_and_a_missing_table_created() {
    let db = memory().await;
    let model = Toy::new();
    let store: Store<Note> = db.store(model.clone()).reembed_if_needed().await.unwrap();
    store.add(line(3)).await.unwrap();
    let version = store.version().await.unwrap();
    let again = Toy::new();
    let store: Store<Note> = db.store(again.clone()).reembed_if_needed().await.unwrap();
    assert_eq!((store.version().await.unwrap(), again.embedded()), (version, 0));
}

#[tokio::test]
async fn a_table_of_a_different_model_is_embedded_again_and_opened() {
    let db = memory().await;
    let rows = line(50);
    filled(&db, &rows).await;
    let (model, mut written) = (other(), 0);
    let open = db.store::<Note>(model.clone()).reembed_if_needed();
    let store = open.batch_size(20).progress(|progress| written = progress.written).await.unwrap();
    assert_eq!((model.embedded(), written), (50, 50));
    assert_eq!(vectors(&store).await, times(10.0, &rows));
    assert_eq!(store.search("3 0 1").first().await.unwrap().unwrap().record.id, 3);
    assert_eq!(db.store::<Note>(other()).await.unwrap().count().await.unwrap(), 50);
}

mod changed {
    /// A note with a different type of rank and one more column.
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "notes")]
    pub(super) struct Note {
        #[datus(key)]
        pub(super) id: i64,
        pub(super) topic: String,
        pub(super) rank: Option<i64>,
        pub(super) author: Option<String>,
        #[datus(embed(metric = l2))]
        pub(super) text: Option<String>,
    }
}

#[tokio::test]
async fn other_differences_are_the_error_of_opening_and_nothing_is_embedded() {
    let db = memory().await;
    let store = filled(&db, &line(5)).await;
    let version = store.version().await.unwrap();
    let model = other();
    let expected = db.store::<changed::Note>(model.clone()).await.unwrap_err();
    let error = db.store::<changed::Note>(model.clone()).reembed_if_needed().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::SchemaMismatch, Some("open")));
    assert_eq!(error.to_string(), expected.to_string());
    assert_eq!(error.differences().len(), 3, "{error}");
    assert_eq!((store.version().await.unwrap(), model.embedded()), (version, 0));
}

#[tokio::test]
async fn the_next_opening_keeps_the_vectors_of_an_interrupted_one() {
    let db = memory().await;
    let rows = line(100);
    filled(&db, &rows).await;
    let failing = db.store::<Note>(Failing::after(6)).reembed_if_needed().batch_size(20);
    let error = failing.await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Model, Some("reembed")));
    assert_eq!(
        vectors(&db.store(Toy::new()).await.unwrap()).await,
        times(1.0, &rows),
        "the old vectors serve"
    );
    let model = other();
    let store: Store<Note> = db.store(model.clone()).reembed_if_needed().await.unwrap();
    assert_eq!(model.embedded(), 40);
    assert_eq!(vectors(&store).await, times(10.0, &rows));
}

#[tokio::test]
async fn one_of_several_simultaneous_openings_embeds() {
    let folder = tempfile::tempdir().unwrap();
    let rows = line(60);
    filled(&Database::connect(folder.path()).await.unwrap(), &rows).await;
    let models = [other(), other(), other()];
    let open = |model: Toy| async {
        let db = Database::connect(folder.path()).await.unwrap();
        db.store::<Note>(model).reembed_if_needed().batch_size(10).await.unwrap()
    };
    let (first, second, third) =
        tokio::join!(open(models[0].clone()), open(models[1].clone()), open(models[2].clone()));
    assert_eq!(models.iter().map(Toy::embedded).sum::<usize>(), 60);
    for store in [first, second, third] {
        assert_eq!(vectors(&store).await, times(10.0, &rows));
    }
}

#[tokio::test]
async fn vectors_of_a_third_model_are_dropped_on_request() {
    let db = memory().await;
    filled(&db, &line(10)).await;
    db.store::<Note>(Failing::after(0)).reembed_if_needed().await.unwrap_err();
    let third = || Toy::named("third", 3.0);
    let error = db.store::<Note>(third()).reembed_if_needed().await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("vector__standby")));
    let store: Store<Note> = db.store(third()).reembed_if_needed().discard_standby().await.unwrap();
    assert_eq!(vectors(&store).await, times(3.0, &line(10)));
}
