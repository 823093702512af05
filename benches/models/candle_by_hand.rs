//! The baseline that a careful user would write with candle-transformers: texts are sorted by length, and batches are padded
//! to their longest text and run on all cores.

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use rayon::prelude::*;
use tokenizers::{Encoding, PaddingParams, Tokenizer, TruncationParams};

const BATCH: usize = 32;

pub(crate) struct Bert {
    tokenizer: Tokenizer,
    model: BertModel,
}

/// Returns the tokenizer of the model, which pads to the longest text in a batch.
pub(crate) fn tokenizer(folder: &Path) -> Tokenizer {
    let mut tokenizer = Tokenizer::from_file(folder.join("tokenizer.json")).unwrap();
    tokenizer.with_padding(Some(PaddingParams::default()));
    let truncation = TruncationParams { max_length: 256, ..TruncationParams::default() };
    tokenizer.with_truncation(Some(truncation)).unwrap();
    tokenizer
}

/// Returns batches of texts of similar length, as positions in `texts`.
pub(crate) fn batches(texts: &[&str], size: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|&position| std::cmp::Reverse(texts[position].len()));
    order.chunks(size).map(<[usize]>::to_vec).collect()
}

/// Returns the vectors of the batches in the original order of the texts.
pub(crate) fn in_order(batches: &[Vec<usize>], vectors: Vec<Vec<Vec<f32>>>, texts: usize) -> Vec<Vec<f32>> {
    let mut ordered = vec![Vec::new(); texts];
    for (position, vector) in batches.iter().flatten().zip(vectors.into_iter().flatten()) {
        ordered[*position] = vector;
    }
    ordered
}

impl Bert {
    pub(crate) fn load(folder: &Path) -> Self {
        let config: Config =
            serde_json::from_slice(&std::fs::read(folder.join("config.json")).unwrap()).unwrap();
        let tensors = candle_core::safetensors::load(folder.join("model.safetensors"), &Device::Cpu).unwrap();
        let weights = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
        Self { tokenizer: tokenizer(folder), model: BertModel::load(weights, &config).unwrap() }
    }

    pub(crate) fn embed(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let batches = batches(texts, BATCH);
        let embed = |batch: &Vec<usize>| {
            let texts: Vec<&str> = batch.iter().map(|&position| texts[position]).collect();
            self.batch(&self.tokenizer.encode_batch_fast(texts, true).unwrap()).unwrap()
        };
        let vectors = batches.par_iter().map(embed).collect();
        in_order(&batches, vectors, texts.len())
    }

    fn batch(&self, encodings: &[Encoding]) -> candle_core::Result<Vec<Vec<f32>>> {
        let shape = (encodings.len(), encodings[0].len());
        let rows = |of: fn(&Encoding) -> &[u32]| -> candle_core::Result<Tensor> {
            let values: Vec<u32> = encodings.iter().flat_map(&of).copied().collect();
            Tensor::from_vec(values, shape, &Device::Cpu)
        };
        let (ids, mask) = (rows(Encoding::get_ids)?, rows(Encoding::get_attention_mask)?);
        let hidden = self.model.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        let mask = mask.to_dtype(DType::F32)?.unsqueeze(2)?;
        let sum = hidden.broadcast_mul(&mask)?.sum(1)?;
        let mean = sum.broadcast_div(&mask.sum(1)?)?;
        mean.broadcast_div(&mean.sqr()?.sum_keepdim(1)?.sqrt()?)?.to_vec2()
    }
}
