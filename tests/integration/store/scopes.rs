//! Records with `#[datus(scope)]`: each scope has its own rows and keys in one table.

mod api;
mod random;
mod reads;
mod stamped;
mod tenant;
mod types;
mod writes;

use datus_store::{Database, EmbeddingRecord, ErrorKind, IndexAction, ScopedStore, Store};

use super::memory;
use crate::support::models::Toy;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "pages")]
struct Page {
    #[datus(scope)]
    tenant: String,
    #[datus(key)]
    path: String,
    visits: i32,
    #[datus(embed(metric = l2))]
    text: Option<String>,
}

fn page(tenant: &str, path: &str) -> Page {
    Page { tenant: tenant.into(), path: path.into(), visits: 0, text: Some("1 0 0".into()) }
}

/// Returns a store and two of its scopes, each with one page; both pages have the same key within their scope.
async fn two(db: &Database) -> (Store<Page>, ScopedStore<Page>, ScopedStore<Page>) {
    let store: Store<Page> = db.store(Toy::new()).await.unwrap();
    let (north, south) = (store.scoped("north"), store.scoped("south"));
    north.add([page("north", "a")]).await.unwrap();
    south.add([page("south", "a")]).await.unwrap();
    (store, north, south)
}

#[tokio::test]
async fn keys_are_unique_within_a_scope() {
    let (store, north, south) = two(&memory().await).await;
    let error = north.add([page("north", "a")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("the key `north`, `a` is already in the table"), "{error}");
    let upserted = south.upsert([Page { visits: 7, ..page("south", "a") }]).await.unwrap();
    assert_eq!((upserted.inserted, upserted.updated), (0, 1));
    assert_eq!(north.get("a").await.unwrap(), Some(page("north", "a")));
    assert_eq!(south.get("a").await.unwrap().unwrap().visits, 7);
    assert_eq!(store.across_scopes().count().await.unwrap(), 2);
    assert_eq!(store.health().thorough().await.unwrap().duplicate_keys, Some(0));
}

#[tokio::test]
async fn a_row_of_another_scope_is_an_error_and_nothing_is_written() {
    for db in [memory().await, super::unmaintained().await] {
        let (store, north, _) = two(&db).await;
        let model = Toy::new();
        store.reopen_with(model.clone()).await.unwrap();
        let version = store.version().await.unwrap();
        let rows = [page("north", "b"), page("south", "b")];
        let texts = model.embedded();
        for error in [
            north.add(&rows).await.unwrap_err(),
            north.upsert(&rows).await.unwrap_err(),
            north.upsert(&rows).last_wins().alone().await.unwrap_err(),
            north.sync(&rows).all_rows().await.unwrap_err(),
            north.sync(&rows).within(|t| t.visits.eq(0)).await.unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("tenant")));
            let message =
                "a row has the tenant `south`, but the store writes only rows with the tenant `north`";
            assert!(error.message().starts_with(message), "{error}");
            assert!(error.help().unwrap().contains("`store.scoped(…)`"), "{error}");
        }
        assert_eq!(store.version().await.unwrap(), version);
        assert_eq!(model.embedded(), texts);
    }
}

#[tokio::test]
async fn writes_of_all_rows_change_only_the_scope() {
    let (store, north, south) = two(&memory().await).await;
    assert_eq!(north.update().all_rows().set(|t| t.visits, 5).await.unwrap().rows, 1);
    assert_eq!(south.get("a").await.unwrap(), Some(page("south", "a")));
    let synced = north.sync([page("north", "b")]).all_rows().await.unwrap();
    assert_eq!((synced.inserted, synced.deleted), (1, 1));
    assert_eq!(north.delete().all_rows().await.unwrap(), 1);
    assert_eq!((north.count().await.unwrap(), south.count().await.unwrap()), (0, 1));
    assert_eq!(north.delete().all_rows().await.unwrap(), 0);
    assert_eq!(store.across_scopes().search_all().await.unwrap(), [page("south", "a")]);
}

