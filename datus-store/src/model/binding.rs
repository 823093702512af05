//! Binds a record to its embedding models at the type level.

use std::sync::Arc;

use super::multi::FlatModel;
use super::{EmbeddingModel, ModelIdentity, MultiEmbeddingModel};
use crate::error::{Error, ErrorKind, Result};

/// A model that is fixed at compile time by `#[datus(embed(model = …))]`.
///
/// Implement this trait for a marker type, or for the type of the model itself. Implement [`ModelFor`] for each model type
/// that produces vectors for this tag.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "`model = …` names a type that implements `ModelTag`",
    note = "implement it: `impl ModelTag for {Self} {{ const ID: &'static str = \"…\"; const DIMENSION: usize = …; }}`",
    note = "a plain `#[datus(embed)]` uses the dimension of the model that the table is opened with"
)]
pub trait ModelTag: Send + Sync + 'static {
    /// The [`id`](ModelIdentity::id) of the model.
    const ID: &'static str;
    /// The number of values in a vector.
    const DIMENSION: usize;
    /// `true` if texts leave this machine to be embedded, as [`EmbeddingModel::sends_text_away`] reports at run time.
    /// The default is `false`. Set it to `true` for a model behind an endpoint: then embedding a `#[datus(private)]`
    /// field with this model does not compile.
    const SENDS_TEXT_AWAY: bool = false;
}

/// The binding of a plain `#[datus(embed)]`, which accepts any model when the table is opened.
#[derive(Debug, Clone, Copy)]
pub enum Dynamic {}

/// The binding of `#[datus(embed(multi))]`, which accepts any [`MultiEmbeddingModel`] when the table is opened.
#[derive(Debug, Clone, Copy)]
pub enum Multi {}

/// The binding of a record with several vectors, whose searches must name one of them.
#[derive(Debug, Clone, Copy)]
pub enum SeveralVectors {}

/// A [`ModelTag`], [`Dynamic`] or [`Multi`].
#[diagnostic::on_unimplemented(
    message = "this record has several vectors: name the one to search",
    label = "several fields have `#[datus(embed)]`",
    note = "name the field: `store.vector(|v| v.title).search(\"the question\")`; full-text search needs no vector: `store.search_text(|t| t.all().matches(\"…\"))`"
)]
pub trait ModelBinding: 'static {}

#[diagnostic::do_not_recommend]
impl ModelBinding for Dynamic {}
#[diagnostic::do_not_recommend]
impl ModelBinding for Multi {}
#[diagnostic::do_not_recommend]
impl<T: ModelTag> ModelBinding for T {}

/// Declares that a model type produces the vectors for the tag `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not produce vectors of `{T}`",
    label = "the record is embedded with `{T}`",
    note = "pass the model that `#[datus(embed(model = {T}))]` names; wrap a model chosen at run time in `Checked::<{T}>::new(model)?`"
)]
pub trait ModelFor<T: ModelTag>: EmbeddingModel {}

#[diagnostic::do_not_recommend]
impl<M: ModelFor<T> + ?Sized, T: ModelTag> ModelFor<T> for Arc<M> {}

/// The models of a record, in the order of its bindings. A model is `None` if the table is opened without it.
pub type AvailableModels = Vec<Option<Arc<dyn EmbeddingModel>>>;

/// The models that the store of a record is opened with.
///
/// Pass one model, a tuple if the record names several, or `()` if it has no vector. [`NoModel`](super::NoModel) stands in for
/// any of them. `S` is the tuple of the record's bindings.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not match the models of this record",
    label = "expected one model for each of `{S}`",
    note = "pass the model that `#[datus(embed(model = …))]` names; wrap a model chosen at run time in `Checked::<Tag>::new(model)?`",
    note = "`Dynamic` accepts any model, and `()` is for a record without `#[datus(embed)]`; pass `(a, b)` if fields name different models",
    note = "`Multi` accepts a model with several vectors for a text: `model.passages()` turns any model into one"
)]
pub trait IntoModels<S> {
    /// Returns the models in the order of the record's bindings.
    ///
    /// # Errors
    /// Fails with `Model` if the id or dimension of a model differs from its tag.
    fn into_models(self) -> Result<Vec<Arc<dyn EmbeddingModel>>>;

