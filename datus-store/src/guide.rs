//! Pages that are longer than an item's documentation: one a subject, each with examples that run.

/// Adding, upserting, syncing, updating and deleting rows.
#[doc = include_str!("guide/writing.md")]
pub mod writing {}

/// Remote models, decorators, configuration.
#[doc = include_str!("guide/remote_models.md")]
pub mod remote_models {}
