//! The size of a vector index, as a function of the number of rows and the dimension.
//!
//! The documentation of every constant names its source. The constants do not determine the recall of searches, which is
//! measured after an index is built; see [`Store::create_indexes`](crate::Store::create_indexes).

use crate::record::VectorIndex;

/// The maximum number of components, rows times dimension, for which a column declared `auto` gets no index: 38,400,000,
/// which is 100,000 rows with dimension 384.
///
/// LanceDB's documentation of vector indexes considers exact search sufficient for about 100,000 vectors.
pub const EXACT_COMPONENTS: usize = 100_000 * 384;

/// The minimum number of vectors for an index: 256, because k-means needs at least 256 vectors to train the 256 codes of a
/// byte (lance-index 14, `vector/pq/builder.rs`).
pub const MIN_VECTORS: usize = 256;

/// The maximum number of partitions: 4,096. With more partitions, k-means is slow (lance-index 14, `vector/ivf/builder.rs`,
/// `recommended_num_partitions`).
pub const MAX_PARTITIONS: usize = 4096;

/// The growth factor at which an index is rebuilt: 4 times as many rows as when it was built. A partition is then four times
/// its target length, and takes four times as long to search.
pub const REBUILD_FACTOR: usize = 4;

/// The maximum number of components that product quantization encodes as one code: 16 (lancedb 0.41, `index/vector.rs`,
/// `suggested_num_sub_vectors`).
const MAX_SUB_VECTOR_LENGTH: usize = 16;

/// The kind and size of a vector index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VectorIndexSize {
    /// The kind, which is neither `Auto` nor `None`.
    pub kind: VectorIndex,
    /// The number of partitions.
    pub partitions: usize,
    /// The number of codes per vector for product quantization, or `None` for other kinds.
    pub sub_vectors: Option<usize>,
}

impl VectorIndexSize {
    /// Returns the size of an index over `rows` vectors.
    ///
    /// ```
    /// use datus_store::index::sizing::VectorIndexSize;
    /// use datus_store::record::VectorIndex;
    ///
    /// let size = VectorIndexSize::of(VectorIndex::IvfPq, 1_000_000, 384);
    /// assert_eq!((size.partitions, size.sub_vectors), (122, Some(24)));
    /// ```
    pub fn of(kind: VectorIndex, rows: usize, dimension: usize) -> Self {
        Self {
            kind,
            partitions: partitions(kind, rows),
            sub_vectors: kind.is_product_quantized().then(|| sub_vectors(dimension)),
        }
    }
}

/// Returns `true` if exact search over `rows` vectors is fast enough that no index is needed.
///
/// ```
/// use datus_store::index::sizing::exact_is_enough;
///
/// assert!(exact_is_enough(100_000, 384));
/// assert!(!exact_is_enough(1_000_000, 384));
/// ```
pub fn exact_is_enough(rows: usize, dimension: usize) -> bool {
    rows.saturating_mul(dimension) <= EXACT_COMPONENTS
}

/// Returns the kinds to try for a column declared `auto`, in order. The first one that reaches the target recall is kept.
///
/// Product quantization comes first because its indexes are the smallest: for 1,000,000 vectors with dimension 384, the
/// index takes about 40 MB and the vectors take 1.5 GB. It is fast only with at least 8 components per code, so the
/// dimension must be divisible by 8. A scalar-quantized index takes a quarter of the space of the vectors and supports any
/// dimension.
pub fn candidate_kinds(dimension: usize) -> &'static [VectorIndex] {
    if dimension.is_multiple_of(8) {
        &[VectorIndex::IvfPq, VectorIndex::IvfSq]
    } else {
        &[VectorIndex::IvfSq]
    }
}

/// Returns the number of partitions of an index over `rows` vectors: `rows` divided by [`partition_length`], but at least 1
/// and at most [`MAX_PARTITIONS`].
pub fn partitions(kind: VectorIndex, rows: usize) -> usize {
    (rows / partition_length(kind)).clamp(1, MAX_PARTITIONS)
}

/// Returns the target number of rows per partition. The values are those of lance (lance-index-core 14,
/// `IndexType::target_partition_size`).
pub fn partition_length(kind: VectorIndex) -> usize {
    match kind {
        VectorIndex::IvfFlat | VectorIndex::IvfRq => 4096,
        VectorIndex::HnswFlat | VectorIndex::HnswSq | VectorIndex::HnswPq => 1 << 20,
        VectorIndex::IvfSq | VectorIndex::IvfPq | VectorIndex::Auto | VectorIndex::None => 8192,
    }
}

/// Returns the number of codes per vector for product quantization. Each code covers 16 components, or the largest smaller
/// number by which the dimension is divisible.
///
/// lancedb itself uses a single code for a vector whose dimension is not divisible by 8.
///
/// ```
/// use datus_store::index::sizing::sub_vectors;
///
/// assert_eq!(sub_vectors(384), 24);
/// assert_eq!(sub_vectors(100), 10);
/// ```
pub fn sub_vectors(dimension: usize) -> usize {
    let length = (1..=MAX_SUB_VECTOR_LENGTH).rev().find(|length| dimension.is_multiple_of(*length));
    dimension / length.unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_partitions_grows_with_the_rows_within_bounds() {
        assert_eq!(partitions(VectorIndex::IvfFlat, 0), 1);
        assert_eq!(partitions(VectorIndex::IvfFlat, 40_960), 10);
        assert_eq!(partitions(VectorIndex::IvfPq, 1_000_000), 122);
        assert_eq!(partitions(VectorIndex::HnswSq, 1_000_000), 1);
        assert_eq!(partitions(VectorIndex::IvfPq, usize::MAX), MAX_PARTITIONS);
    }

    #[test]
    fn product_quantization_is_tried_if_eight_divides_the_dimension() {
        assert_eq!(candidate_kinds(384), [VectorIndex::IvfPq, VectorIndex::IvfSq]);
        assert_eq!(candidate_kinds(100), [VectorIndex::IvfSq]);
    }

    #[test]
    fn the_length_of_a_partition_depends_on_the_kind() {
        let lengths = VectorIndex::ALL.map(|kind| partition_length(kind) / 4096);
        assert_eq!(lengths, [2, 2, 1, 2, 2, 1, 256, 256, 256]);
    }

    #[test]
    fn the_number_of_sub_vectors_divides_the_dimension() {
        for dimension in 1..2000 {
            let count = sub_vectors(dimension);
            assert_eq!(dimension % count, 0, "{dimension}");
            assert!(dimension / count <= MAX_SUB_VECTOR_LENGTH, "{dimension}");
        }
        assert_eq!(sub_vectors(768), 48);
        assert_eq!(sub_vectors(7), 1);
        assert_eq!(sub_vectors(31), 31);
    }

    #[test]
    fn rows_and_dimension_decide_whether_exact_search_is_enough() {
        assert!(exact_is_enough(37_500, 1024));
        assert!(!exact_is_enough(37_501, 1024));
        assert!(!exact_is_enough(usize::MAX, usize::MAX));
    }
}
