//! A process that was killed while it changed a table. The tests make the first `n` commits of the change themselves, for
//! each `n`.

use std::sync::Arc;

use arrow_schema::{Field, Schema};
use datus_store::lancedb::Table;
use datus_store::lancedb::table::{ColumnAlteration, NewColumnTransform};
use datus_store::plan::Step;
use datus_store::{EmbeddingRecord, Store};

use super::{memory, upgrade};

mod v1 {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "steps")]
    pub(super) struct Row {
        pub(super) id: i64,
    }
}

mod v2 {
    /// Numbered.
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "steps")]
    pub(super) struct Row {
        /// The number.
        pub(super) id: Option<i64>,
        pub(super) note: Option<String>,
        #[datus(default = "nobody")]
        pub(super) owner: String,
    }
}

async fn allow_nulls(table: &Table) {
    let alteration = ColumnAlteration::new("id".to_owned()).set_nullable(true);
    table.alter_columns(&[alteration]).await.unwrap();
}

async fn add_note(table: &Table) {
    let wanted = v2::Row::definition().arrow_schema(&[]);
    let note: Field = wanted.field_with_name("note").unwrap().clone();
    let nulls = NewColumnTransform::AllNulls(Arc::new(Schema::new(vec![note])));
    table.add_columns().transform(nulls).execute().await.unwrap();
}

async fn add_owner(table: &Table) {
    let values = vec![("owner".to_owned(), "'nobody'".to_owned())];
    table.add_columns().transform(NewColumnTransform::SqlExpressions(values)).execute().await.unwrap();
}

#[tokio::test]
async fn the_next_opening_resumes_a_killed_one() {
    let mut left = Vec::new();
    for commits in 0..=3 {
        let db = memory().await;
        let before: Store<v1::Row> = db.store(()).await.unwrap();
        before.add((0..10).map(|id| v1::Row { id })).await.unwrap();
        let table = before.as_lancedb();
        if commits >= 1 {
            allow_nulls(table).await;
        }
        if commits >= 2 {
            add_note(table).await;
        }
        if commits >= 3 {
            add_owner(table).await;
        }
        let (store, plan) = upgrade::<v2::Row>(&db, ()).await;
        left.push(plan.steps().iter().filter(|step| !matches!(step, Step::SetMetadata { .. })).count());
        let rows: Vec<v2::Row> = store.search_all().order_by(|t| t.id.asc()).await.unwrap();
        let row = |id| v2::Row { id: Some(id), note: None, owner: "nobody".to_owned() };
        assert_eq!(rows, (0..10).map(row).collect::<Vec<_>>(), "{commits}");
        store.add([v2::Row { id: None, note: None, owner: "me".to_owned() }]).await.unwrap();
        assert_eq!(store.count().await.unwrap(), 11);
    }
    assert_eq!(left, [3, 2, 1, 0]);
}
