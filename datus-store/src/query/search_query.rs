use std::marker::PhantomData;

use super::VectorQuery;
use crate::model::ModelBinding;
use crate::record::Embedding;

/// A type that converts to a query on a vector column of model `M`: text (embedded as a query), an [`Embedding`] of that
/// model, or a tuple of both. A hybrid search uses the text of a tuple for its full-text leg and the vector for its vector
/// leg.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be searched for in a vector of `{M}`",
    label = "expected text, or an `Embedding<{M}>`",
    note = "vectors of different models cannot be compared: embed the query with the model of the column",
    note = "create the embedding with `Embedding::<Tag>::new(values)?`, with `Embedding::of(\"model id\", values)` for a model of type `Dynamic`, or with `Embedding::multi(\"model id\", vectors)?` for `Multi`"
)]
pub trait IntoSearchQuery<M> {
    /// Converts the value to a query.
    fn into_query(self) -> SearchQuery<M>;
}

/// A query on a vector column of model `M`.
#[derive(Debug)]
pub struct SearchQuery<M> {
    query: VectorQuery,
    text: Option<String>,
    model: PhantomData<fn() -> M>,
}

impl<M> SearchQuery<M> {
    fn from_text(text: String) -> Self {
        Self { query: VectorQuery::Text(text.clone()), text: Some(text), model: PhantomData }
    }

    fn from_vector(vector: Embedding<M>) -> Self {
        let model = vector.model().to_owned();
        let dimension = vector.dimension();
        let query = VectorQuery::Vector { model, values: vector.into_values(), dimension };
        Self { query, text: None, model: PhantomData }
    }

    /// Converts the query into an untyped one and its text, which is `None` for a vector.
    pub fn into_untyped(self) -> (VectorQuery, Option<String>) {
        (self.query, self.text)
    }
}

impl<M: ModelBinding> IntoSearchQuery<M> for &str {
    fn into_query(self) -> SearchQuery<M> {
        SearchQuery::from_text(self.to_owned())
    }
}

impl<M: ModelBinding> IntoSearchQuery<M> for &String {
    fn into_query(self) -> SearchQuery<M> {
        self.as_str().into_query()
    }
}

impl<M: ModelBinding> IntoSearchQuery<M> for String {
    fn into_query(self) -> SearchQuery<M> {
        SearchQuery::from_text(self)
    }
}

impl<M: ModelBinding> IntoSearchQuery<M> for Embedding<M> {
    fn into_query(self) -> SearchQuery<M> {
        SearchQuery::from_vector(self)
    }
}

impl<M: ModelBinding> IntoSearchQuery<M> for &Embedding<M> {
    fn into_query(self) -> SearchQuery<M> {
        self.clone().into_query()
    }
}

impl<M: ModelBinding, T: Into<String>> IntoSearchQuery<M> for (T, Embedding<M>) {
    fn into_query(self) -> SearchQuery<M> {
        let (text, vector) = self;
        SearchQuery { text: Some(text.into()), ..SearchQuery::from_vector(vector) }
    }
}

impl<M: ModelBinding, T: Into<String>> IntoSearchQuery<M> for (T, &Embedding<M>) {
    fn into_query(self) -> SearchQuery<M> {
        let (text, vector) = self;
        (text, vector.clone()).into_query()
    }
}
