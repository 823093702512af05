//! Vectors of 16-bit floats.

use std::path::Path;

use arrow_schema::DataType;
use datus_store::model::HashingModel;
use datus_store::{
    Database, Embedded, Embedding, EmbeddingRecord, ErrorKind, IndexAction, Metric, Score, Store,
};

use super::memory;
use crate::support::cloud::{Cloud, point};
use crate::support::models::Toy;

/// The same table with vectors of 32-bit and of 16-bit floats.
mod single {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "notes")]
    pub(super) struct Note {
        #[datus(key)]
        pub(super) id: i64,
        #[datus(embed(metric = l2))]
        pub(super) text: Option<String>,
    }
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "notes")]
struct Note {
    #[datus(key)]
    id: i64,
    #[datus(embed(metric = l2, element = f16))]
    text: Option<String>,
}

fn note(id: i64, text: &str) -> Note {
    Note { id, text: Some(text.to_owned()) }
}

/// 0.1 as a 16-bit float.
const TENTH: f32 = 0.099_975_586;

async fn notes() -> (Database, Store<Note>) {
    let db = memory().await;
    let store = db.store(Toy::new()).await.unwrap();
    store.add([note(1, "0.1 0 1"), note(2, "1 0 1"), Note { id: 3, text: None }]).await.unwrap();
    (db, store)
}

async fn vectors(store: &Store<Note>) -> Vec<Option<Vec<f32>>> {
    let rows = store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
    rows.iter().map(|row| row.vector().map(<[f32]>::to_vec)).collect()
}

#[tokio::test]
async fn vectors_are_rounded_when_they_are_stored_and_searched_as_such() {
    let (db, store) = notes().await;
    let schema = store.schema().await.unwrap();
    let DataType::FixedSizeList(item, 3) = schema.field_with_name("vector").unwrap().data_type() else {
        panic!("{schema:?}");
    };
    assert_eq!((item.name().as_str(), item.data_type()), ("item", &DataType::Float16));
    assert_eq!(vectors(&store).await, [Some(vec![TENTH, 0.0, 1.0]), Some(vec![1.0, 0.0, 1.0]), None]);

    for hits in [
        store.search("0.4 0 1").await.unwrap(),
        store.search(Embedding::of(Toy::ID, [0.4, 0.0, 1.0])).exact().await.unwrap(),
    ] {
        let found: Vec<i64> = hits.iter().map(|hit| hit.record.id).collect();
        assert_eq!(found, [1, 2]);
        let Score::Distance { value, metric: Metric::L2 } = hits[0].score else { panic!("{hits:?}") };
        assert!((value - 0.09).abs() < 0.001, "{value}");
    }
    assert_eq!(store.similar_to(2).await.unwrap()[0].record.id, 1);
    let again: Store<Note> = db.store(Toy::new()).await.unwrap();
    assert_eq!(again.count().await.unwrap(), 3);
}

#[tokio::test]
async fn writes_compare_vectors_as_they_are_stored() {
    let (_, store) = notes().await;
    let given = |text: &str, x: f32| Embedded::new(note(1, text), Embedding::of(Toy::ID, [x, 0.0, 1.0]));
    // The table already has 0.1, apart from rounding.
    let version = store.version().await.unwrap();
    let same = store.upsert([given("0.1 0 1", 0.1)]).await.unwrap();
    assert_eq!((same.unchanged, store.version().await.unwrap()), (1, version));
    let other = store.upsert([given("0.1 0 1", 0.2)]).await.unwrap();
    assert_eq!((other.updated, other.embedded), (1, 0));
    assert_eq!(vectors(&store).await[0].as_ref().unwrap()[0], 0.199_951_17);

    // Texts are changed by an update with a constant, by an update with an expression, and by an upsert.
    store.update().filter(|t| t.id.eq(3)).set(|t| t.text, "0.1 5 0").await.unwrap();
    assert_eq!(vectors(&store).await[2], Some(vec![TENTH, 5.0, 0.0]));
    store.upsert([note(3, "0.1 6 0"), note(4, "7 0.1 0")]).await.unwrap();
    assert_eq!(vectors(&store).await[2..], [Some(vec![TENTH, 6.0, 0.0]), Some(vec![7.0, TENTH, 0.0])]);
    store.sync([note(1, "0.1 0 1"), note(4, "7 0.1 0")]).all_rows().await.unwrap();
    assert_eq!(store.count().await.unwrap(), 2);
    assert_eq!(store.search("7 0 0").await.unwrap()[0].record.id, 4);
}

