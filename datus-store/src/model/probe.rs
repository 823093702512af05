//! What a model makes of one fixed text, kept with its vectors: a model that changed under the same name is found by it.

use super::{EmbeddingModel, Role, call_anew};
use crate::error::Result;

/// The text that every model of a table embeds when the table is created, as a document. What it makes of it is kept with
/// the vectors, and [`Store::verify_model`](crate::Store::verify_model) compares.
// Never change it: the tables that exist have the vectors of this one.
pub const PROBE_TEXT: &str = "Which customers of the northern region paid more than 4,200 € in March? \
    CREATE TABLE invoice_lines (invoice_id BIGINT NOT NULL, paidAt TIMESTAMP, total DECIMAL(18, 2)); 請求書 счёт";

/// The cosine below which two vectors of the text are of different models, unless the caller says another one.
///
/// What rounding changes, on other hardware or in other batches, stays well above it; other weights come out below, and an
/// 8-bit form of the same ones may.
pub(crate) const THRESHOLD: f32 = 0.999;

/// The model's vector of the text, as it makes it now: one from a cache would hide that the model has changed.
///
/// # Errors
/// As [`call_anew`].
pub(crate) async fn vector(model: &dyn EmbeddingModel) -> Result<Vec<f32>> {
    Ok(call_anew(model, &[PROBE_TEXT], Role::Document).await?.into_iter().next().unwrap_or_default())
}

/// The vector as text for the metadata of a column: the upper half of each value's 32 bits, rounded to even, as four
/// hexadecimal digits. That keeps a cosine to five places in a quarter of the room that decimals take.
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

/// The vector in the metadata of a column; `None` for what [`to_text`] does not write.
pub(crate) fn from_text(text: &str) -> Option<Vec<f32>> {
    let digits = text.as_bytes().chunks(4);
    digits
        .map(|digits| {
            let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() == 4)?;
            Some(f32::from_bits(u32::from(u16::from_str_radix(digits, 16).ok()?) << 16))
        })
        .collect()
}

/// The cosine of the angle between two vectors. Two that are zero point the same way; vectors of different lengths, and
/// a zero one and another, have nothing in common.
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
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use super::*;

    #[test]
    fn a_vector_comes_back_from_its_text_nearly_as_it_was() {
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
    fn other_text_is_no_vector() {
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
