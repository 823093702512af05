//! Runs CPU-bound work outside the threads of the async runtime.

use crate::error::BoxError;

/// Runs the work on rayon's thread pool, so that it does not block the async runtime. It works with any runtime.
///
/// # Errors
/// Fails if the work panics.
#[cfg(feature = "parallel")]
pub(crate) async fn run_on_pool<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, BoxError> {
    let (sender, receiver) = futures::channel::oneshot::channel();
    rayon::spawn(move || {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        // Sending fails only if the future was dropped, in which case the result is not needed.
        let _ = sender.send(result);
    });
    match receiver.await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) | Err(_) => {
            Err("the computation panicked; the panic message was printed to standard error".into())
        }
    }
}

/// Runs the work on the current thread, because the `parallel` feature is disabled.
#[cfg(not(feature = "parallel"))]
pub(crate) async fn run_on_pool<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, BoxError> {
    Ok(work())
}

/// Maps chunks of at most `chunk` items on all cores and returns the results in order.
pub(crate) fn in_parallel<T: Sync, U: Send>(
    items: &[T],
    chunk: usize,
    map: impl Fn(&[T]) -> Vec<U> + Send + Sync,
) -> Vec<U> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        let chunks: Vec<Vec<U>> = items.par_chunks(chunk).map(map).collect();
        chunks.into_iter().flatten().collect()
    }
    #[cfg(not(feature = "parallel"))]
    items.chunks(chunk).flat_map(map).collect()
}
