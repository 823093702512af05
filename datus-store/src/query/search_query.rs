use std::marker::PhantomData;

use super::VectorQuery;
use crate::model::ModelBinding;
use crate::record::Embedding;

/// What can be searched for in a vector column of model `M`: a text, which is embedded as a query, an [`Embedding`] of
/// that model, or both as a tuple: the text for the words of a hybrid search, the vector for its neighbours.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be searched for in a vector of `{M}`",
    label = "expected a text, or an `Embedding<{M}>`",
    note = "vectors of different models cannot be compared: embed the query with the model of the column",
    note = "a vector computed elsewhere is `Embedding::<Tag>::new(values)?`, or `Embedding::of(\"model id\", values)` where `Dynamic` stands for any model"
)]
pub trait IntoSearchQuery<M> {
    /// The query.
    fn into_query(self) -> SearchQuery<M>;
}

/// A query for a vector column of model `M`.
#[derive(Debug)]
pub struct SearchQuery<M> {
    query: VectorQuery,
    text: Option<String>,
    model: PhantomData<fn() -> M>,
}

impl<M> SearchQuery<M> {
    fn of_text(text: String) -> Self {
        Self { query: VectorQuery::Text(text.clone()), text: Some(text), model: PhantomData }
    }

    fn of_vector(vector: Embedding<M>) -> Self {
        let model = vector.model().to_owned();
        let query = VectorQuery::Vector { model, values: vector.into_values() };
        Self { query, text: None, model: PhantomData }
    }

    /// The untyped query, and the text where there is one.
    pub fn into_untyped(self) -> (VectorQuery, Option<String>) {
        (self.query, self.text)
    }
}

impl<M: ModelBinding> IntoSearchQuery<M> for &str {
    fn into_query(self) -> SearchQuery<M> {
        SearchQuery::of_text(self.to_owned())
    }
}

impl<M: ModelBinding> IntoSearchQuery<M> for &String {
    fn into_query(self) -> SearchQuery<M> {
        self.as_str().into_query()
    }
}

impl<M: ModelBinding> IntoSearchQuery<M> for String {
    fn into_query(self) -> SearchQuery<M> {
        SearchQuery::of_text(self)
    }
}

impl<M: ModelBinding> IntoSearchQuery<M> for Embedding<M> {
    fn into_query(self) -> SearchQuery<M> {
        SearchQuery::of_vector(self)
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
        SearchQuery { text: Some(text.into()), ..SearchQuery::of_vector(vector) }
    }
}

impl<M: ModelBinding, T: Into<String>> IntoSearchQuery<M> for (T, &Embedding<M>) {
    fn into_query(self) -> SearchQuery<M> {
        let (text, vector) = self;
        (text, vector.clone()).into_query()
    }
}
