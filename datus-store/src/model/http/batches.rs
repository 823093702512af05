use futures::stream::{self, StreamExt, TryStreamExt};

use super::send::{SendError, Sender};
use super::size_limit::SizeLimit;
use crate::error::{Error, Result};
use crate::model::{async_trait, split_into_batches_by};

/// A request for some of a call's texts. The answer has one item for each text.
#[async_trait]
pub(crate) trait TextRequest: Sync {
    /// The answer for one text.
    type Item: Send;

    /// Returns the estimated number of tokens that a text adds to a request.
    fn count_tokens(&self, text: &str) -> usize;

    /// Sends the texts in one request.
    async fn request(&self, texts: &[&str]) -> Result<Vec<Self::Item>, SendError>;
}

/// Estimates one token for every three bytes, rounded up.
pub(crate) fn estimated_tokens(text: &str) -> usize {
    text.len().div_ceil(3)
}

impl Sender {
    /// Sends the texts in several requests within the limits, and returns the answers in the order of the texts.
    pub(crate) async fn send_all<R: TextRequest>(&self, texts: &[&str], request: &R) -> Result<Vec<R::Item>> {
        self.check_runtime()?;
        let limits = self.limits();
        let batches = split_into_batches_by(&limits, texts, &|text| request.count_tokens(text));
        let mut answers: Vec<Option<R::Item>> = texts.iter().map(|_| None).collect();
        let mut requests = stream::iter(batches)
            .map(|mut positions| async move {
                // A request keeps the caller's order of texts, which makes the server's log easier to read.
                positions.sort_unstable();
                let texts: Vec<&str> =
                    positions.iter().filter_map(|&position| texts.get(position).copied()).collect();
                let items = self.send_batch(&texts, request).await?;
                Ok::<_, Error>((positions, items))
            })
            .buffer_unordered(limits.in_flight);
        while let Some((positions, items)) = requests.try_next().await? {
            for (position, item) in positions.into_iter().zip(items) {
                if let Some(slot) = answers.get_mut(position) {
                    *slot = Some(item);
                }
            }
        }
        drop(requests);
        // Each text is in one batch, and each batch has an item for each of its texts.
        Ok(answers.into_iter().flatten().collect())
    }

    /// Sends texts in one request, or in several smaller ones if the server rejects the request as too large.
    async fn send_batch<R: TextRequest>(&self, texts: &[&str], request: &R) -> Result<Vec<R::Item>> {
        let mut items = Vec::with_capacity(texts.len());
        let mut pending = vec![texts];
        let (mut was_split, mut accepted_tokens) = (false, 0_usize);
        while let Some(part) = pending.pop() {
            match request.request(part).await {
                Ok(answers) => {
                    items.extend(answers);
                    accepted_tokens =
                        accepted_tokens.max(part.iter().map(|text| request.count_tokens(text)).sum());
                }
                Err(SendError::TooLarge(limit)) => {
                    let size = limit.next_batch_size(part.len(), was_split);
                    tracing::warn!(
                        endpoint = self.endpoint().display_url(),
                        texts = part.len(),
                        limit = size,
                        "the endpoint accepts only smaller requests: lower `batch_texts` or `batch_tokens`"
                    );
                    if let SizeLimit::Texts(_) = limit {
                        self.observed_limits().lower_texts(size);
                    }
                    was_split = true;
                    pending.extend(part.chunks(size).rev());
                }
                Err(SendError::Failed(error)) => return Err(error),
            }
        }
        if was_split {
            // The server accepted the parts, so their size is within its limit.
            self.observed_limits().lower_tokens(accepted_tokens);
        }
        Ok(items)
    }
}
