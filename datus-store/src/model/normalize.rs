/// Scales the vector to unit length and returns `true`.
///
/// If all values are zero, or if one is not finite, the vector has no direction. In this case, it stays unchanged and
/// the function returns `false`.
pub(crate) fn normalize(vector: &mut [f32]) -> bool {
    // Computed in `f64`, so that the squares of large values do not overflow.
    let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    if length == 0.0 || !length.is_finite() {
        return false;
    }
    vector.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_with_a_direction_is_scaled_to_unit_length() {
        for mut vector in [vec![3.0, 4.0], vec![3e30, 4e30], vec![3e-30, 4e-30]] {
            assert!(normalize(&mut vector));
            assert!((vector[0] - 0.6).abs() < 1e-6 && (vector[1] - 0.8).abs() < 1e-6, "{vector:?}");
        }
    }

    #[test]
    fn a_vector_without_a_direction_is_unchanged() {
        for vector in [vec![], vec![0.0, 0.0], vec![1.0, f32::INFINITY]] {
            let mut result = vector.clone();
            assert!(!normalize(&mut result));
            assert_eq!(result, vector);
        }
    }
}
