use std::sync::{Arc, Mutex};
use std::time::Duration;

use datus_store::{Maintenance, OptimizeStep};

use super::{line, note, notes};
use crate::support::models::Toy;

#[tokio::test]
async fn nothing_is_mended_unasked() {
    let store = notes(Toy::new()).await;
    for row in line(10) {
        store.upsert([row]).await.unwrap();
    }
    assert_eq!(store.health().await.unwrap().fragments, 10);
}

#[tokio::test]
async fn a_policy_mends_the_table_after_writes_of_every_kind() {
    let done = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&done);
    let policy =
        Maintenance::from_fragments(4).keep_versions(Duration::from_secs(3600)).on_done(move |mended| {
            mended.as_ref().unwrap();
            *counted.lock().unwrap() += 1;
        });
    let store = notes(Toy::new()).await.maintained(policy);
    let clone = store.clone();
    for id in 0..12 {
        clone.add([note(id, "1 2 3")]).await.unwrap();
        assert!(store.health().await.unwrap().fragments < 4);
    }
    let after_adds = *done.lock().unwrap();
    assert!((3..=4).contains(&after_adds), "{after_adds}");
    for id in 0..6 {
        store.upsert([note(id, "3 2 1")]).await.unwrap();
        store.update().filter(|t| t.id.eq(id + 6)).set(|t| t.topic, "set").await.unwrap();
        assert!(store.health().await.unwrap().fragments < 4);
    }
    store.delete(|t| t.id.lt(2)).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 10);
    assert!(*done.lock().unwrap() > after_adds);
}

#[tokio::test]
async fn a_policy_does_the_steps_it_names_alone() {
    let policy = Maintenance::from_fragments(3).only([OptimizeStep::FoldIndexes]);
    let store = notes(Toy::new()).await.maintained(policy);
    for row in line(5) {
        store.add([row]).await.unwrap();
    }
    assert_eq!(store.health().await.unwrap().fragments, 5);
}
