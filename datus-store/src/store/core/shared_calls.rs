//! Calls to a model that small writes share.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::Poll;

use futures::future::{Either, poll_fn, select};
use tokio::sync::oneshot;

use super::queue::Queue;
use crate::error::Result;
use crate::model::{self, EmbeddingModel, Role};

/// The texts that wait for a model.
pub(in crate::store) struct SharedCalls {
    pub(in crate::store) model: Arc<dyn EmbeddingModel>,
    queue: Queue<Job>,
}

/// The texts of one write, few enough for one call.
struct Job {
    texts: Vec<Arc<str>>,
    answer: oneshot::Sender<Result<Vec<Vec<f32>>>>,
}

impl SharedCalls {
    /// Creates the calls to a model, with as many concurrent calls as the model accepts.
    pub(in crate::store) fn new(model: &Arc<dyn EmbeddingModel>) -> Arc<Self> {
        Arc::new(Self { model: Arc::clone(model), queue: Queue::new(model.limits().in_flight) })
    }

    /// Embeds texts that fit into one call, together with the texts of other waiting writes. Returns one vector for each text.
    pub(in crate::store) async fn embed(self: &Arc<Self>, texts: Vec<Arc<str>>) -> Result<Vec<Vec<f32>>> {
        let (answer, answered) = oneshot::channel();
        let lead = |permit| {
            let shared = Arc::clone(self);
            async move {
                shared.lead().await;
                drop(permit);
            }
        };
        self.queue.submit(Job { texts, answer }, answered, lead).await?
    }

    async fn lead(&self) {
        let limits = self.model.limits();
        let (mut texts, mut characters) = (0_usize, 0_usize);
        let mut jobs = self.queue.take(|job| {
            let first = texts == 0;
            texts += job.texts.len();
            characters += job.texts.iter().map(|text| text.len()).sum::<usize>();
            first || (texts <= limits.texts && characters <= limits.characters)
        });
        jobs.retain(|job| !job.answer.is_closed());
        if jobs.is_empty() {
            return;
        }
        let mut different: Vec<Arc<str>> = Vec::new();
        let mut positions: HashMap<Arc<str>, usize> = HashMap::new();
        for text in jobs.iter().flat_map(|job| &job.texts) {
            positions.entry(Arc::clone(text)).or_insert_with(|| {
                different.push(Arc::clone(text));
                different.len() - 1
            });
        }
        // The call is canceled when no write waits for it anymore.
        let all_gone = poll_fn(|context| {
            let open =
                jobs.iter_mut().filter_map(|job| job.answer.poll_closed(context).is_pending().then_some(()));
            if open.count() == 0 { Poll::Ready(()) } else { Poll::Pending }
        });
        let called = match select(Box::pin(self.call(&different)), all_gone).await {
            Either::Left((called, _)) => called,
            Either::Right(_) => return,
        };
        match called {
            Ok(vectors) => {
                for job in jobs {
                    let vectors = job.texts.iter().map(|text| vectors[positions[text]].clone()).collect();
                    let _ = job.answer.send(Ok(vectors));
                }
            }
            Err(error) if jobs.len() == 1 => {
                if let Some(job) = jobs.pop() {
                    let _ = job.answer.send(Err(error));
                }
            }
            // Each write gets its own call, so that a text that the model rejects fails only the write that contains it.
            Err(_) => {
                for job in jobs {
                    let vectors = self.call(&job.texts).await;
                    let _ = job.answer.send(vectors);
                }
            }
        }
    }

    async fn call(&self, texts: &[Arc<str>]) -> Result<Vec<Vec<f32>>> {
        let plain: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        let mut vectors = vec![Vec::new(); texts.len()];
        for positions in model::split_into_batches(&*self.model, &plain) {
            let texts: Vec<&str> = positions.iter().map(|&at| plain[at]).collect();
            for (at, vector) in
                positions.into_iter().zip(model::call(&*self.model, &texts, Role::Document).await?)
            {
                vectors[at] = vector;
            }
        }
        Ok(vectors)
    }
}
