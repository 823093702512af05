use std::future::Future;

use crate::error::{Error, ErrorKind};

/// Runs a future to completion on a new Tokio runtime, for programs and tests that have no runtime.
///
/// ```
/// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
///
/// #[derive(EmbeddingRecord)]
/// struct Note {
///     #[datus(embed)]
///     text: String,
/// }
///
/// fn main() -> datus_store::Result<()> {
///     datus_store::block_on(async {
///         let db = Database::connect("memory://").await?;
///         let notes: Store<Note> = db.store(HashingModel::default()).await?;
///         notes.add([Note { text: "buy milk".into() }]).await?;
///         assert_eq!(notes.count().await?, 1);
///         Ok(())
///     })
/// }
/// ```
///
/// # Errors
/// Returns the error from the future. Fails with `Unsupported` inside an async runtime, where blocking a thread is not
/// allowed: await the future instead. Fails with `Engine` if the operating system cannot start the threads.
pub fn block_on<T, E: From<Error>>(future: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    if tokio::runtime::Handle::try_current().is_ok() {
        let error = Error::new(ErrorKind::Unsupported, "a thread of an async runtime must not be blocked")
            .with_help("await the future instead of calling `block_on`");
        return Err(error.into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|source| {
        Error::new(ErrorKind::Engine, "the operating system could not start the threads of the async runtime")
            .with_source(source)
    })?;
    runtime.block_on(future)
}
