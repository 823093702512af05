//! Which models a record may be embedded with, as types.

use std::sync::Arc;

use super::{EmbeddingModel, ModelIdentity};
use crate::error::{Error, ErrorKind, Result};

/// A model known at compile time: what `#[datus(embed(model = …))]` names.
///
/// Implement it on a marker, or on the model's own type, and say [`ModelFor`] which models are the tag's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "`model = …` names a type that implements `ModelTag`",
    note = "implement it: `impl ModelTag for {Self} {{ const ID: &'static str = \"…\"; const DIMENSION: usize = …; }}`",
    note = "a plain `#[datus(embed)]` takes its size from the model given when the table is opened"
)]
pub trait ModelTag: Send + Sync + 'static {
    /// The id that the model's identity has.
    const ID: &'static str;
    /// How many values a vector has.
    const DIMENSION: usize;
    /// Whether texts leave this machine to be embedded, as
    /// [`EmbeddingModel::sends_text_away`] says at run time. False by default; say `true` for a model behind an endpoint,
    /// so that embedding a `#[datus(private)]` field with it does not compile.
    const SENDS_TEXT_AWAY: bool = false;
}

/// The binding of a plain `#[datus(embed)]`: any model, chosen when the table is opened.
#[derive(Debug, Clone, Copy)]
pub enum Dynamic {}

/// Stands where a record has more than one vector, so that a search has to name one.
#[derive(Debug, Clone, Copy)]
pub enum SeveralVectors {}

/// A [`ModelTag`], or [`Dynamic`].
#[diagnostic::on_unimplemented(
    message = "this record has more than one vector: say which one is meant",
    label = "several fields have `#[datus(embed)]`",
    note = "name the field: `store.on(|v| v.title).search(\"the question\")`; a full text search needs none: `store.search_text(|t| t.all().matches(\"…\"))`"
)]
pub trait ModelBinding: 'static {}

#[diagnostic::do_not_recommend]
impl ModelBinding for Dynamic {}
#[diagnostic::do_not_recommend]
impl<T: ModelTag> ModelBinding for T {}

/// Says that a model makes the vectors of the tag `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not make vectors of `{T}`",
    label = "the record is embedded with `{T}`",
    note = "pass the model that `#[datus(embed(model = {T}))]` names; a model chosen at run time is checked with `Checked::<{T}>::new(model)?`"
)]
pub trait ModelFor<T: ModelTag>: EmbeddingModel {}

#[diagnostic::do_not_recommend]
impl<M: ModelFor<T> + ?Sized, T: ModelTag> ModelFor<T> for Arc<M> {}

/// The models that open the store of a record: one model, a tuple where the record names several, `()` where it has
/// no vector. `S` is the tuple of the record's bindings.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what this record is embedded with",
    label = "expected a model for each of `{S}`",
    note = "pass the model that `#[datus(embed(model = …))]` names; one that is chosen at run time as `Checked::<Tag>::new(model)?`",
    note = "`Dynamic` stands for any model, `()` for a record without `#[datus(embed)]`; pass `(a, b)` where fields name different models"
)]
pub trait IntoModels<S> {
    /// The models in the record's order.
    ///
    /// # Errors
    /// `Model` when a model's identity is not the one of its tag.
    fn into_models(self) -> Result<Vec<Arc<dyn EmbeddingModel>>>;
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
impl<M: ModelFor<T> + 'static, T: ModelTag> IntoModels<(T,)> for M {
    fn into_models(self) -> Result<Vec<Arc<dyn EmbeddingModel>>> {
        check_tag::<T>(self.identity())?;
        Ok(vec![Arc::new(self)])
    }
}

/// Fails for a model that is not the one of the tag.
pub(super) fn check_tag<T: ModelTag>(model: &ModelIdentity) -> Result<()> {
    if model.id == T::ID && model.dimension == T::DIMENSION {
        return Ok(());
    }
    let message = format!(
        "the record is embedded with `{}` ({} dimensions), this model is {model}",
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
        }
    };
}

model_tuples!(A SA 0, B SB 1);
model_tuples!(A SA 0, B SB 1, C SC 2);
model_tuples!(A SA 0, B SB 1, C SC 2, D SD 3);
