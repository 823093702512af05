//! Compares stored vectors with the vectors that the models compute from the stored texts.

mod compare;
mod sample;

pub(super) use self::compare::{ComparedVector, LENGTH, check_cosine, compare_texts};
pub(super) use self::sample::{Pair, Sample, SampleRequest};
