//! Opens tables without their models.

use std::sync::Arc;

use super::{AvailableModels, Dynamic, EmbeddingModel, IntoModels, ModelTag, Multi};
use crate::error::{Error, ErrorKind, Result};

/// Opens a table without its embedding model: `db.store(NoModel)`.
///
/// Use it when the model is down, not installed, or not needed. Every operation that does not embed text works: reading,
/// filters, counts, full-text search, deletes, maintenance, indexes, a search with a given vector, `similar_to`, and writes
/// of rows that already have vectors or whose texts have not changed. A text that has to be embedded is an error of kind
/// [`Model`](crate::ErrorKind::Model), and nothing is written. A search never falls back to another kind of search.
///
/// The model that the table names is neither checked nor changed. A missing table is not created, because the size of
/// its vectors is unknown without the model. In a tuple, `NoModel` stands in for one of several models:
/// `(model, NoModel)`.
///
/// A hybrid search accepts the query text together with its vector: `(text, vector)`. Its default order depends on the
/// [kind](super::EmbeddingModel::kind) of the model. Tables do not store the kind, so the order is the default for a neural
/// model. Set the order with `.rerank(…)` if the model is lexical.
///
#[cfg_attr(feature = "store", doc = "```")]
#[cfg_attr(not(feature = "store"), doc = "```text")]
/// use datus_store::model::{HashingModel, NoModel};
/// use datus_store::{Database, EmbeddingRecord, ErrorKind, Store};
///
/// #[derive(Debug, EmbeddingRecord)]
/// struct Note {
///     #[datus(key)]
///     id: i64,
///     #[datus(embed)]
///     text: String,
/// }
///
/// # datus_store::block_on(async {
/// let db = Database::connect("memory://").await?;
/// let notes: Store<Note> = db.store(HashingModel::default()).await?;
/// notes.add([Note { id: 1, text: "water the plants".into() }]).await?;
///
/// let notes: Store<Note> = db.store(NoModel).await?;
/// assert_eq!(notes.search_all().id(1).count().await?, 1);
/// let error = notes.search("plants").await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Model);
/// # Ok::<(), datus_store::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoModel;

impl NoModel {
    /// Returns the error for an operation that needs every model of the table.
    fn error() -> Error {
        Error::new(ErrorKind::Model, "the operation embeds texts, but the store has no model for them")
            .with_help("pass the model instead of `NoModel`")
    }
}

#[diagnostic::do_not_recommend]
impl IntoModels<()> for NoModel {
    fn into_models(self) -> Result<Vec<Arc<dyn EmbeddingModel>>> {
        Ok(Vec::new())
    }
}

#[diagnostic::do_not_recommend]
impl IntoModels<(Dynamic,)> for NoModel {
    fn into_models(self) -> Result<Vec<Arc<dyn EmbeddingModel>>> {
        Err(Self::error())
    }

    fn into_available_models(self) -> Result<AvailableModels> {
        Ok(vec![None])
    }
}

#[diagnostic::do_not_recommend]
impl IntoModels<(Multi,)> for NoModel {
    fn into_models(self) -> Result<Vec<Arc<dyn EmbeddingModel>>> {
        Err(Self::error())
    }

    fn into_available_models(self) -> Result<AvailableModels> {
        Ok(vec![None])
    }
}

#[diagnostic::do_not_recommend]
impl<T: ModelTag> IntoModels<(T,)> for NoModel {
    fn into_models(self) -> Result<Vec<Arc<dyn EmbeddingModel>>> {
        Err(Self::error())
    }

    fn into_available_models(self) -> Result<AvailableModels> {
        Ok(vec![None])
    }
}

macro_rules! no_models {
    ($($slot:ident),+) => {
        #[diagnostic::do_not_recommend]
        impl<$($slot),+> IntoModels<($($slot,)+)> for NoModel
        where
            $(Self: IntoModels<($slot,)>),+
        {
            fn into_models(self) -> Result<Vec<Arc<dyn EmbeddingModel>>> {
                Err(Self::error())
            }

            fn into_available_models(self) -> Result<AvailableModels> {
                let mut models = Vec::new();
                $(models.extend(<Self as IntoModels<($slot,)>>::into_available_models(self)?);)+
                Ok(models)
            }
        }
    };
}

no_models!(A, B);
no_models!(A, B, C);
no_models!(A, B, C, D);

/// Returns the models if all of them are available.
///
/// # Errors
/// Fails with `Model` otherwise.
#[cfg(feature = "store")]
pub(crate) fn all_available(models: AvailableModels) -> Result<Vec<Arc<dyn EmbeddingModel>>> {
    models.into_iter().collect::<Option<_>>().ok_or_else(NoModel::error)
}
