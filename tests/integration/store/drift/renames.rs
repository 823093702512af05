use datus_store::plan::Step;
use datus_store::{Drift, EmbeddingRecord, Store};

use super::{memory, upgrade};
use crate::support::models::Toy;

mod v1 {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "letters")]
    pub(super) struct Letter {
        #[datus(key)]
        pub(super) number: i64,
        pub(super) sender: String,
        #[datus(embed(metric = l2))]
        pub(super) text: String,
    }
}

mod v2 {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "letters")]
    pub(super) struct Letter {
        #[datus(key, rename_from = "nr", rename_from = "number")]
        pub(super) id: i64,
        #[datus(rename = "sent by", rename_from = "sender")]
        pub(super) sent_by: Option<String>,
        #[datus(embed(metric = l2, column = "meaning"), rename_from = "text")]
        pub(super) body: String,
    }
}

fn old(number: i64) -> v1::Letter {
    v1::Letter { number, sender: "me".to_owned(), text: format!("{number} 0 1") }
}

fn new(id: i64) -> v2::Letter {
    v2::Letter { id, sent_by: Some("me".to_owned()), body: format!("{id} 0 1") }
}

#[tokio::test]
async fn renamed_columns_keep_their_values_their_key_and_their_vectors() {
    let db = memory().await;
    let before: Store<v1::Letter> = db.store(Toy::new()).await.unwrap();
    before.add((0..5).map(old)).await.unwrap();
    let version = before.version().await.unwrap();
    let error = db.store::<v2::Letter>(Toy::new()).await.unwrap_err();
    assert!(error.differences().len() > 4, "{error}");

    let model = Toy::new();
    let (store, plan) = upgrade::<v2::Letter>(&db, model.clone()).await;
    let renamed: Vec<(&str, &str)> = plan
        .steps()
        .iter()
        .filter_map(|step| match step {
            Step::RenameColumn { from, to, .. } => Some((from.as_str(), to.as_str())),
            _ => None,
        })
        .collect();
    let names = [("number", "id"), ("sender", "sent by"), ("text", "body"), ("vector", "meaning")];
    assert_eq!(renamed, names);
    // The names and the nullability of columns change in one commit, and their metadata in a second one.
    assert_eq!((store.version().await.unwrap(), model.embedded()), (version + 2, 0), "{plan}");

    let letters: Vec<v2::Letter> = store.search_all().order_by(|t| t.id.asc()).await.unwrap();
    assert_eq!(letters, (0..5).map(new).collect::<Vec<_>>());
    let upserted = store.upsert((3..7).map(new)).await.unwrap();
    assert_eq!((upserted.inserted, upserted.unchanged, upserted.embedded), (2, 2, 2));

    assert_eq!(store.search("3 0 1").limit(1).await.unwrap()[0].record, new(3));
    assert_eq!(store.update().filter(|t| t.id.eq(3)).set(|t| t.body, "9 9 9").await.unwrap().rows, 1);
    assert_eq!(store.search("9 9 9").limit(1).await.unwrap()[0].record.id, 3);
}

#[tokio::test]
async fn a_rename_that_was_killed_before_its_metadata_step_resumes() {
    let db = memory().await;
    let before: Store<v1::Letter> = db.store(Toy::new()).await.unwrap();
    before.add((0..5).map(old)).await.unwrap();
    let alteration = |from: &str, to: &str| {
        datus_store::lancedb::table::ColumnAlteration::new(from.to_owned()).rename(to.to_owned())
    };
    let half = [alteration("number", "id"), alteration("text", "body"), alteration("vector", "meaning")];
    before.as_lancedb().alter_columns(&half).await.unwrap();

    let (store, plan) = upgrade::<v2::Letter>(&db, Toy::new()).await;
    assert!(matches!(plan.steps()[0], Step::RenameColumn { .. }) && plan.steps().len() == 4, "{plan}");
    assert_eq!(store.count().await.unwrap(), 5);
    let schema = store.schema().await.unwrap();
    let wanted = v2::Letter::definition();
    let source = schema.field_with_name("meaning").unwrap().metadata().get("datus:vector_of").cloned();
    assert_eq!(source.as_deref(), Some(wanted.fields[2].name));
}

#[tokio::test]
async fn standby_vectors_follow_a_rename() {
    let db = memory().await;
    let before: Store<v1::Letter> = db.store(Toy::new()).await.unwrap();
    before.add((0..5).map(old)).await.unwrap();
    before.reembed(datus_store::model::HashingModel::new(4)).await.unwrap();

    let model = datus_store::model::HashingModel::new(4);
    let plan = db.plan::<v2::Letter>(model.clone()).await.unwrap();
    assert!(plan.is_safe(), "{plan}");
    let store: Store<v2::Letter> = db.store(model).drift(Drift::ApplySafe).await.unwrap();
    let schema = store.schema().await.unwrap();
    let standby = schema.field_with_name("vector__standby").unwrap();
    assert_eq!(standby.metadata().get("datus:vector_of").map(String::as_str), Some("body"));
    assert_eq!(store.drop_standby().await.unwrap(), 1);
}
