//! Tests the model with a local HTTP server that each test scripts.

mod build;
pub(super) mod hostile;
mod large;
mod limits;
mod responses;
mod retries;
mod secrets;
mod size_limit;

use super::{OpenAiBuilder, OpenAiModel};
use crate::model::http::tests::{chain, server};
use server::Server;

/// Returns a builder for a model with two dimensions on the server.
fn on(server: &Server) -> OpenAiBuilder {
    OpenAiModel::builder("toy").base_url(server.url()).dimension(2)
}
