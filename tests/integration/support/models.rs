//! Models whose vectors a test knows beforehand, and models that break their contract.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use datus_store::BoxError;
use datus_store::model::{BatchLimits, EmbeddingModel, ModelIdentity, PROBE_TEXT, Role, async_trait};
use tokio::sync::Semaphore;

/// The texts of one call, and what they were.
type Call = (Role, Vec<String>);

/// Reads the vector out of the text: `"1 0 -2 and more"` is `[1, 0, -2]`. What is no number counts as zero.
#[derive(Clone)]
pub(crate) struct Toy {
    identity: ModelIdentity,
    limits: BatchLimits,
    /// How long a call takes.
    delay: Duration,
    /// What every value is multiplied with.
    factor: f32,
    calls: Arc<Mutex<Vec<Call>>>,
    /// How many calls run, and how many ran at once at most.
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

    /// Another model: it makes the vectors of [`Toy::new`] times a factor.
    pub(crate) fn named(id: &str, factor: f32) -> Self {
        Self { identity: ModelIdentity::new(id, 3), factor, ..Self::new() }
    }

    pub(crate) fn with_limits(self, limits: BatchLimits) -> Self {
        Self { limits, ..self }
    }

    pub(crate) fn with_delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// How many calls ran at once at most.
    pub(crate) fn most_at_once(&self) -> usize {
        self.running.1.load(Ordering::SeqCst)
    }

    /// The texts it was asked to embed so far, call by call, but for the probe text of new tables.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many texts it was asked to embed so far.
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

    /// One for each word.
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

/// What [`Toy::new`] makes of the probe text: it holds no numbers, and a vector of length zero has no cosine.
const PROBE: [f32; 3] = [1.0, 2.0, 3.0];

/// The vector that [`Toy`] makes of a text.
pub(crate) fn vector(text: &str) -> Vec<f32> {
    let words = text.split_whitespace().map(|word| word.parse().unwrap_or(0.0));
    words.chain([0.0; 3]).take(3).collect()
}

/// A model of three dimensions that answers with what a function says.
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

/// A [`Toy`] whose calls wait: a test decides when a write goes on.
#[derive(Clone)]
pub(crate) struct Gated {
    toy: Toy,
    /// One permit for each call that has begun.
    begun: Arc<Semaphore>,
    /// One permit for each call that may end.
    open: Arc<Semaphore>,
}

impl Gated {
    pub(crate) fn new() -> Self {
        Self { toy: Toy::new(), begun: Arc::new(Semaphore::new(0)), open: Arc::new(Semaphore::new(0)) }
    }

    /// Lets all calls end, those to come too.
    pub(crate) fn open(&self) {
        self.open.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// The texts it embedded so far, call by call.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.toy.calls()
    }

    /// Runs `write`, whose first call of the model ends only when `meanwhile` is done.
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
