/// Returns the fraction of the exact hits that were found. Hits are compared by their distances, because rows at the same
/// distance are equally good.
pub(crate) fn recall(found: &[f32], exact: &[f32]) -> f64 {
    let Some(farthest) = exact.iter().copied().reduce(f32::max) else { return 1.0 };
    let right = found.iter().filter(|distance| **distance <= farthest + 1e-5).count();
    right.min(exact.len()) as f64 / exact.len() as f64
}