#[tokio::test]
async fn the_scope_of_a_row_cannot_be_set() {
    #[derive(Debug, EmbeddingRecord)]
    struct Event {
        #[datus(scope)]
        tenant: i64,
        name: String,
    }

    let store: Store<Event> = memory().await.store(()).await.unwrap();
    let one = store.scoped(1);
    one.add([Event { tenant: 1, name: "start".into() }]).await.unwrap();
    let error = one.update().all_rows().set(|t| t.tenant, 2).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("tenant")));
    assert!(error.message().starts_with("the scope cannot be set"), "{error}");
    assert_eq!(one.update().all_rows().set(|t| t.name, "stop").await.unwrap().rows, 1);
    assert_eq!(store.scoped(2).count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_cursor_of_one_scope_is_refused_by_another() {
    let (store, north, south) = two(&memory().await).await;
    for tenant in ["north", "south"] {
        store.scoped(tenant).add([page(tenant, "b"), page(tenant, "c")]).await.unwrap();
    }
    let first = north.search_all().order_by(|t| t.path.asc()).page(1).await.unwrap();
    let (south, all) = (south.search_all(), store.across_scopes().search_all());
    for query in [south, all] {
        let error = query.order_by(|t| t.path.asc()).page(1).after(&first.next).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("different filter, view or scope"), "{error}");
    }
    let same = store.scoped("north").search_all().order_by(|t| t.path.asc()).page(9);
    assert_eq!(same.after(&first.next).await.unwrap().items, [page("north", "b"), page("north", "c")]);
}

#[tokio::test]
async fn a_view_of_a_scope_keeps_the_scope() {
    let (_, north, _) = two(&memory().await).await;
    let view = north.view(|t| t.path.eq("a").or(t.tenant.eq("south")));
    assert_eq!(view.search_all().await.unwrap(), [page("north", "a")]);
    assert_eq!(view.get("a").await.unwrap(), Some(page("north", "a")));
    assert_eq!(view.view(|t| t.tenant.eq("south")).count().await.unwrap(), 0);
}

// The plans are equal, so a scoped query takes as long as a query with an explicit filter.
#[tokio::test]
async fn a_scoped_query_has_the_plan_of_the_filter_by_hand() {
    let (store, north, _) = two(&memory().await).await;
    let all = store.across_scopes();
    let by_hand = all.search_all().filter(|t| t.visits.ge(0)).filter(|t| t.tenant.eq("north"));
    let scoped = north.search_all().filter(|t| t.visits.ge(0));
    assert_eq!(scoped.explain().await.unwrap(), by_hand.explain().await.unwrap());
    let by_hand = all.search("1 0 0").filter(|t| t.tenant.eq("north"));
    assert_eq!(north.search("1 0 0").explain().await.unwrap(), by_hand.explain().await.unwrap());
}

#[tokio::test]
async fn create_indexes_indexes_the_scope() {
    let (store, north, _) = two(&memory().await).await;
    let report = north.create_indexes().await.unwrap();
    let done: Vec<_> = report.of("tenant").map(|index| (index.kind.as_str(), index.action)).collect();
    assert_eq!(done, [("bitmap", IndexAction::Built)], "{report}");
    assert!(store.create_indexes().await.unwrap().is_unchanged());
    assert!(store.create_indexes().rebuild_column("tenant").await.unwrap().of("tenant").count() == 1);
}

#[tokio::test]
async fn the_key_index_of_a_large_table_leaves_the_scope_out() {
    let db = Database::connect("memory://").key_index_from(4).await.unwrap();
    let (store, north, _) = two(&db).await;
    north.add((0..9).map(|id| page("north", &format!("p{id}")))).await.unwrap();
    north.add([page("north", "z")]).await.unwrap();
    let report = store.create_indexes().await.unwrap();
    let kinds = |column| report.of(column).map(|index| index.kind.clone()).collect::<Vec<_>>();
    assert_eq!((kinds("tenant"), kinds("path")), (vec!["bitmap".to_owned()], vec!["btree".to_owned()]));
    assert_eq!(north.get("p3").await.unwrap(), Some(page("north", "p3")));
}

#[tokio::test]
async fn a_table_without_the_scope_does_not_match() {
    mod before {
        #[derive(datus_store::EmbeddingRecord)]
        #[datus(table = "pages")]
        pub(super) struct Page {
            pub(super) tenant: String,
            #[datus(key)]
            pub(super) path: String,
            pub(super) visits: i32,
            #[datus(embed(metric = l2))]
            pub(super) text: Option<String>,
        }
    }
    let db = memory().await;
    let _: Store<before::Page> = db.store(Toy::new()).await.unwrap();
    let error = db.store::<Page>(Toy::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(
        error.message().contains("the key is (tenant, path) in the record and (path) in the table"),
        "{error}"
    );
}

#[tokio::test]
async fn maintenance_of_the_whole_table_needs_no_scope() {
    let (store, ..) = two(&memory().await).await;
    assert_eq!(store.table_name(), "pages");
    assert_eq!(store.health().await.unwrap().rows, 2);
    store.optimize().await.unwrap();
    store.verify_model().await.unwrap();
    store.reopen().await.unwrap();
    let reembedded = store.reembed(Toy::named("toy 2", 2.0)).await.unwrap();
    assert_eq!(reembedded.rows, 2);
    assert_eq!(store.scoped("north").search("1 0 0").await.unwrap().len(), 1);
}
