use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{EmbeddingRecord, Searchable};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Dynamic, ModelBinding, ModelTag, Multi};

/// A vector and the id of the model that computed it.
///
/// `M` is the compile-time tag of the model, or [`Dynamic`] if the model is chosen at run time. The compiler rejects a
/// vector with the wrong tag. For a dynamic vector, the store compares the model id at run time.
///
/// ```
/// use datus_store::{Embedding, model::ModelTag};
///
/// struct Tiny;
/// impl ModelTag for Tiny {
///     const ID: &'static str = "tiny";
///     const DIMENSION: usize = 3;
/// }
///
/// let vector = Embedding::<Tiny>::new(vec![0.0, 0.6, 0.8])?;
/// assert_eq!(vector.model(), "tiny");
/// assert!(Embedding::<Tiny>::new(vec![0.0; 4]).is_err());
/// # Ok::<(), datus_store::Error>(())
/// ```
pub struct Embedding<M = Dynamic> {
    model: Arc<str>,
    values: Vec<f32>,
    /// The number of vectors, which are concatenated in `values`.
    count: usize,
    tag: PhantomData<fn() -> M>,
}

impl Embedding<Dynamic> {
    /// Creates an embedding from a vector that the model with this id computed.
    pub fn of(model: impl Into<Arc<str>>, values: impl Into<Vec<f32>>) -> Self {
        Self { model: model.into(), values: values.into(), count: 1, tag: PhantomData }
    }

    /// Creates an embedding from the vectors of a row, which are concatenated in `values`.
    pub(crate) fn of_row(model: Arc<str>, values: Vec<f32>, count: usize) -> Self {
        Self { model, values, count, tag: PhantomData }
    }
}

impl Embedding<Multi> {
    /// Creates an embedding for a column with `embed(multi)` from the vectors that the model with this id computed for one
    /// text.
    ///
    /// ```
    /// use datus_store::Embedding;
    ///
    /// let vectors = Embedding::multi("my-model", [vec![1.0, 0.0], vec![0.0, 1.0]])?;
    /// assert_eq!(vectors.vectors().count(), 2);
    /// assert!(Embedding::multi("my-model", [vec![1.0, 0.0], vec![0.0]]).is_err());
    /// # Ok::<(), datus_store::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` if there is no vector, or if the vectors have different sizes.
    pub fn multi(
        model: impl Into<Arc<str>>,
        vectors: impl IntoIterator<Item = impl Into<Vec<f32>>>,
    ) -> Result<Self> {
        let vectors: Vec<Vec<f32>> = vectors.into_iter().map(Into::into).collect();
        let invalid =
            |message: String, help: &str| Err(Error::new(ErrorKind::InvalidInput, message).with_help(help));
        let Some(first) = vectors.first() else {
            return invalid("the embedding contains no vector".to_owned(), "pass one vector or more");
        };
        if let Some(other) = vectors.iter().find(|vector| vector.len() != first.len()) {
            let message = format!("a vector has {} values, but another has {}", first.len(), other.len());
            return invalid(message, "pass vectors of one model");
        }
        let count = vectors.len();
        Ok(Self { model: model.into(), values: vectors.concat(), count, tag: PhantomData })
    }
}

impl<M: ModelTag> Embedding<M> {
    /// Creates an embedding from a vector that the model with the tag `M` computed.
    ///
    /// # Errors
    /// `InvalidInput` when the number of values differs from [`ModelTag::DIMENSION`].
    pub fn new(values: impl Into<Vec<f32>>) -> Result<Self> {
        let values = values.into();
        if values.len() != M::DIMENSION {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!(
                    "a vector of model `{}` has {} values, but this one has {}",
                    M::ID,
                    M::DIMENSION,
                    values.len()
                ),
            ));
        }
        Ok(Self { model: M::ID.into(), values, count: 1, tag: PhantomData })
    }
}

