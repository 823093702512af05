//! Writes that set the scope of their rows.

use datus_store::{Embedded, Embedding, EmbeddingRecord, Error, ErrorKind, ScopedStore, Store};
use futures::stream;
use serde::Deserialize;

use super::{memory, page, two};
use crate::support::models::Toy;

/// A row whose source does not provide the tenant. The vector is also computed from the tenant.
#[derive(Debug, Clone, PartialEq, Deserialize, EmbeddingRecord)]
#[datus(table = "entries")]
struct Entry {
    #[datus(key)]
    id: i64,
    /// A number, so that the vector shows it.
    #[datus(scope)]
    #[serde(default)]
    tenant: String,
    #[datus(embed(metric = l2, template = "{tenant} {text}"))]
    text: Option<String>,
}

const TENANT: &str = "7";

fn entry(id: i64, tenant: &str) -> Entry {
    // Up to three rows share each text, and every fifth row has none.
    let text = (id % 5 != 4).then(|| format!("{} 1", id / 3));
    Entry { id, tenant: tenant.to_owned(), text }
}

fn entries(rows: i64, tenant: &str) -> Vec<Entry> {
    (0..rows).map(|id| entry(id, tenant)).collect()
}

async fn scope() -> (Toy, ScopedStore<Entry>) {
    let model = Toy::new();
    let store: Store<Entry> = memory().await.store(model.clone()).await.unwrap();
    (model, store.scoped(TENANT))
}

async fn stored(store: &ScopedStore<Entry>) -> Vec<Embedded<Entry>> {
    store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap()
}

/// Writes rows in the given way. Returns the stored rows and the number of embedded texts.
async fn written(way: usize, rows: Vec<Entry>, stamps: bool) -> (Vec<Embedded<Entry>>, usize) {
    let (model, store) = scope().await;
    let stream = || stream::iter(rows.clone().into_iter().map(Ok::<_, Error>));
    macro_rules! run {
        ($write:expr) => {{
            let write = $write;
            if stamps {
                write.stamp_scope().await.unwrap()
            } else {
                write.await.unwrap()
            };
        }};
    }
    match way {
        0 => run!(store.add(&rows)),
        1 => run!(store.add_stream(stream())),
        2 => run!(store.upsert(&rows)),
        3 => run!(store.upsert_stream(stream()).last_wins().alone()),
        4 => run!(store.sync(&rows).all_rows()),
        _ => run!(store.sync_stream(stream()).within(|t| t.tenant.eq(TENANT))),
    }
    (stored(&store).await, model.embedded())
}

#[tokio::test]
async fn a_stamped_row_is_equal_to_a_row_that_was_given_with_the_scope() {
    // Small and large writes take different code paths.
    for rows in [40, 700] {
        for way in 0..6 {
            let given = written(way, entries(rows, TENANT), false).await;
            let mut mixed = entries(rows, "");
            mixed.iter_mut().step_by(3).for_each(|row| row.tenant = "8".to_owned());
            mixed.iter_mut().step_by(7).for_each(|row| row.tenant = TENANT.to_owned());
            assert_eq!(written(way, mixed, true).await, given, "{rows} rows, way {way}");
            assert_eq!(given.0.len(), usize::try_from(rows).unwrap());
            // The embedded text contains the scope.
            assert_eq!(given.0[3].vector(), Some(&[7.0, 1.0, 1.0][..]));
        }
    }
}

#[tokio::test]
async fn rows_without_the_scope_are_read_from_json_and_written() {
    let (_, store) = scope().await;
    let row: Entry = serde_json::from_str(r#"{ "id": 1, "text": "2 3" }"#).unwrap();
    assert_eq!(store.upsert([&row]).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let first = store.upsert([&row]).stamp_scope().await.unwrap();
    let second = store.upsert([&row]).stamp_scope().await.unwrap();
    assert_eq!((first.inserted, first.embedded), (1, 1));
    assert_eq!((second.unchanged, second.embedded, second.version), (1, 0, None));
    assert_eq!(store.get(1).await.unwrap(), Some(Entry { tenant: TENANT.to_owned(), ..row }));
}

#[tokio::test]
async fn rows_with_one_key_after_stamping_are_duplicates() {
    let (store, north, south) = two(&memory().await).await;
    let rows = [page("east", "b"), page("west", "b")];
    for error in [
        south.add(&rows).stamp_scope().await.unwrap_err(),
        south.upsert(&rows).stamp_scope().await.unwrap_err(),
        south.sync(&rows).all_rows().stamp_scope().await.unwrap_err(),
        // Within the scope, the table already has this key.
        south.add([page("east", "a")]).stamp_scope().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.message().contains("the key `south`, `"), "{error}");
    }
    let last = [page("east", "b"), super::Page { visits: 9, ..page("west", "b") }];
    assert_eq!(south.upsert(&last).last_wins().stamp_scope().await.unwrap().inserted, 1);
    assert_eq!(south.get("b").await.unwrap(), Some(super::Page { visits: 9, ..page("south", "b") }));
    assert_eq!((north.count().await.unwrap(), south.count().await.unwrap()), (1, 2));
    assert_eq!(store.across_scopes().search_all().filter(|t| t.tenant.eq("east")).count().await.unwrap(), 0);
}

#[tokio::test]
async fn vectors_of_the_caller_are_kept() {
    let (model, store) = scope().await;
    let vector = Embedding::of(Toy::ID, [1.0, 2.0, 3.0]);
    store.add([Embedded::new(entry(0, ""), vector)]).stamp_scope().await.unwrap();
    let stored = stored(&store).await;
    assert_eq!((&stored[0].record, stored[0].vector()), (&entry(0, TENANT), Some(&[1.0, 2.0, 3.0][..])));
    assert_eq!(model.embedded(), 0);
}
