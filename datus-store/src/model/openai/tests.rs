//! The model against a real HTTP server, which each test scripts.

mod answers;
mod build;
mod excess;
pub(super) mod hostile;
mod large;
mod limits;
mod retries;
mod secrets;
mod server;

use std::error::Error as StdError;

use super::{OpenAiBuilder, OpenAiModel};
use crate::error::BoxError;
use server::Server;

/// A model of two dimensions on a server.
fn on(server: &Server) -> OpenAiBuilder {
    OpenAiModel::builder("toy").base_url(server.url()).dimension(2)
}

/// An error with all its causes, as people print them.
fn chain(error: &BoxError) -> String {
    let mut shown = error.to_string();
    let mut cause: Option<&dyn StdError> = error.source();
    while let Some(error) = cause {
        shown.push_str(&format!(": {error}"));
        cause = error.source();
    }
    shown
}
