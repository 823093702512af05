//! New vectors that are prepared before they are put into use, and searches that are repeated on them.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use datus_store::model::{EmbeddingModel, ModelIdentity, PROBE_TEXT, Role, async_trait};
use datus_store::{BoxError, Embedding, EmbeddingRecord, ErrorKind, PreparedReembed, ShadowOverlap, Store};

use super::super::tracing::Capture;
use super::super::{Note, line, memory, note};
use super::gate::{Backwards, questions};
use super::{OTHER, columns, filled, other, vectors};
use crate::support::models::Toy;

/// Searches until at least the given number of searches has been repeated.
async fn search_until<'a>(
    prepared: &PreparedReembed<'a>,
    searches: usize,
    search: impl AsyncFn(usize),
) -> ShadowOverlap {
    let started = Instant::now();
    for number in 0.. {
        search(number).await;
        if let [overlap] = &*prepared.overlap()
            && overlap.searches >= searches
        {
            return overlap.clone();
        }
        assert!(started.elapsed() < Duration::from_secs(120), "{:?}", prepared.overlap());
    }
    unreachable!()
}

async fn search(store: &Store<Note>, number: usize) {
    let hits = store.search(format!("{} 0 1", number % 30)).limit(5).await.unwrap();
    assert_eq!(hits[0].record.id, (number % 30) as i64, "the hits are those of the current model");
}

#[tokio::test]
async fn a_prepared_table_uses_its_current_vectors_until_the_swap() {
    let db = memory().await;
    let store = filled(&db, &line(30)).await;
    let elsewhere = db.store::<Note>(Toy::new()).await.unwrap();
    let model = other();
    let prepared = store.reembed(model.clone()).prepare().await.unwrap();
    assert_eq!(model.embedded(), 30);
    search(&store, 3).await;
    assert_eq!(vectors(&store).await[3], Some(vec![3.0, 0.0, 1.0]));

    // This store fills both columns. Another program fills only the current one.
    store.add([note(50, "50 0 1")]).await.unwrap();
    assert_eq!(model.embedded(), 31);
    elsewhere.add([note(60, "60 0 1")]).await.unwrap();
    assert_eq!(store.search("60 0 1").first().await.unwrap().unwrap().record.id, 60);
    let busy = store.reembed(other()).await.unwrap_err();
    assert_eq!(busy.kind(), ErrorKind::Conflict);

    let done = prepared.swap().await.unwrap();
    assert_eq!((done.embedded, model.embedded(), done.version.is_some()), (31, 32, true));
    assert_eq!(vectors(&store).await[30..], [Some(vec![500.0, 0.0, 10.0]), Some(vec![600.0, 0.0, 10.0])]);
    assert_eq!(elsewhere.search("1 0 1").await.unwrap_err().kind(), ErrorKind::TableChanged);
}

#[tokio::test]
async fn a_prepared_table_that_is_dropped_keeps_its_current_vectors() {
    let store = filled(&memory().await, &line(10)).await;
    let prepared = store.reembed(other()).shadow(1.0).prepare().await.unwrap();
    drop(prepared);
    search(&store, 3).await;
    store.add([note(20, "20 0 1")]).await.unwrap();
    assert!(columns(&store).await.contains(&"vector__standby".to_owned()));
    // The next run embeds only the new row, and a third run can drop the vectors.
    let prepared = store.reembed(other()).prepare().await.unwrap();
    let refused = prepared.swap().await.unwrap();
    assert_eq!(refused.embedded, 1);
    assert_eq!(store.drop_standby().await.unwrap(), 1);

    // A table that already has the model's vectors has nothing to wait for.
    let prepared = store.reembed(other()).shadow(1.0).prepare().await.unwrap();
    assert!(prepared.overlap().is_empty());
    assert_eq!(prepared.swap().await.unwrap().version, None);
}