impl<M> Embedding<M> {
    /// Returns the id of the model.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Returns the components. If there are several vectors, their components are concatenated.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Returns the vectors: several for a column with `embed(multi)`, otherwise one.
    pub fn vectors(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.dimension().max(1))
    }

    /// Returns the number of components of each vector.
    pub(crate) fn dimension(&self) -> usize {
        self.values.len() / self.count.max(1)
    }

    /// Converts the embedding into its components.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// Removes the compile-time tag but keeps the id of the model.
    pub fn into_dynamic(self) -> Embedding<Dynamic> {
        Embedding { model: self.model, values: self.values, count: self.count, tag: PhantomData }
    }
}

impl<M> Clone for Embedding<M> {
    fn clone(&self) -> Self {
        let Self { model, values, count, tag } = self;
        Self { model: Arc::clone(model), values: values.clone(), count: *count, tag: *tag }
    }
}

impl<M> PartialEq for Embedding<M> {
    fn eq(&self, other: &Self) -> bool {
        self.model == other.model && self.values == other.values && self.count == other.count
    }
}

impl<M> fmt::Debug for Embedding<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            1 => write!(f, "Embedding({}, {} values)", self.model, self.values.len()),
            count => write!(f, "Embedding({}, {count} vectors of {} values)", self.model, self.dimension()),
        }
    }
}

/// A record together with its vectors, in order of declaration.
///
/// A query with `.with_vectors()` returns this type, with `None` for a row without text. [`Store::add`](crate::Store::add)
/// accepts it: the store embeds the text if a vector is `None`, and rejects a vector of a different model or dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded<R> {
    /// The record.
    pub record: R,
    /// The vectors, one for each `#[datus(embed)]` field.
    pub vectors: Vec<Option<Embedding>>,
}

impl<R: Searchable> Embedded<R> {
    /// Creates a record with a vector for its only `#[datus(embed)]` field.
    pub fn new(record: R, vector: Embedding<R::Model>) -> Self
    where
        R::Model: ModelBinding,
    {
        Self { record, vectors: vec![Some(vector.into_dynamic())] }
    }
}

impl<R> Embedded<R> {
    /// Returns the vector of the first `#[datus(embed)]` field, or `None` for a row without text. With `embed(multi)`, the
    /// vectors are concatenated; see [`Embedding::vectors`].
    pub fn vector(&self) -> Option<&[f32]> {
        self.vectors.first()?.as_ref().map(Embedding::values)
    }
}

/// A type that can be written as a row of `R`: `R`, [`Embedded<R>`], or a reference to either.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row of `{R}`",
    label = "expected `{R}` or `Embedded<{R}>`"
)]
pub trait IntoRow<R>: Send {
    /// Returns the record and the vectors that the caller provides.
    fn row(&self) -> WriteRow<'_, R>;
}

/// A row to write.
#[derive(Debug)]
pub struct WriteRow<'a, R> {
    /// The record.
    pub record: &'a R,
    /// The vectors that the caller provides. Empty if the caller provides none.
    pub vectors: &'a [Option<Embedding>],
}

impl<R: EmbeddingRecord> IntoRow<R> for R {
    fn row(&self) -> WriteRow<'_, R> {
        WriteRow { record: self, vectors: &[] }
    }
}

impl<R: EmbeddingRecord> IntoRow<R> for &R {
    fn row(&self) -> WriteRow<'_, R> {
        WriteRow { record: self, vectors: &[] }
    }
}

impl<R: EmbeddingRecord> IntoRow<R> for Embedded<R> {
    fn row(&self) -> WriteRow<'_, R> {
        WriteRow { record: &self.record, vectors: &self.vectors }
    }
}

impl<R: EmbeddingRecord> IntoRow<R> for &Embedded<R> {
    fn row(&self) -> WriteRow<'_, R> {
        WriteRow { record: &self.record, vectors: &self.vectors }
    }
}

#[cfg(all(test, feature = "derive"))]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
