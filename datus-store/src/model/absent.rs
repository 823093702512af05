//! Stands in for the model of a table that was opened without it.

use std::fmt;

use super::{EmbeddingModel, ModelIdentity, Role, async_trait};
use crate::error::{BoxError, Error, ErrorKind};

/// A model with the identity that a table stores. It embeds nothing.
pub(crate) struct AbsentModel(pub(crate) ModelIdentity);

#[async_trait]
impl EmbeddingModel for AbsentModel {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    async fn embed(&self, _texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        Err(Box::new(Absent(self.0.id.clone())))
    }
}

/// The error returned by an [`AbsentModel`]. It contains the id of the model.
#[derive(Debug)]
pub(super) struct Absent(String);

impl Absent {
    pub(super) fn into_error(self) -> Error {
        let message =
            format!("a text has to be embedded, but the table was opened without its model `{}`", self.0);
        Error::new(ErrorKind::Model, message)
            .with_help("open the table with the model instead of `NoModel`: `db.store(model).await`")
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the model `{}` is absent", self.0)
    }
}

impl std::error::Error for Absent {}