#[tokio::test]
async fn a_component_that_is_out_of_range_is_an_error() {
    let (_, store) = notes().await;
    let error = store.add([note(9, "70000 0 1")]).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("vector")), "{error:?}");
    assert!(error.message().contains("contains 70000, which is out of the range of `f16`"), "{error}");
    let large = || Embedding::of(Toy::ID, [-70_000.0, 0.0, 1.0]);
    let given = store.add([Embedded::new(note(9, "x"), large())]).await.unwrap_err();
    let searched = store.search(large()).await.unwrap_err();
    for error in [given, searched] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.help().unwrap().contains("`embed(element = f16)`"), "{error}");
    }
    assert_eq!(store.count().await.unwrap(), 3);
}

#[tokio::test]
async fn a_table_changes_its_component_type_by_embedding_it_again() {
    let db = memory().await;
    let rows = [single::Note { id: 1, text: Some("0.1 0 1".to_owned()) }, single::Note { id: 2, text: None }];
    let store: Store<single::Note> = db.store(Toy::new()).await.unwrap();
    store.add(rows).await.unwrap();
    let error = db.store::<Note>(Toy::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(error.help().unwrap().contains("`Database::reembed`"), "{error}");

    let done = db.reembed::<Note>(Toy::new()).await.unwrap();
    assert_eq!((done.rows, done.embedded), (1, 1));
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    assert_eq!(vectors(&store).await, [Some(vec![TENTH, 0.0, 1.0]), None]);
    // With a different model, both columns have 16-bit floats.
    store.reembed(Toy::named("other", 2.0)).discard_standby().await.unwrap();
    assert_eq!(vectors(&store).await[0], Some(vec![2.0 * TENTH, 0.0, 2.0]));
}

fn bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let size = |path: &Path| if path.is_dir() { bytes(path) } else { path.metadata().unwrap().len() };
    entries.map(|entry| size(&entry.path())).sum()
}

#[tokio::test]
async fn a_table_takes_half_the_space() {
    let folder = tempfile::tempdir().unwrap();
    let db = |name: &str| Database::connect(folder.path().join(name));
    let texts = (0..500).map(|id| (id, Some(format!("a text about the number {id}"))));
    let large: Store<single::Note> = db("large").await.unwrap().store(HashingModel::new(1024)).await.unwrap();
    large.add(texts.clone().map(|(id, text)| single::Note { id, text })).await.unwrap();
    let small: Store<Note> = db("small").await.unwrap().store(HashingModel::new(1024)).await.unwrap();
    small.add(texts.map(|(id, text)| Note { id, text })).await.unwrap();
    let (large, small) = (
        bytes(&folder.path().join("large/notes.lance/data")),
        bytes(&folder.path().join("small/notes.lance/data")),
    );
    assert!(small * 10 < large * 6, "{small} of {large} bytes");
}

/// Generates a test for each kind of index on 16-bit vectors.
macro_rules! indexed {
    ($($name:ident: $kind:ident;)+) => {
        $(#[tokio::test]
        async fn $name() {
            #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
            #[datus(table = "points")]
            struct Point {
                #[datus(key)]
                number: i64,
                #[datus(embed(index = $kind, metric = l2, element = f16))]
                seed: String,
            }
            let store: Store<Point> = memory().await.store(Cloud::new()).await.unwrap();
            let points = |numbers: std::ops::Range<i64>| numbers.map(|number| Point { number, seed: format!("point {number}") });
            store.add(points(0..600)).await.unwrap();
            let report = store.create_indexes().samples(20).await.unwrap();
            let index = report.indexes.iter().find(|index| index.column == "vector").unwrap();
            assert_eq!((index.kind.as_str(), index.action), (stringify!($kind), IndexAction::Built), "{report}");
            assert!(index.recall.unwrap().measured > 0.9, "{report}");
            // The searches look for rows that the index covers, and for a newer row.
            store.add(points(600..601)).await.unwrap();
            for number in [3, 599, 600] {
                let hits = store.search(Embedding::of(Cloud::ID, point(&format!("point {number}")))).await.unwrap();
                assert!(hits.iter().any(|hit| hit.record.number == number), "{number}: {hits:?}");
            }
        })+
    };
}

indexed! {
    an_ivf_flat_index_finds_them: ivf_flat;
    an_ivf_sq_index_finds_them: ivf_sq;
    an_ivf_pq_index_finds_them: ivf_pq;
    an_ivf_rq_index_finds_them: ivf_rq;
    an_hnsw_flat_index_finds_them: hnsw_flat;
    an_hnsw_sq_index_finds_them: hnsw_sq;
    an_hnsw_pq_index_finds_them: hnsw_pq;
}
