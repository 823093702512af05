//! Work of the processor, off the threads that drive futures.

use crate::error::BoxError;

/// Runs the work on the thread pool of rayon and waits for it without holding a thread of the async runtime, whichever
/// runtime that is. A panic in the work comes back as an error.
#[cfg(feature = "parallel")]
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, BoxError> {
    let (sender, receiver) = futures::channel::oneshot::channel();
    rayon::spawn(move || {
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        // Nobody listens where the future was dropped.
        let _ = sender.send(done);
    });
    match receiver.await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) | Err(_) => {
            Err("the computation panicked; the panic's message was printed where it happened".into())
        }
    }
}

/// Without the thread pool the work runs where it is.
#[cfg(not(feature = "parallel"))]
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, BoxError> {
    Ok(work())
}

/// Maps slices of `chunk` items on all cores, and keeps their order.
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