#[tokio::test]
async fn the_condition_is_checked_by_the_swap() {
    let store = filled(&memory().await, &line(30)).await;
    let mut asked = 0;
    let accept = |old: &datus_store::evaluate::RunReport<'_>, new: &datus_store::evaluate::RunReport<'_>| {
        asked += 1;
        new.recall(1) >= old.recall(1)
    };
    let prepared =
        store.reembed(Backwards::new()).only_if(questions(), |t| t.id, accept).prepare().await.unwrap();
    let error = prepared.swap().await.unwrap_err();
    assert_eq!((error.kind(), asked), (ErrorKind::Recall, 1), "{error}");
    search(&store, 3).await;
}

#[tokio::test]
async fn the_overlap_of_two_models_is_estimated_from_searches() {
    let capture = Capture::of_this_process();
    let store = filled(&memory().await, &line(30)).await;
    let prepared = store.reembed(other()).shadow(1.0).prepare().await.unwrap();
    assert!(prepared.overlap().is_empty());
    let same = search_until(&prepared, 5, async |number| search(&store, number).await).await;
    assert_eq!((&*same.column, &*same.model, same.overlap), ("vector", OTHER, 1.0), "{same}");
    assert!(same.interval.low > 0.4 && same.interval.low < 1.0 && same.interval.high == 1.0, "{same}");
    let health = store.health().await.unwrap();
    let overlap = health.shadow[0].clone();
    assert!(
        overlap.searches >= same.searches && health.to_string().contains(&overlap.to_string()),
        "{health}"
    );
    assert!(
        capture
            .events("notes")
            .iter()
            .any(|(column, text)| column == "vector" && text.contains("repeated in the new vectors"))
    );
    prepared.swap().await.unwrap();
    search(&store, 3).await;
    assert!(store.health().await.unwrap().shadow.is_empty());

    // The rows nearest to the opposite of the query are different rows.
    let store = filled(&memory().await, &line(30)).await;
    let prepared = store.reembed(Backwards::new()).shadow(1.0).prepare().await.unwrap();
    let low = search_until(&prepared, 5, async |number| search(&store, number % 5 + 20).await).await;
    assert_eq!(low.overlap, 0.0, "{low}");
}

