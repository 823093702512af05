//! The probe vector: the vector of a fixed text, stored with a table. It reveals a model that changed but kept its name.

use super::{EmbeddingModel, Role, call_uncached};
use crate::error::Result;

/// The text that each model of a table embeds, as a document, when the table is created. The vector is stored with the
/// table, and [`Store::verify_model`](crate::Store::verify_model) compares it with a new one.
// Never change this text: existing tables store its vectors.
pub const PROBE_TEXT: &str = "Which customers of the northern region paid more than 4,200 € in March? \
    CREATE TABLE invoice_lines (invoice_id BIGINT NOT NULL, paidAt TIMESTAMP, total DECIMAL(18, 2)); 請求書 счёт";

/// The default threshold: if the cosine of two probe vectors is lower, they are from different models.
///
/// If vectors differ only by rounding, as between machines or batches, the cosine is well above it. With different weights,
/// the cosine is below it, and an 8-bit quantization of the same weights may have the same effect.
pub(crate) const THRESHOLD: f32 = 0.999;

/// Computes the probe vector of a model. It bypasses any cache, which would hide a change in the model.
///
/// # Errors
/// Returns the same errors as [`call_uncached`].
pub(crate) async fn vector(model: &dyn EmbeddingModel) -> Result<Vec<f32>> {
    Ok(call_uncached(model, &[PROBE_TEXT], Role::Document).await?.into_iter().next().unwrap_or_default())
}

/// Encodes a vector as text for the metadata of a column.
///
/// Each value becomes four hexadecimal digits: the upper half of its 32 bits, rounded to even. The cosine stays exact to
/// five decimal places, in a quarter of the space that decimal numbers take.
pub(crate) fn to_text(vector: &[f32]) -> String {
    use std::fmt::Write;
    vector.iter().fold(String::with_capacity(vector.len() * 4), |mut text, value| {
        let bits = value.to_bits();
        let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16;
        // Writing to a string does not fail.
        let _ = write!(text, "{rounded:04x}");
        text
    })
}

/// Decodes a vector from the metadata of a column. Returns `None` if the text was not written by [`to_text`].
pub(crate) fn from_text(text: &str) -> Option<Vec<f32>> {
    let digits = text.as_bytes().chunks(4);
    digits
        .map(|digits| {
            let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() == 4)?;
            Some(f32::from_bits(u32::from(u16::from_str_radix(digits, 16).ok()?) << 16))
        })
        .collect()
}

/// Returns the cosine of the angle between two vectors.
///
/// It is 1 for two zero vectors. It is 0 if only one vector is zero, or if the dimensions differ.
pub(crate) fn cosine(left: &[f32], right: &[f32]) -> f32 {
    if left.len() != right.len() {
        return 0.0;
    }
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    let (left_square, right_square) = (dot(left, left), dot(right, right));
    if left_square == 0.0 && right_square == 0.0 {
        return 1.0;
    }
    let lengths = (left_square * right_square).sqrt();
    if lengths == 0.0 { 0.0 } else { (dot(left, right) / lengths) as f32 }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_decoded_vector_is_nearly_the_original() {
        let mut random = fastrand::Rng::with_seed(3);
        for dimension in [1, 3, 384, 1024] {
            let vector: Vec<f32> = (0..dimension).map(|_| random.f32() * 2.0 - 1.0).collect();
            let text = to_text(&vector);
            assert_eq!(text.len(), dimension * 4);
            let back = from_text(&text).unwrap();
            assert!(cosine(&vector, &back) > 0.999_99, "{dimension}");
        }
        assert_eq!(from_text(&to_text(&[0.0, 1.0, -2.5])), Some(vec![0.0, 1.0, -2.5]));
    }

    #[test]
    fn invalid_text_is_not_decoded() {
        for text in ["3f8", "3f80xyz!", "äöü!", "3f803f8"] {
            assert_eq!(from_text(text), None, "{text}");
        }
        assert_eq!(from_text(""), Some(Vec::new()));
    }

    #[test]
    fn the_cosine_of_zero_vectors_is_defined() {
        assert_eq!(cosine(&[0.0, 0.0], &[0.0, 0.0]), 1.0);
        assert_eq!(cosine(&[0.0, 0.0], &[1.0, 0.0]), 0.0);
        assert_eq!(cosine(&[1.0, 0.0], &[1.0]), 0.0);
        assert!((cosine(&[1.0, 0.0], &[3.0, 0.0]) - 1.0).abs() < 1e-6);
        assert!((cosine(&[1.0, 0.0], &[-3.0, 0.0]) + 1.0).abs() < 1e-6);
    }
}
