//! Tests the model with a local HTTP server that each test scripts.

mod build;
pub(super) mod hostile;
mod large;
mod limits;
mod responses;
mod retries;
mod secrets;
mod server;
mod size_limit;

use std::error::Error as StdError;

use super::{OpenAiBuilder, OpenAiModel};
use crate::error::BoxError;
use server::Server;

/// Returns a builder for a model with two dimensions on the server.
fn on(server: &Server) -> OpenAiBuilder {
    OpenAiModel::builder("toy").base_url(server.url()).dimension(2)
}

/// Returns the messages of an error and all its causes.
fn chain(error: &BoxError) -> String {
    let mut shown = error.to_string();
    let mut cause: Option<&dyn StdError> = error.source();
    while let Some(error) = cause {
        shown.push_str(&format!(": {error}"));
        cause = error.source();
    }
    shown
}
