//! Random concurrent operations in several scopes, each compared with its own model.

use std::collections::BTreeMap;

use datus_store::{Database, Store};
use fastrand::Rng;
use futures::future::join_all;

use super::super::memory;
use super::tenant::{Fact, Operation, Scope, Tenant};
use crate::support::cases;
use crate::support::models::Toy;

/// The scopes. Two of them have the same tenant, and two have the same region.
const SCOPES: [Scope; 4] = [("alder", 1), ("alder", 2), ("birch", 1), ("cedar", 3)];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_scope_is_seen_changed_or_counted_by_another() {
    run(memory().await, cases(280) / 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_scope_is_seen_changed_or_counted_by_another_in_large_writes() {
    let db = Database::connect("memory://").without_small_writes().await.unwrap();
    run(db, cases(280) / 2).await;
}

/// Runs operations, divided among the scopes.
async fn run(db: Database, operations: u32) {
    let store: Store<Fact> = db.store(Toy::new()).await.unwrap();
    let seed = fastrand::u64(..);
    eprintln!("seed {seed}");
    let mut operations_of_all = Operation::all();
    Rng::with_seed(seed).shuffle(&mut operations_of_all);
    let mut tenants = Vec::new();
    for (number, scope) in SCOPES.into_iter().enumerate() {
        let other = SCOPES[(number + 1) % SCOPES.len()];
        // Each scope starts with a different quarter of the operations, so a short test runs all of them.
        let mut queue = operations_of_all.clone();
        let quarter = queue.len() / SCOPES.len();
        queue.rotate_left(number * quarter);
        let mut tenant = Tenant {
            scope,
            store: store.scoped(scope),
            other: store.scoped(other),
            rows: BTreeMap::new(),
            remembered: (0, BTreeMap::new()),
            queue,
            rng: Rng::with_seed(seed.wrapping_add(number as u64)),
        };
        let row = tenant.fact(0);
        tenant.store.add([&row]).await.unwrap();
        tenant.rows.insert(0, row);
        tenant.remembered = (tenant.store.version().await.unwrap(), tenant.rows.clone());
        tenants.push(tenant);
    }
    store.create_indexes().await.unwrap();
    let each = operations as usize / SCOPES.len();
    let running: Vec<_> = tenants.into_iter().map(|tenant| tokio::spawn(tenant.run(each))).collect();
    let mut expected = Vec::new();
    for tenant in join_all(running).await {
        expected.extend(tenant.unwrap().rows.into_values());
    }
    let stored =
        store.across_scopes().search_all().order_by(|t| (t.tenant.asc(), t.region.asc(), t.id.asc()));
    assert_eq!(stored.await.unwrap(), expected);
}
