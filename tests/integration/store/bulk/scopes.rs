use datus_store::{EmbeddingRecord, ErrorKind, Store};

use super::{rows_of, write_all};
use crate::store::memory;
use crate::support::models::Toy;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "pages")]
struct Page {
    #[datus(scope)]
    tenant: String,
    #[datus(scope)]
    region: i32,
    #[datus(key)]
    path: String,
    #[datus(embed(metric = l2))]
    text: String,
}

fn pages(tenant: &str, count: i32) -> Vec<Page> {
    let page = |number: i32| Page {
        tenant: tenant.into(),
        region: 1,
        path: format!("{number}"),
        text: format!("{number} 0 1"),
    };
    (0..count).map(page).collect()
}

#[tokio::test]
async fn a_job_of_a_scope_adds_rows_of_the_scope() {
    let store: Store<Page> = memory().await.store(Toy::new()).await.unwrap();
    let (north, south) = (store.scoped(("north", 1)), store.scoped(("south", 1)));
    south.add(pages("south", 10)).await.unwrap();
    let job = north.bulk().parts(2).start().await.unwrap();
    let parts = write_all(&north, &job, &pages("north", 20)).await;

    for error in [
        south.bulk_worker(&job).await.unwrap_err(),
        south.commit_bulk(&job, &parts).await.unwrap_err(),
        south.bulk_parts(&job).await.unwrap_err(),
        job.abandon(&south).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = "the job writes rows of tenant = north, region = 1, but the store writes rows of tenant = south, region = 1";
        assert!(error.message().contains(text), "{error}");
    }
    let worker = north.bulk_worker(&job).await.unwrap();
    let foreign = rows_of(&job, &pages("south", 20), 0);
    let error = worker.write(0, foreign).await.unwrap_err();
    assert!(error.message().contains("a row has the tenant `south`"), "{error}");

    // The keys of other scopes do not matter.
    assert_eq!(north.commit_bulk(&job, &parts).await.unwrap().rows, 20);
    assert_eq!((north.count().await.unwrap(), south.count().await.unwrap()), (20, 10));
    let again = north.bulk().parts(2).start().await.unwrap();
    let parts = write_all(&north, &again, &pages("north", 20)).await;
    let error = north.commit_bulk(&again, parts).await.unwrap_err();
    assert!(error.message().contains("is already in the table"), "{error}");
}
