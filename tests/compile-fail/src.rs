//! The parts that the cases share: a store whose methods are never called, and two models. `main.rs` runs the cases in
//! `cases` and `pass`.

use std::marker::PhantomData;

use datus_store::model::{
    EmbeddingModel, IntoModels, ModelBinding, ModelFor, ModelIdentity, ModelTag, Role, async_trait,
};
use datus_store::query::{
    ByText, Hits, IntoKey, IntoSearchQuery, IntoText, Records, Search, SearchAll, VectorCol,
};
use datus_store::record::{Keyed, Searchable, TextSearchable};
use datus_store::{BoxError, EmbeddingRecord};

/// Places the same bounds on its arguments as `datus_store::Store`, which does not exist without the `store` feature.
#[derive(Debug)]
pub struct Store<R>(PhantomData<R>);

impl<R: EmbeddingRecord> Store<R> {
    /// Has the same bounds as `Database::store`.
    pub fn open(_models: impl IntoModels<R::Models>) -> Self {
        Self(PhantomData)
    }

    /// Has the same bounds as `Store::search_all`.
    pub fn search_all(&self) -> SearchAll<R> {
        unreachable!()
    }

    /// Has the same bounds as `Store::search`.
    pub fn search<Q>(&self, _query: Q) -> Search<R>
    where
        R: Searchable,
        Q: IntoSearchQuery<R::Model>,
    {
        unreachable!()
    }

    /// Has the same bounds as `Store::search_text`.
    pub fn search_text<T>(&self, _query: impl FnOnce(R::Texts) -> T) -> Search<R, Hits<Records>, ByText>
    where
        R: TextSearchable,
        T: IntoText<R>,
    {
        unreachable!()
    }

    /// Has the same bounds as `Store::similar_to`.
    pub fn similar_to<K>(&self, _key: K) -> Search<R>
    where
        R: Searchable + Keyed,
        R::Model: ModelBinding,
        K: IntoKey<R::Key>,
    {
        unreachable!()
    }
}

impl<R: Searchable> Store<R> {
    /// Has the same bounds as `Store::vector`.
    pub fn vector<M>(&self, _vector: impl FnOnce(R::Vectors) -> VectorCol<R, M>) -> VectorSearch<R, M> {
        unreachable!()
    }
}

/// Stands in for `datus_store::VectorSearch`.
#[derive(Debug)]
pub struct VectorSearch<R, M>(PhantomData<(R, M)>);

impl<R: Searchable, M> VectorSearch<R, M> {
    /// Has the same bounds as `VectorSearch::search`.
    pub fn search(self, _query: impl IntoSearchQuery<M>) -> Search<R> {
        unreachable!()
    }
}

/// The tag of one model.
#[derive(Debug)]
pub struct MiniLm;

impl ModelTag for MiniLm {
    const ID: &'static str = "mini-lm";
    const DIMENSION: usize = 384;
}

/// The tag of another model, whose vectors have the same dimension.
#[derive(Debug)]
pub struct Bge;

impl ModelTag for Bge {
    const ID: &'static str = "bge";
    const DIMENSION: usize = 384;
}

/// The model for the [`Bge`] tag.
#[derive(Debug)]
pub struct BgeModel(pub ModelIdentity);

#[async_trait]
impl EmbeddingModel for BgeModel {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    async fn embed(&self, _texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        Ok(Vec::new())
    }
}

impl ModelFor<Bge> for BgeModel {}
