//! Tables that do not match the record: the changes are planned, and applied if they are safe.

mod columns;
mod concurrent;
mod defaults;
mod empty;
mod half_done;
mod indexes;
mod key;
mod refused;
mod renames;

use datus_store::model::IntoModels;
use datus_store::plan::{Plan, Step};
use datus_store::{Database, Drift, EmbeddingRecord, Store};

use super::memory;

/// Opens the table of a record, applies safe changes, and asserts that nothing is left to do.
async fn upgrade<R: EmbeddingRecord>(
    db: &Database,
    models: impl IntoModels<R::Models> + Clone,
) -> (Store<R>, Plan) {
    let plan = db.plan::<R>(models.clone()).await.unwrap();
    assert!(plan.is_safe(), "{plan}");
    if let Err(error) = db.store::<R>(models.clone()).await {
        assert!(error.help().is_some_and(|help| help.contains("`.drift(Drift::ApplySafe)`")), "{error}");
    }
    let store: Store<R> = db.store(models.clone()).drift(Drift::ApplySafe).await.unwrap();
    let (mut planned, mut applied) = (plan.steps().to_vec(), store.applied().to_vec());
    let by_text = |left: &Step, right: &Step| left.to_string().cmp(&right.to_string());
    planned.sort_by(by_text);
    applied.sort_by(by_text);
    assert_eq!(planned, applied);
    let version = store.version().await.unwrap();
    assert_eq!(db.plan::<R>(models.clone()).await.unwrap().steps(), []);
    let again: Store<R> = db.store(models.clone()).drift(Drift::ApplySafe).await.unwrap();
    assert_eq!((again.applied(), again.version().await.unwrap()), (&[][..], version));
    let refusing: Store<R> = db.store(models).await.unwrap();
    assert_eq!((refusing.applied(), refusing.version().await.unwrap()), (&[][..], version));
    (store, plan)
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "planned")]
struct Planned {
    id: i64,
}

#[tokio::test]
async fn a_plan_for_a_missing_table_does_not_create_it() {
    let db = memory().await;
    let plan = db.plan::<Planned>(()).await.unwrap();
    assert_eq!((plan.steps(), plan.table(), plan.rows()), (&[Step::CreateTable][..], "planned", 0));
    assert!(plan.is_safe() && !plan.is_empty());
    assert_eq!(db.table_names().await.unwrap(), [""; 0]);

    let store: Store<Planned> = db.store(()).drift(Drift::ApplySafe).await.unwrap();
    store.add([Planned { id: 1 }]).await.unwrap();
    let (store, plan) = upgrade::<Planned>(&db, ()).await;
    assert_eq!((store.count().await.unwrap(), plan.rows()), (1, 1));
}
