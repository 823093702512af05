//! The baseline that a careful user would write with ort: texts are sorted by length, batches are padded to their longest text,
//! and one session uses all cores.

use std::path::Path;

use ort::environment::Environment;
use ort::session::Session;
use ort::value::TensorRef;
use tokenizers::{Encoding, Tokenizer};

use crate::candle_by_hand::{batches, in_order, tokenizer};

const BATCH: usize = 64;

pub(crate) struct Graph {
    tokenizer: Tokenizer,
    session: Session,
}

impl Graph {
    /// Loads a graph in the environment that is already loaded, since a process has only one.
    pub(crate) fn load(
        environment: &Environment,
        folder: &Path,
        graph: &str,
        threads: Option<usize>,
    ) -> Self {
        let cores = std::thread::available_parallelism().unwrap().get();
        let mut builder =
            Session::builder(environment).unwrap().with_intra_threads(threads.unwrap_or(cores)).unwrap();
        Self { tokenizer: tokenizer(folder), session: builder.commit_from_file(folder.join(graph)).unwrap() }
    }

    pub(crate) fn embed(&mut self, texts: &[&str]) -> Vec<Vec<f32>> {
        let batches = batches(texts, BATCH);
        let mut vectors = Vec::new();
        for batch in &batches {
            let texts: Vec<&str> = batch.iter().map(|&position| texts[position]).collect();
            let encodings = self.tokenizer.encode_batch_fast(texts, true).unwrap();
            vectors.push(self.batch(&encodings).unwrap());
        }
        in_order(&batches, vectors, texts.len())
    }

    fn batch(&mut self, encodings: &[Encoding]) -> ort::Result<Vec<Vec<f32>>> {
        let (rows, length) = (encodings.len(), encodings[0].len());
        let values = |of: fn(&Encoding) -> &[u32]| -> Vec<i64> {
            encodings.iter().flat_map(&of).map(|&value| i64::from(value)).collect()
        };
        let (ids, mask) = (values(Encoding::get_ids), values(Encoding::get_attention_mask));
        let types = vec![0_i64; ids.len()];
        let shape = [rows, length];
        let outputs = self.session.run(ort::inputs![
            "input_ids" => TensorRef::from_array_view((shape, ids.as_slice()))?,
            "attention_mask" => TensorRef::from_array_view((shape, mask.as_slice()))?,
            "token_type_ids" => TensorRef::from_array_view((shape, types.as_slice()))?,
        ])?;
        let (_, hidden) = outputs["last_hidden_state"].try_extract_tensor::<f32>()?;
        let texts = hidden.chunks_exact(hidden.len() / rows).zip(mask.chunks_exact(length));
        Ok(texts.map(|(hidden, mask)| pool(hidden, mask)).collect())
    }
}

/// Returns the mean over the tokens, scaled to unit length.
fn pool(hidden: &[f32], mask: &[i64]) -> Vec<f32> {
    let width = hidden.len() / mask.len();
    let mut sum = vec![0.0; width];
    for (row, _) in hidden.chunks_exact(width).zip(mask).filter(|(_, mask)| **mask == 1) {
        sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    sum.iter().map(|value| value / length).collect()
}
