//! Tests the reranker with a local HTTP server that each test scripts.

mod build;
mod failures;
mod requests;
mod responses;
mod secrets;

use super::{RemoteReranker, RemoteRerankerBuilder};
use crate::BoxError;
use crate::error::{Error, ErrorKind};
use crate::model::http::tests::chain;
use crate::model::http::tests::server::{Reply, Request, Server};
use crate::rerank::{Candidate, RerankQuery, Reranker};

/// Returns a builder for a reranker on the server.
fn on(server: &Server) -> RemoteRerankerBuilder {
    RemoteReranker::builder("toy").base_url(server.url())
}

/// Starts a server that first sends these replies, and then scores.
async fn replying(replies: Vec<Reply>) -> Server {
    Server::start(move |request, number| {
        replies.get(number).cloned().unwrap_or_else(|| Reply::scores(request))
    })
    .await
}

/// Ranks the texts. Returns the position and score of each text, best first.
async fn rank(reranker: &RemoteReranker, texts: &[&str]) -> Result<Vec<(usize, f32)>, BoxError> {
    let candidates: Vec<Candidate> = texts.iter().map(|text| Candidate::default().with_text(*text)).collect();
    let query = RerankQuery::default().with_text("a query");
    // Searches check every ranking in this way.
    let ranking = crate::rerank::checked_ranking(reranker, &query, &candidates).await?;
    Ok(ranking.into_iter().map(|ranked| (ranked.candidate, ranked.score)).collect())
}

/// Ranks two texts, and returns the messages of the error chain.
async fn error(reranker: &RemoteReranker) -> String {
    let error = rank(reranker, &["a", "bb"]).await.unwrap_err();
    assert_eq!(error.downcast_ref::<Error>().map(Error::kind), Some(ErrorKind::Reranker), "{error}");
    chain(&error)
}
