//! Private text and rerankers that send text to another machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datus_store::rerank::{Candidate, Formula, Mmr, Needs, Ranked, RerankQuery, Reranker, async_trait};
use datus_store::{BoxError, Embedding, EmbeddingRecord, Error, ErrorKind, Store, search_all_of};

use super::super::{line, memory, notes_of};
use crate::support::models::Toy;

/// A reranker behind an endpoint, or on this machine.
#[derive(Debug, Clone)]
struct Endpoint {
    needs: Needs,
    away: bool,
    calls: Arc<AtomicUsize>,
}

impl Endpoint {
    fn new(needs: Needs) -> Self {
        Self { needs, away: true, calls: Arc::default() }
    }

    fn of_texts() -> Self {
        Self::new(Needs::default().with_texts())
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Reranker for Endpoint {
    fn name(&self) -> &str {
        "endpoint"
    }

    fn needs(&self) -> Needs {
        self.needs.clone()
    }

    async fn rerank(&self, _: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Ok(Ranked::by_score(candidates.iter().map(|_| 1.0)))
    }

    fn sends_text_away(&self) -> bool {
        self.away
    }
}

#[derive(Debug, Clone, EmbeddingRecord)]
#[datus(table = "reports")]
struct Report {
    #[datus(key)]
    id: i64,
    #[datus(fts)]
    title: String,
    #[datus(embed(metric = l2), fts, private)]
    text: String,
    #[datus(private)]
    author: String,
    city: String,
}

async fn reports() -> Store<Report> {
    let store: Store<Report> = memory().await.store(Toy::new()).await.unwrap();
    let report = |id: i64| Report {
        id,
        title: "Title of a report".into(),
        text: format!("{id} 0 1 secret"),
        author: "Ann".into(),
        city: "Oslo".into(),
    };
    store.add((0..4).map(report)).await.unwrap();
    store.create_indexes().await.unwrap();
    store
}

fn point() -> Embedding {
    Embedding::of(Toy::ID, [1.0, 0.0, 1.0])
}

fn refused(error: &Error, column: &str) {
    assert_eq!((error.kind(), error.table()), (ErrorKind::Reranker, Some("reports")), "{error}");
    assert_eq!(error.column(), Some(column), "{error}");
    assert!(error.message().starts_with("the text is private, but the reranker `"), "{error}");
    assert!(error.help().unwrap().contains("`#[datus(private)]`"), "{error}");
}

#[tokio::test]
async fn a_private_text_is_not_sent_to_a_reranker() {
    let store = reports().await;
    let by = Endpoint::of_texts();
    for error in [
        store.search("1 0 1").rerank(by.clone()).await.unwrap_err(),
        store.search("1 0 1").rerank(by.clone()).select(|t| t.id).await.unwrap_err(),
        store.search("1 0 1").rerank(by.clone()).count().await.unwrap_err(),
        store.search("1 0 1").rerank(by.clone()).with_receipt().await.unwrap_err(),
        store.similar_to(1).rerank(by.clone()).await.unwrap_err(),
        store.search(("secret", point())).hybrid().rerank(by.clone()).await.unwrap_err(),
        store.search("secret").full_text().rerank(by.clone()).await.unwrap_err(),
        store.search_text(|t| t.text.matches("secret")).rerank(by.clone()).await.unwrap_err(),
        store.search_text(|t| t.title.with(t.text).matches("report")).rerank(by.clone()).await.unwrap_err(),
    ] {
        refused(&error, "text");
        assert!(error.message().contains("`endpoint`"), "{error}");
    }
    // A reranker on top of the endpoint sends the texts too.
    for error in [
        store.search("1 0 1").rerank(Mmr::default().with_relevance(by.clone())).await.unwrap_err(),
        store.search("1 0 1").rerank(Formula::relevance().with_relevance(by.clone())).await.unwrap_err(),
        store.search("1 0 1").rerank(Arc::new(by.clone())).await.unwrap_err(),
    ] {
        refused(&error, "text");
    }
    assert_eq!(by.calls(), 0);
}

#[tokio::test]
async fn a_private_column_is_not_sent_to_a_reranker() {
    let store = reports().await;
    let t = Report::columns();
    let by = Endpoint::new(Needs::default().with_column(t.city).with_column(t.author));
    refused(&store.search("1 0 1").rerank(by.clone()).await.unwrap_err(), "author");
    let by_city = Endpoint::new(Needs::default().with_column(t.city));
    assert_eq!(store.search("1 0 1").rerank(by_city.clone()).await.unwrap().len(), 4);
    assert_eq!((by.calls(), by_city.calls()), (0, 1));
}

#[tokio::test]
async fn one_private_field_makes_the_text_of_a_template_private() {
    #[derive(Debug, EmbeddingRecord)]
    #[datus(table = "reports")]
    struct Patient {
        #[datus(private)]
        name: String,
        #[datus(embed(template = "{notes} {name}"))]
        notes: String,
    }

    let store: Store<Patient> = memory().await.store(Toy::new()).await.unwrap();
    store.add([Patient { name: "Ann".into(), notes: "1 0 1".into() }]).await.unwrap();
    let by = Endpoint::of_texts();
    let error = store.search("1 0 1").rerank(by.clone()).await.unwrap_err();
    refused(&error, "name");
    let both = (store.search("1 0 1"), store.search("1 0 1"));
    refused(&search_all_of(both).rerank(by.clone()).await.unwrap_err(), "name");
    assert_eq!(by.calls(), 0);
    let local = Endpoint { away: false, ..by };
    let found = store.search("1 0 1").rerank(local).await.unwrap();
    assert_eq!((found[0].record.name.as_str(), found[0].record.notes.as_str()), ("Ann", "1 0 1"));
}

#[tokio::test]
async fn a_reranker_reads_what_it_may_read() {
    let store = reports().await;
    let away = Endpoint::of_texts();
    // The title is not private, and a reranker on this machine may read everything.
    let by_title = || store.search_text(|t| t.title.matches("report"));
    assert_eq!(by_title().rerank(away.clone()).await.unwrap().len(), 4);
    assert_eq!(away.calls(), 1);
    let local = Endpoint { away: false, ..Endpoint::of_texts() };
    assert_eq!(store.search("1 0 1").rerank(local.clone()).await.unwrap().len(), 4);
    assert_eq!(local.calls(), 1);
    // Ranks and scores contain no text.
    let ranks = Endpoint::new(Needs::default());
    let hybrid = store.search(("secret", point())).hybrid().text_query(|t| t.text);
    assert_eq!(hybrid.rerank(ranks.clone()).await.unwrap().len(), 4);
    assert_eq!(ranks.calls(), 1);
}

#[tokio::test]
async fn a_search_over_several_stores_does_not_send_a_private_text() {
    let (notes, reports) = (notes_of(&line(3)).await, reports().await);
    let by = Endpoint::of_texts();
    let private = [
        search_all_of((notes.search("1 0 1"), reports.search("1 0 1"))).rerank(by.clone()).await.unwrap_err(),
        search_all_of((notes.search(("secret", point())), reports.search("secret").full_text()))
            .rerank(by.clone())
            .await
            .unwrap_err(),
        search_all_of((notes.search(("secret", point())), reports.search_text(|t| t.text.matches("secret"))))
            .rerank(by.clone())
            .await
            .unwrap_err(),
    ];
    for error in private {
        refused(&error, "text");
        assert_eq!(error.operation(), Some("search_all_of"));
        assert!(error.message().ends_with("(search 2 of 2)"), "{error}");
    }
    assert_eq!(by.calls(), 0);

    let searches = || {
        let reports = reports.search_text(|t| t.title.matches("report"));
        (notes.search(("report", point())), reports)
    };
    assert_eq!(search_all_of(searches()).rerank(by.clone()).await.unwrap().len(), 7);
    assert_eq!(by.calls(), 1);
    let local = Endpoint { away: false, ..by };
    let searches = (notes.search("1 0 1"), reports.search("1 0 1"));
    assert_eq!(search_all_of(searches).rerank(local).await.unwrap().len(), 7);
}