    /// Returns the models in the order of the record's bindings, with `None` in place of a [`NoModel`](super::NoModel).
    ///
    /// # Errors
    /// Returns the same errors as [`into_models`](Self::into_models).
    fn into_available_models(self) -> Result<AvailableModels>
    where
        Self: Sized,
    {
        Ok(self.into_models()?.into_iter().map(Some).collect())
    }
}

#[diagnostic::do_not_recommend]
impl IntoModels<()> for () {
    fn into_models(self) -> Result<Vec<Arc<dyn EmbeddingModel>>> {
        Ok(Vec::new())
    }
}

#[diagnostic::do_not_recommend]
impl<M: EmbeddingModel + 'static> IntoModels<(Dynamic,)> for M {
    fn into_models(self) -> Result<Vec<Arc<dyn EmbeddingModel>>> {
        Ok(vec![Arc::new(self)])
    }
}

#[diagnostic::do_not_recommend]
impl<M: MultiEmbeddingModel + 'static> IntoModels<(Multi,)> for M {
    fn into_models(self) -> Result<Vec<Arc<dyn EmbeddingModel>>> {
        Ok(vec![Arc::new(FlatModel(self))])
    }
}

#[diagnostic::do_not_recommend]
impl<M: EmbeddingModel + ModelFor<T> + 'static, T: ModelTag> IntoModels<(T,)> for M {
    fn into_models(self) -> Result<Vec<Arc<dyn EmbeddingModel>>> {
        check_tag::<T>(self.identity())?;
        Ok(vec![Arc::new(self)])
    }
}

/// The bindings of a record that the compiler has not inferred yet, as in `db.store(())` before the type of the store is known.
#[derive(Debug)]
pub enum Undecided {}

/// Adds a second implementation of the trait for `()`. With only one, the compiler would conclude that the bindings are `()`
/// and report a mismatch of associated types. With two, it waits for the record and prints the message of the trait.
#[diagnostic::do_not_recommend]
impl<M> IntoModels<Undecided> for M {
    fn into_models(self) -> Result<Vec<Arc<dyn EmbeddingModel>>> {
        Err(Error::new(ErrorKind::Model, "the record of the store is not known"))
    }
}

/// Checks that the id and dimension of a model match the tag.
pub(super) fn check_tag<T: ModelTag>(model: &ModelIdentity) -> Result<()> {
    if model.id == T::ID && model.dimension == T::DIMENSION {
        return Ok(());
    }
    let message = format!(
        "the record is embedded with `{}` ({} dimensions), but the given model is {model}",
        T::ID,
        T::DIMENSION
    );
    Err(Error::new(ErrorKind::Model, message).with_help("pass the model that the record names"))
}

macro_rules! model_tuples {
    ($($model:ident $slot:ident $index:tt),+) => {
        #[diagnostic::do_not_recommend]
        impl<$($model, $slot),+> IntoModels<($($slot,)+)> for ($($model,)+)
        where
            $($model: IntoModels<($slot,)>),+
        {
            fn into_models(self) -> Result<Vec<Arc<dyn EmbeddingModel>>> {
                let mut models = Vec::new();
                $(models.extend(self.$index.into_models()?);)+
                Ok(models)
            }

            fn into_available_models(self) -> Result<AvailableModels> {
                let mut models = Vec::new();
                $(models.extend(self.$index.into_available_models()?);)+
                Ok(models)
            }
        }
    };
}

model_tuples!(A SA 0, B SB 1);
model_tuples!(A SA 0, B SB 1, C SC 2);
model_tuples!(A SA 0, B SB 1, C SC 2, D SD 3);
