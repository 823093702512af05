//! Models whose vectors a test can predict, and models that break their contract.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use datus_store::BoxError;
use datus_store::model::{BatchLimits, EmbeddingModel, ModelIdentity, PROBE_TEXT, Role, async_trait};
use tokio::sync::Semaphore;

/// The role and the texts of one call.
type Call = (Role, Vec<String>);

/// Reads the vector from the text: `"1 0 -2 and more"` is `[1, 0, -2]`. Words that are not numbers count as zero.
#[derive(Clone)]
pub(crate) struct Toy {
    identity: ModelIdentity,
    limits: BatchLimits,
    /// The duration of a call.
    delay: Duration,
    /// The factor by which every value is multiplied.
    factor: f32,
    calls: Arc<Mutex<Vec<Call>>>,
    /// The number of running calls, and the maximum so far.
    running: Arc<(AtomicUsize, AtomicUsize)>,
}

impl Toy {
    pub(crate) const ID: &'static str = "toy";

    pub(crate) fn new() -> Self {
        Self {
            identity: ModelIdentity::new(Self::ID, 3),
            limits: BatchLimits::default(),
            delay: Duration::ZERO,
            factor: 1.0,
            calls: Arc::default(),
            running: Arc::default(),
        }
    }

    /// Returns a different model, whose vectors are those of [`Toy::new`] times a factor.
    pub(crate) fn named(id: &str, factor: f32) -> Self {
        Self { identity: ModelIdentity::new(id, 3), factor, ..Self::new() }
    }

    pub(crate) fn with_limits(self, limits: BatchLimits) -> Self {
        Self { limits, ..self }
    }

    pub(crate) fn with_delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Returns the maximum number of calls that ran concurrently.
    pub(crate) fn most_at_once(&self) -> usize {
        self.running.1.load(Ordering::SeqCst)
    }

    /// Returns the texts embedded so far, call by call, without the probe text of new tables.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the number of texts embedded so far.
    pub(crate) fn embedded(&self) -> usize {
        self.calls().iter().map(|(_, texts)| texts.len()).sum()
    }
}

#[async_trait]
impl EmbeddingModel for Toy {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn limits(&self) -> BatchLimits {
        self.limits
    }

    /// Counts one token for each word.
    fn count_tokens(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if texts == [PROBE_TEXT] {
            return Ok(vec![PROBE.map(|value| value * self.factor).to_vec()]);
        }
        let owned = texts.iter().map(|text| (*text).to_owned()).collect();
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push((role, owned));
        let (running, most) = &*self.running;
        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        running.fetch_sub(1, Ordering::SeqCst);
        let scaled = |text: &&str| vector(text).iter().map(|value| value * self.factor).collect();
        Ok(texts.iter().map(scaled).collect())
    }
}

/// The vector of the probe text. The text contains no numbers, so its vector would otherwise be zero, whose cosine is
/// undefined.
const PROBE: [f32; 3] = [1.0, 2.0, 3.0];

/// Returns the vector that [`Toy`] computes from a text.
pub(crate) fn vector(text: &str) -> Vec<f32> {
    let words = text.split_whitespace().map(|word| word.parse().unwrap_or(0.0));
    words.chain([0.0; 3]).take(3).collect()
}

/// A model with three dimensions that returns the result of a function.
pub(crate) struct Scripted {
    identity: ModelIdentity,
    answer: Answer,
}

type Answer = fn(&[&str]) -> Result<Vec<Vec<f32>>, BoxError>;

impl Scripted {
    pub(crate) fn new(answer: Answer) -> Self {
        Self { identity: ModelIdentity::new(Toy::ID, 3), answer }
    }
}

#[async_trait]
impl EmbeddingModel for Scripted {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if texts == [PROBE_TEXT] {
            return Ok(vec![PROBE.to_vec()]);
        }
        (self.answer)(texts)
    }
}

/// A [`Toy`] whose calls wait until a test lets a write continue.
#[derive(Clone)]
pub(crate) struct Gated {
    toy: Toy,
    /// A semaphore with a permit for each call that has begun.
    begun: Arc<Semaphore>,
    /// A semaphore with a permit for each call that may return.
    open: Arc<Semaphore>,
}

impl Gated {
    pub(crate) fn new() -> Self {
        Self { toy: Toy::new(), begun: Arc::new(Semaphore::new(0)), open: Arc::new(Semaphore::new(0)) }
    }

    /// Lets all calls return, including later ones.
    pub(crate) fn open(&self) {
        self.open.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// Returns the texts embedded so far, call by call.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.toy.calls()
    }

    /// Runs `write`. Its first call to the model returns only after `meanwhile`.
    pub(crate) async fn during<T, U>(
        &self,
        write: impl IntoFuture<Output = T>,
        meanwhile: impl Future<Output = U>,
    ) -> (T, U) {
        let meanwhile = async {
            self.begun.acquire().await.unwrap().forget();
            let done = meanwhile.await;
            self.open();
            done
        };
        tokio::join!(write.into_future(), meanwhile)
    }
}

#[async_trait]
impl EmbeddingModel for Gated {
    fn identity(&self) -> &ModelIdentity {
        self.toy.identity()
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if texts != [PROBE_TEXT] {
            self.begun.add_permits(1);
            self.open.acquire().await?.forget();
        }
        self.toy.embed(texts, role).await
    }
}
