use datus_store::model::HashingModel;
use datus_store::plan::{Effect, Step};
use datus_store::{Drift, ErrorKind, Store};

use super::memory;
use crate::support::models::Toy;

mod v1 {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "files")]
    pub(super) struct File {
        #[datus(key)]
        pub(super) path: String,
        pub(super) size: i32,
        pub(super) owner: Option<String>,
        #[datus(embed(metric = l2))]
        pub(super) text: String,
    }
}

/// A struct with several changes, all of which are safe except one.
macro_rules! but_one {
    ($name:ident { $($fields:tt)* }) => {
        mod $name {
            #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
            #[datus(table = "files")]
            pub(super) struct File {
                pub(super) note: Option<String>,
                #[datus(default = 1)]
                pub(super) number: i64,
                $($fields)*
            }
        }
    };
}

but_one!(dropped {
    #[datus(key)]
    pub(super) path: String,
    pub(super) owner: Option<String>,
    #[datus(embed(metric = l2))]
    pub(super) text: String,
});
but_one!(retyped {
    #[datus(key)]
    pub(super) path: String,
    pub(super) size: i64,
    pub(super) owner: Option<String>,
    #[datus(embed(metric = l2))]
    pub(super) text: String,
});
but_one!(never_null {
    #[datus(key)]
    pub(super) path: String,
    pub(super) size: i32,
    pub(super) owner: String,
    #[datus(embed(metric = l2))]
    pub(super) text: String,
});
but_one!(of_paths {
    #[datus(key, embed(metric = l2))]
    pub(super) path: String,
    pub(super) size: i32,
    pub(super) owner: Option<String>,
    pub(super) text: String,
});
but_one!(same {
    #[datus(key)]
    pub(super) path: String,
    pub(super) size: i32,
    pub(super) owner: Option<String>,
    #[datus(embed(metric = l2))]
    pub(super) text: String,
});

async fn files(db: &datus_store::Database) -> Store<v1::File> {
    let store: Store<v1::File> = db.store(Toy::new()).await.unwrap();
    let (path, text) = ("/a".to_owned(), "1 2 3".to_owned());
    store.add([v1::File { path, size: 1, owner: None, text }]).await.unwrap();
    store
}

#[tokio::test]
async fn nothing_is_changed_if_one_step_is_not_safe() {
    let db = memory().await;
    let store = files(&db).await;
    let (version, schema) = (store.version().await.unwrap(), store.schema().await.unwrap());
    macro_rules! refused {
        ($record:ty, $model:expr, $effect:expr, $step:pat, $remedy:literal) => {
            let plan = db.plan::<$record>($model).await.unwrap();
            let (last, others) = plan.steps().split_last().unwrap();
            assert!(matches!(last, $step) && last.effect() == $effect, "{plan}");
            assert!(others.len() >= 2 && others.iter().all(|step| step.effect() == Effect::Safe), "{plan}");

            let error = db.store::<$record>($model).drift(Drift::ApplySafe).await.unwrap_err();
            assert_eq!((error.kind(), error.operation()), (ErrorKind::SchemaMismatch, Some("open")));
            let message = error.message();
            assert!(message.contains(&plan.to_string()), "{error}");
            assert!(message.contains("nothing was changed"), "{error}");
            assert!(error.to_string().contains($remedy), "{error}");
            assert!(!error.differences().is_empty());
            assert_eq!(
                (store.version().await.unwrap(), store.schema().await.unwrap()),
                (version, schema.clone())
            );
        };
    }
    use Effect::{DestroysData, Reembeds};
    refused!(dropped::File, Toy::new(), DestroysData, Step::DropColumn { .. }, "Undo the change");
    refused!(retyped::File, Toy::new(), DestroysData, Step::ChangeType { .. }, "Undo the change");
    refused!(never_null::File, Toy::new(), DestroysData, Step::ForbidNulls { nulls: 1, .. }, "null in 1 row");
    refused!(
        of_paths::File,
        Toy::new(),
        Reembeds,
        Step::Reembed { rows: 1, .. },
        "db.reembed::<File>(models)"
    );
    refused!(same::File, HashingModel::new(8), Reembeds, Step::Reembed { rows: 1, .. }, "db.reembed::<File>");
    assert_eq!(store.count().await.unwrap(), 1);
}

#[tokio::test]
async fn the_remaining_steps_after_a_reembed_are_safe() {
    let db = memory().await;
    let store = files(&db).await;
    let plan = db.plan::<same::File>(HashingModel::new(8)).await.unwrap();
    assert!(!plan.is_safe(), "{plan}");
    store.reembed(HashingModel::new(8)).await.unwrap();
    let model = HashingModel::new(8);
    let plan = db.plan::<same::File>(model.clone()).await.unwrap();
    assert!(plan.is_safe(), "{plan}");
    let files: Store<same::File> = db.store(model).drift(Drift::ApplySafe).await.unwrap();
    assert_eq!(files.search_all().number(1).count().await.unwrap(), 1);
}
