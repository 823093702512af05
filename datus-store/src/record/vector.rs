use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{EmbeddingRecord, Searchable};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Dynamic, ModelBinding, ModelTag};

/// A vector, and the model that made it.
///
/// `M` is the compile-time tag of the model, or [`Dynamic`] where the model is chosen at run time. A vector of one
/// tag does not type-check where another is wanted; a dynamic one is compared by model id when it is used.
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
    tag: PhantomData<fn() -> M>,
}

impl Embedding<Dynamic> {
    /// A vector made by the model of this id.
    pub fn of(model: impl Into<Arc<str>>, values: impl Into<Vec<f32>>) -> Self {
        Self { model: model.into(), values: values.into(), tag: PhantomData }
    }
}

impl<M: ModelTag> Embedding<M> {
    /// A vector made by the model of the tag.
    ///
    /// # Errors
    /// `InvalidInput` when the number of values is not [`ModelTag::DIMENSION`].
    pub fn new(values: impl Into<Vec<f32>>) -> Result<Self> {
        let values = values.into();
        if values.len() != M::DIMENSION {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!(
                    "a vector of model `{}` has {} values, this one has {}",
                    M::ID,
                    M::DIMENSION,
                    values.len()
                ),
            ));
        }
        Ok(Self { model: M::ID.into(), values, tag: PhantomData })
    }
}

impl<M> Embedding<M> {
    /// The id of the model.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The components.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The components, owned.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// Forgets the compile-time tag; the model's id stays.
    pub fn into_dynamic(self) -> Embedding<Dynamic> {
        Embedding { model: self.model, values: self.values, tag: PhantomData }
    }
}

impl<M> Clone for Embedding<M> {
    fn clone(&self) -> Self {
        Self { model: Arc::clone(&self.model), values: self.values.clone(), tag: PhantomData }
    }
}

impl<M> PartialEq for Embedding<M> {
    fn eq(&self, other: &Self) -> bool {
        self.model == other.model && self.values == other.values
    }
}

impl<M> fmt::Debug for Embedding<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Embedding({}, {} values)", self.model, self.values.len())
    }
}

/// A record together with its vectors, in order of declaration.
///
/// Read with `.with_vectors()`, where a vector is `None` for a row without text. Written with
/// [`Store::add`](crate::Store::add), where `None` means that the store embeds the text, and a vector of another
/// model or size is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded<R> {
    /// The record.
    pub record: R,
    /// Its vectors, one for each `#[datus(embed)]` field.
    pub vectors: Vec<Option<Embedding>>,
}

impl<R: Searchable> Embedded<R> {
    /// A record with the vector of its only `#[datus(embed)]` field, computed elsewhere.
    pub fn new(record: R, vector: Embedding<R::Model>) -> Self
    where
        R::Model: ModelBinding,
    {
        Self { record, vectors: vec![Some(vector.into_dynamic())] }
    }
}

impl<R> Embedded<R> {
    /// The vector of the first `#[datus(embed)]` field; `None` for a row without text.
    pub fn vector(&self) -> Option<&[f32]> {
        self.vectors.first()?.as_ref().map(Embedding::values)
    }
}

/// What can be written as a row of `R`: an `R`, an [`Embedded<R>`], or a reference to either.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row of `{R}`",
    label = "expected `{R}` or `Embedded<{R}>`"
)]
pub trait IntoRow<R>: Send {
    /// The record, and vectors where the caller brings them.
    fn row(&self) -> WriteRow<'_, R>;
}

/// A row on its way to the table.
#[derive(Debug)]
pub struct WriteRow<'a, R> {
    /// The record.
    pub record: &'a R,
    /// The vectors that the caller brings; empty where there are none.
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
