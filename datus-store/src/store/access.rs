//! The types for a store's access to the rows of its table: the parameter `A` of [`Store<R, A>`](crate::Store).
//!
//! | access | store | reads | writes |
//! |---|---|---|---|
//! | [`WholeTable`] | [`Store<R>`](crate::Store), which [`Database::store`](crate::Database::store) opens | all rows, if the record has no scope | yes, if the record has no scope |
//! | [`OneScope`] | [`ScopedStore<R>`](crate::ScopedStore), created by [`Store::scoped`](crate::Store::scoped) | the rows of one scope | yes |
//! | [`AllScopes`] | [`AcrossScopes<R>`](crate::AcrossScopes), created by [`Store::across_scopes`](crate::Store::across_scopes) | the rows of all scopes, except by key | no |
//! | [`ReadOnly`] | [`View<R>`](crate::View), created by [`Store::view`](crate::Store::view) | the rows that pass a filter | no |
//!
//! A function that accepts any of these stores is generic over the access, bounded by a trait from this module:
//!
//! ```
//! use datus_store::access::Reads;
//! use datus_store::{EmbeddingRecord, Result, Store};
//!
//! async fn is_empty<R: EmbeddingRecord, A: Reads<R>>(store: &Store<R, A>) -> Result<bool> {
//!     Ok(store.count().await? == 0)
//! }
//! ```

use crate::record::Unscoped;

/// A store's access to all rows of its table.
#[derive(Debug, Clone, Copy)]
pub enum WholeTable {}

/// A store's access to the rows of one scope.
#[derive(Debug, Clone, Copy)]
pub enum OneScope {}

/// A store's read-only access to the rows of all scopes.
#[derive(Debug, Clone, Copy)]
pub enum AllScopes {}

/// A store's read-only access to the rows that match a filter.
#[derive(Debug, Clone, Copy)]
pub enum ReadOnly {}

/// A store's access to the rows of its table. This trait is implemented only for the types of this module.
pub trait Access: sealed::Sealed {
    /// The access that a view of the store has.
    type View: Access;
}

/// Access that can read rows of the record `R`.
#[diagnostic::on_unimplemented(
    message = "a store with the access `{Self}` cannot read rows of `{R}`",
    label = "this method reads rows"
)]
pub trait Reads<R>: Access {}

/// Access in which a key identifies at most one row.
#[diagnostic::on_unimplemented(
    message = "a key identifies a row only within a scope",
    label = "this store reads the rows of all scopes",
    note = "call the method on `store.scoped(value)`, or filter by the key's column: `.search_all().filter(|t| …)`"
)]
pub trait ReadsByKey<R>: Reads<R> {}

/// Access that can write rows of the record `R`.
#[diagnostic::on_unimplemented(
    message = "this store can only read",
    label = "a view and `across_scopes()` cannot write",
    note = "write through the store that the view was made from, and if the record has a scope, through `store.scoped(value)`"
)]
pub trait Writes<R>: ReadsByKey<R> {}

/// Access that can build the indexes of the table.
#[diagnostic::on_unimplemented(
    message = "this store can only read",
    label = "a view and `across_scopes()` cannot build indexes",
    note = "call the method on the store that `Database::store` opened"
)]
pub trait BuildsIndexes: Access {}

impl Access for WholeTable {
    type View = ReadOnly;
}

impl Access for OneScope {
    type View = ReadOnly;
}

impl Access for AllScopes {
    type View = Self;
}

impl Access for ReadOnly {
    type View = Self;
}

impl<R: Unscoped> Reads<R> for WholeTable {}

impl<R: Unscoped> ReadsByKey<R> for WholeTable {}

impl<R: Unscoped> Writes<R> for WholeTable {}

impl BuildsIndexes for WholeTable {}

impl<R> Reads<R> for OneScope {}

impl<R> ReadsByKey<R> for OneScope {}

impl<R> Writes<R> for OneScope {}

impl BuildsIndexes for OneScope {}

impl<R> Reads<R> for AllScopes {}

impl<R> Reads<R> for ReadOnly {}

impl<R> ReadsByKey<R> for ReadOnly {}

mod sealed {
    /// Implemented for the access types of this crate.
    pub trait Sealed {}
}

impl sealed::Sealed for WholeTable {}

impl sealed::Sealed for OneScope {}

impl sealed::Sealed for AllScopes {}

impl sealed::Sealed for ReadOnly {}
