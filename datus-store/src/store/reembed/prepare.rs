//! Pauses a re-embedding before the new vectors are put into use.
//!
//! A re-embedding run is a future. When every row has its new vector, the future reports that and waits for a message, while
//! [`PreparedReembed`] holds it. The write lock is not held meanwhile. `swap` sends the message and waits for the future to
//! resolve.

use std::fmt;

use futures::future::{BoxFuture, Either, select};
use tokio::sync::oneshot;

use super::pause::Pause;
use super::run::Reembedded;
use crate::error::{Error, ErrorKind, Result};
use crate::store::core::ShadowOverlap;
use crate::store::current::Current;

/// A re-embedded table that still uses its current vectors. Returned by [`Reembed::prepare`](crate::Reembed::prepare).
///
/// While it exists, writes through the store and its clones fill both columns, and no other program can re-embed the table.
/// If it is dropped, the table keeps its current vectors, as after an interruption: the new ones stay in the standby column,
/// until `reembed` resumes with them or [`drop_standby`](crate::Store::drop_standby) drops them.
#[must_use = "the new vectors are put into use by `swap`"]
pub struct PreparedReembed<'a> {
    run: PausedRun<'a>,
    current: Option<&'a Current>,
}

enum PausedRun<'a> {
    Waiting {
        run: BoxFuture<'a, Result<Reembedded>>,
        go: oneshot::Sender<()>,
    },
    /// The table already had these vectors.
    Done(Reembedded),
}

/// Runs a re-embedding up to its pause.
pub(super) async fn prepare<'a>(
    run: impl FnOnce(Pause) -> BoxFuture<'a, Result<Reembedded>>,
    current: Option<&'a Current>,
) -> Result<PreparedReembed<'a>> {
    let (pause, is_reached, go) = Pause::new();
    let run = run(pause);
    let run = match select(run, is_reached).await {
        Either::Left((done, _)) => PausedRun::Done(done?),
        Either::Right((Ok(()), run)) => PausedRun::Waiting { run, go },
        // The run finishes without a pause.
        Either::Right((Err(_), run)) => PausedRun::Done(run.await?),
    };
    Ok(PreparedReembed { run, current })
}

/// Fails for a fraction that is not above 0 and at most 1, and for a run without a store.
pub(super) fn check_shadow(fraction: f64, has_store: bool) -> Result<()> {
    let (message, help) = if !(fraction > 0.0 && fraction <= 1.0) {
        let message = format!("{fraction} is not a fraction of the searches");
        (message, "pass a number above 0 and up to 1 to `.shadow(…)`, such as 0.05 for one search in 20")
    } else if !has_store {
        let message = "`shadow` repeats searches of a store, but the table was not opened".to_owned();
        (message, "open the table with its current model, and call `Store::reembed`")
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidInput, message).with_help(help))
}

impl PreparedReembed<'_> {
    /// Returns the overlap between the rows that the current model finds and those that the new model finds, for each vector
    /// column with repeated searches. The list is empty without [`shadow`](crate::Reembed::shadow). It is also empty until a
    /// search is repeated after all rows have their new vectors.
    pub fn overlap(&self) -> Vec<ShadowOverlap> {
        match (&self.run, self.current) {
            (PausedRun::Waiting { .. }, Some(current)) => current.core().shadow_overlaps(),
            _ => Vec::new(),
        }
    }

    /// Puts the new vectors into use in one commit, if they meet the condition of [`only_if`](crate::Reembed::only_if).
    ///
    /// Rows that other programs wrote during the pause are embedded first. A table that already had these vectors is left as
    /// it is.
    ///
    /// # Errors
    /// Fails with the same errors as [`Store::reembed`](crate::Store::reembed) and `only_if`.
    pub async fn swap(self) -> Result<Reembedded> {
        match self.run {
            PausedRun::Waiting { run, go } => {
                // If the other end is gone, the run has stopped.
                let _ = go.send(());
                run.await
            }
            PausedRun::Done(done) => Ok(done),
        }
    }
}

impl fmt::Debug for PreparedReembed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_waiting = matches!(self.run, PausedRun::Waiting { .. });
        f.debug_struct("PreparedReembed").field("is_waiting", &is_waiting).finish_non_exhaustive()
    }
}
