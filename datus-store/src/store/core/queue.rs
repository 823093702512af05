use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tracing::Instrument;

use crate::error::{Error, ErrorKind, Result};

/// Jobs that wait to be processed together.
///
/// Each task that submits a job waits for its answer or for the right to lead, whichever comes first. A leader takes all
/// waiting jobs, not only its own, on a task that continues if the submitter is dropped. There are at most as many
/// concurrent leaders as the queue has permits, so no job waits while a permit is free.
pub(in crate::store) struct Queue<J> {
    waiting: Mutex<VecDeque<J>>,
    leaders: Arc<Semaphore>,
}

impl<J: Send + 'static> Queue<J> {
    pub(in crate::store) fn new(leaders: usize) -> Self {
        let leaders = Arc::new(Semaphore::new(leaders.clamp(1, Semaphore::MAX_PERMITS)));
        Self { waiting: Mutex::default(), leaders }
    }

    /// Takes jobs from the front as long as `take` returns `true` for them.
    pub(in crate::store) fn take(&self, mut take: impl FnMut(&J) -> bool) -> Vec<J> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.iter().take_while(|job| take(job)).count();
        waiting.drain(..count).collect()
    }

    /// Submits a job and waits for its answer. `lead` processes jobs that it takes from the queue, and releases the permit when
    /// it returns.
    ///
    /// # Errors
    /// `Engine` when a leader's task stopped without an answer, because its runtime was shut down or it panicked.
    pub(in crate::store) async fn submit<T, F>(
        &self,
        job: J,
        mut answer: oneshot::Receiver<T>,
        lead: impl Fn(OwnedSemaphorePermit) -> F,
    ) -> Result<T>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(job);
        loop {
            let permit = tokio::select! {
                biased;
                answer = &mut answer => return answer.map_err(gave_up),
                permit = Arc::clone(&self.leaders).acquire_owned() => permit.map_err(gave_up)?,
            };
            let leader = tokio::spawn(lead(permit).in_current_span());
            tokio::select! {
                biased;
                answer = &mut answer => return answer.map_err(gave_up),
                // The leader took as many jobs as it could, but not this one, which is behind them in the queue.
                _ = leader => {}
            }
        }
    }
}

fn gave_up(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    let message =
        "the writing task stopped before the write returned, so the write may or may not have been committed";
    Error::new(ErrorKind::Engine, message)
        .with_help("keep the runtime running until all writes have returned")
        .with_source(source)
}
