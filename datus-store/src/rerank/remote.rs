//! A reranker behind a `/rerank` endpoint.

mod api;
mod builder;
mod request;
mod reranker;
mod response;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;

pub use api::RerankApi;
pub use builder::RemoteRerankerBuilder;
pub use reranker::RemoteReranker;