#[tokio::test]
async fn filtered_searches_views_and_similar_rows_are_repeated_in_the_same_rows() {
    let store = filled(&memory().await, &line(30)).await;
    let view = store.view(|t| t.id.lt(4));
    let prepared = store.reembed(Backwards::new()).shadow(1.0).prepare().await.unwrap();
    // Only four rows pass, so both models find the same ones in a different order.
    let all = search_until(&prepared, 6, async |number| match number % 3 {
        0 => drop(store.search("25 0 1").filter(|t| t.id.lt(4)).await.unwrap()),
        1 => drop(view.search("25 0 1").await.unwrap()),
        _ => drop(store.similar_to(2).filter(|t| t.id.lt(4)).await.unwrap()),
    })
    .await;
    assert_eq!(all.overlap, 1.0, "{all}");
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Page {
    #[datus(scope)]
    tenant: String,
    #[datus(key)]
    id: i64,
    #[datus(embed(metric = l2))]
    text: String,
}

#[tokio::test]
async fn a_search_of_one_scope_is_repeated_in_its_rows() {
    let store: Store<Page> = memory().await.store(Toy::new()).await.unwrap();
    for (tenant, ids) in [("north", 0..4), ("south", 4..30)] {
        let page = |id: i64| Page { tenant: tenant.to_owned(), id, text: format!("{id} 0 1") };
        store.scoped(tenant).add(ids.map(page)).await.unwrap();
    }
    let prepared = store.reembed(Backwards::new()).shadow(1.0).prepare().await.unwrap();
    let north = store.scoped("north");
    let all = search_until(&prepared, 4, async |_| drop(north.search("25 0 1").await.unwrap())).await;
    assert_eq!(all.overlap, 1.0, "{all}");
}

#[tokio::test]
async fn rows_without_a_new_vector_are_left_out() {
    let db = memory().await;
    let store = filled(&db, &line(30)).await;
    let elsewhere = db.store::<Note>(Toy::new()).await.unwrap();
    let prepared = store.reembed(other()).shadow(1.0).prepare().await.unwrap();
    elsewhere.add((100..105).map(|id| note(id, "3 0 1"))).await.unwrap();
    assert_eq!(
        store.search("3 0 1").limit(6).await.unwrap().iter().filter(|hit| hit.record.id >= 100).count(),
        5
    );
    let same =
        search_until(&prepared, 5, async |_| drop(store.search("3 0 1").limit(5).await.unwrap())).await;
    assert_eq!(same.overlap, 1.0, "{same}");
}

#[tokio::test]
async fn searches_are_repeated_only_if_it_is_turned_on_and_the_new_model_can_repeat_them() {
    let store = filled(&memory().await, &line(30)).await;
    let queries = |model: &Toy| model.calls().iter().filter(|(role, _)| *role == Role::Query).count();
    let model = other();
    let prepared = store.reembed(model.clone()).prepare().await.unwrap();
    for number in 0..10 {
        search(&store, number).await;
    }
    drop(prepared);
    let sampled = other();
    let prepared = store.reembed(sampled.clone()).shadow(1.0).prepare().await.unwrap();
    let vector = Embedding::of(Toy::ID, vec![3.0, 0.0, 1.0]);
    for _ in 0..5 {
        store.search("7 7 7").explain().await.unwrap();
        store.search("7 7 7").count().await.unwrap();
        store.search("7 7 7").distance_range(..1000.0).await.unwrap();
        store.search(vector.clone()).await.unwrap();
        store.search_all().limit(3).await.unwrap();
    }
    assert!(prepared.overlap().is_empty());
    search_until(&prepared, 3, async |number| search(&store, number).await).await;
    assert!(queries(&sampled) >= 3);
    assert!(sampled.calls().iter().all(|(_, texts)| !texts.contains(&"7 7 7".to_owned())));
    assert_eq!(queries(&model), 0);
}

/// A model that never finishes embedding a query. Counts the calls that began, and those that were dropped.
#[derive(Clone)]
struct Stuck(ModelIdentity, Arc<AtomicUsize>, Arc<AtomicUsize>);

struct GivenUp(Arc<AtomicUsize>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl EmbeddingModel for Stuck {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if role == Role::Query && texts != [PROBE_TEXT] {
            self.1.fetch_add(1, Ordering::SeqCst);
            let _given_up = GivenUp(Arc::clone(&self.2));
            pending::<()>().await;
        }
        other().embed(texts, role).await
    }
}

#[tokio::test]
async fn a_search_does_not_wait_for_the_new_model_and_one_is_repeated_at_a_time() {
    let store = filled(&memory().await, &line(30)).await;
    let model = Stuck(ModelIdentity::new(OTHER, 3), Arc::default(), Arc::default());
    let prepared = store.reembed(model.clone()).shadow(1.0).prepare().await.unwrap();
    let started = Instant::now();
    while model.1.load(Ordering::SeqCst) == 0 {
        search(&store, 3).await;
        assert!(started.elapsed() < Duration::from_secs(120));
    }
    search(&store, 4).await;
    assert_eq!((model.1.load(Ordering::SeqCst), model.2.load(Ordering::SeqCst)), (1, 0), "it still runs");
    assert_eq!(prepared.swap().await.unwrap().embedded, 30);
}

#[tokio::test]
async fn a_share_is_a_number_up_to_one_and_needs_a_store() {
    let db = memory().await;
    let store = filled(&db, &line(3)).await;
    let model = other();
    for share in [0.0, -0.5, 1.5, f64::NAN] {
        let error = store.reembed(model.clone()).shadow(share).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("is not a fraction of the searches"), "{error}");
    }
    let error = db.reembed::<Note>(model.clone()).shadow(0.1).prepare().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.help().unwrap().contains("`Store::reembed`"), "{error}");
    assert_eq!((model.embedded(), columns(&store).await.len()), (0, 5));

    // A re-embedding can also be prepared without a store.
    let prepared = db.reembed::<Note>(model.clone()).prepare().await.unwrap();
    search(&store, 2).await;
    assert_eq!(prepared.swap().await.unwrap().embedded, 3);
}
