/// The kind of similarity that a model's vectors measure.
///
/// [`EmbeddingModel::kind`](super::EmbeddingModel::kind) returns it. It is not part of the
/// [identity](super::ModelIdentity) and is not stored. A hybrid search uses it to weight its legs; see
/// [`ConvexCombination`](crate::rerank::ConvexCombination).
///
/// ```
/// use datus_store::model::{EmbeddingModel, HashingModel, ModelKind};
///
/// assert_eq!(HashingModel::default().kind(), ModelKind::Lexical);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ModelKind {
    /// Texts are similar if they share words or parts of words, as in full-text search.
    Lexical,
    /// Texts are similar if they have a similar meaning, as learned by a neural network. This is the default.
    #[default]
    Neural,
}
