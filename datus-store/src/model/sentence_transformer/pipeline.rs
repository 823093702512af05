//! The pipeline from texts to vectors: tokenization, batches, the model, and pooling.

use std::sync::Arc;

use super::batch::{Batch, Output, Vectors, in_order, plan};
use super::engine::Engine;
use super::layout::{Layout, Stage};
use super::pooling::Pooling;
use super::text::TextEncoder;
use crate::error::BoxError;
#[cfg(any(feature = "native", feature = "candle"))]
use crate::model::compute::in_parallel;
use crate::model::compute::run_on_pool;

/// A model with its tokenizer, pooling and stages.
pub(super) struct Model {
    text: TextEncoder,
    engine: Engine,
    pooling: Pooling,
    stages: Vec<Stage>,
}

/// The token ids of texts, grouped into batches.
struct BatchPlan {
    texts: Vec<Vec<u32>>,
    batches: Vec<Vec<usize>>,
}

impl Model {
    pub(super) fn new(text: TextEncoder, engine: Engine, layout: Layout) -> Self {
        let Layout { pooling, stages, .. } = layout;
        Self { text, engine, pooling, stages }
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn text(&self) -> &TextEncoder {
        &self.text
    }

    /// Returns the dimension of the vectors, which is determined by embedding a text.
    pub(super) fn dimension(&mut self) -> Result<usize, BoxError> {
        let planned = self.plan("", &["dimension".to_owned()])?;
        let batch = self.batch(&planned, &[0]);
        let output = self.engine.run_alone(&batch)?;
        let vectors = self.finish(&output, &batch)?;
        Ok(vectors.first().map_or(0, Vec::len))
    }

    /// Returns the vectors of the texts, in order. The vectors are computed outside the threads of the async runtime.
    pub(super) async fn embed(
        self: &Arc<Self>,
        prefix: &str,
        texts: &[&str],
    ) -> Result<Vec<Vec<f32>>, BoxError> {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        let (model, prefix) = (Arc::clone(self), prefix.to_owned());
        match &self.engine {
            #[cfg(feature = "native")]
            Engine::Native(_) => run_on_pool(move || model.embed_shared(&prefix, &texts)).await?,
            #[cfg(feature = "candle")]
            Engine::Candle(_) => run_on_pool(move || model.embed_shared(&prefix, &texts)).await?,
            #[cfg(feature = "onnx-runtime")]
            Engine::Onnx { model: session, .. } => {
                // Tokenization does not need the session, so it can run while an earlier call uses the session.
                let planned = run_on_pool(move || model.plan(&prefix, &texts)).await??;
                let mut session = Arc::clone(session).lock_owned().await;
                let model = Arc::clone(self);
                run_on_pool(move || model.embed_each(&planned, |batch| session.run(batch))).await?
            }
        }
    }

    /// Embeds texts with an engine that several threads can share.
    #[cfg(any(feature = "native", feature = "candle"))]
    fn embed_shared(&self, prefix: &str, texts: &[String]) -> Result<Vec<Vec<f32>>, BoxError> {
        let planned = self.plan(prefix, texts)?;
        if !self.engine.runs_in_parallel() {
            return self.embed_each(&planned, |batch| self.engine.run(batch));
        }
        let embedded = in_parallel(&planned.batches, 1, |batches| {
            let embed = |positions: &Vec<usize>| {
                let batch = self.batch(&planned, positions);
                self.finish(&self.engine.run(&batch)?, &batch)
            };
            batches.iter().map(embed).collect()
        });
        in_order(&planned.batches, embedded, planned.texts.len())
    }

    /// Runs the batches in sequence.
    fn embed_each(
        &self,
        planned: &BatchPlan,
        mut run: impl FnMut(&Batch) -> Result<Output, BoxError>,
    ) -> Result<Vec<Vec<f32>>, BoxError> {
        let embedded = planned.batches.iter().map(|positions| {
            let batch = self.batch(planned, positions);
            self.finish(&run(&batch)?, &batch)
        });
        in_order(&planned.batches, embedded.collect(), planned.texts.len())
    }

    fn plan(&self, prefix: &str, texts: &[String]) -> Result<BatchPlan, BoxError> {
        let texts = self.text.encode(prefix, texts)?;
        let lengths: Vec<usize> = texts.iter().map(Vec::len).collect();
        let batches = plan(&lengths, self.engine.capacity(lengths.iter().sum()));
        Ok(BatchPlan { texts, batches })
    }

    fn batch(&self, planned: &BatchPlan, positions: &[usize]) -> Batch {
        let texts: Vec<&[u32]> =
            positions.iter().map(|&position| planned.texts[position].as_slice()).collect();
        Batch::new(&texts, self.text.padding())
    }

    /// Returns the vectors of the texts in a batch, computed from the model's output.
    fn finish(&self, output: &Output, batch: &Batch) -> Result<Vec<Vec<f32>>, BoxError> {
        let each = output.values.len() / batch.rows().max(1);
        let mut rest = output.values.as_slice();
        let pooled = batch.tokens.iter().map(|&tokens| {
            let (values, width) = match output.vectors {
                Vectors::Pooled => (rest.split_off(..each), each),
                Vectors::Padded => (rest.split_off(..each), each / batch.length),
                Vectors::Tokens { width } => (rest.split_off(..tokens * width), width),
            };
            let values = values.ok_or("the model returned too few values")?;
            match output.vectors {
                Vectors::Pooled => self.after_pooling(values.to_vec()),
                Vectors::Padded | Vectors::Tokens { .. } => {
                    self.after_pooling(self.pooling.pool(values, width, tokens))
                }
            }
        });
        pooled.collect()
    }

    fn after_pooling(&self, mut vector: Vec<f32>) -> Result<Vec<f32>, BoxError> {
        for stage in &self.stages {
            match stage {
                Stage::Dense(dense) => vector = dense.apply(&vector)?,
                Stage::Normalize => normalize(&mut vector),
            }
        }
        Ok(vector)
    }
}

/// Scales a vector to unit length. A vector of zeros is not changed.
fn normalize(vector: &mut [f32]) {
    let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
    }
}
