//! Pages that are longer than an item's documentation: one a subject, each with examples that run.

/// Adding, upserting, syncing, updating and deleting rows.
#[doc = include_str!("guide/writing.md")]
pub mod writing {}

/// Neural models on this machine: sentence transformers on candle or ONNX Runtime.
#[doc = include_str!("guide/local_models.md")]
pub mod local_models {}
