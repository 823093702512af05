//! The buckets of distances between two tokens, for which MPNet has a bias.

/// The distance at and above which all distances share the last bucket.
const MAX_DISTANCE: f64 = 128.0;

/// Returns the bucket of a distance. The lower half of the buckets is for earlier tokens, and the upper half for later
/// tokens. Within each half, the first half of the buckets hold a single distance each, and the sizes of the other buckets
/// grow by a constant factor.
pub(super) fn bucket(from: usize, to: usize, buckets: usize) -> u32 {
    let half = buckets / 2;
    let exact = half / 2;
    let distance = from.abs_diff(to);
    let within = if distance < exact {
        distance
    } else {
        // Single precision yields the same bucket boundaries as the implementation that the models were trained with.
        let share = (distance as f32 / exact as f32).ln() / (MAX_DISTANCE / exact as f64).ln() as f32;
        (exact + (share * (half - exact) as f32) as usize).min(half.saturating_sub(1))
    };
    (if to > from { half + within } else { within }) as u32
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn short_distances_have_their_own_buckets_and_long_distances_share_them() {
        let before: Vec<u32> =
            [0, 1, 7, 8, 11, 12, 16, 127, 500].iter().map(|&far| bucket(far, 0, 32)).collect();
        assert_eq!(before, [0, 1, 7, 8, 8, 9, 10, 15, 15]);
        assert_eq!(bucket(0, 1, 32), 17);
        assert_eq!(bucket(0, 500, 32), 31);
    }
}
