//! How large a vector index is, as functions of the number of rows and of the dimension.
//!
//! Every constant says where it is from. None of them decides how good searches are: that is measured after an index is
//! built, see [`Store::create_indices`](crate::Store::create_indices).

use crate::record::VectorIndex;

/// Up to how many components in all, rows times dimension, a column declared `auto` has no index: 38,400,000, which is
/// 100,000 rows of 384.
///
/// LanceDB's documentation of vector indexes calls exact search enough for some 100,000 vectors.
pub const EXACT_COMPONENTS: usize = 100_000 * 384;

/// The fewest vectors from which an index is built: 256, what k-means needs for the 256 codes of a byte (lance-index 14,
/// `vector/pq/builder.rs`).
pub const LEAST_VECTORS: usize = 256;

/// The most partitions: 4,096, from where k-means is slow (lance-index 14, `vector/ivf/builder.rs`,
/// `recommended_num_partitions`).
pub const MOST_PARTITIONS: usize = 4096;

/// From how many times the rows that it was built for an index is built anew. At four times, a partition is four times as
/// long as it was meant to be, and so is the search of one.
pub const REBUILD_AT: usize = 4;

/// The largest group of components that product quantisation makes one code of: 16 (lancedb 0.41, `index/vector.rs`,
/// `suggested_num_sub_vectors`).
const LARGEST_GROUP: usize = 16;

/// What to build for a vector column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VectorSize {
    /// The kind; never `Auto` nor `None`.
    pub kind: VectorIndex,
    /// How many partitions.
    pub partitions: usize,
    /// How many codes a vector is made of, where the kind quantises groups of components.
    pub sub_vectors: Option<usize>,
}

impl VectorSize {
    /// The size of an index of a kind over so many vectors of a dimension.
    ///
    /// ```
    /// use datus_store::index::sizing::VectorSize;
    /// use datus_store::record::VectorIndex;
    ///
    /// let size = VectorSize::of(VectorIndex::IvfPq, 1_000_000, 384);
    /// assert_eq!((size.partitions, size.sub_vectors), (122, Some(24)));
    /// ```
    pub fn of(kind: VectorIndex, rows: usize, dimension: usize) -> Self {
        Self {
            kind,
            partitions: partitions(kind, rows),
            sub_vectors: kind.is_product_quantised().then(|| sub_vectors(dimension)),
        }
    }
}

/// Whether exact search of so many vectors of a dimension is fast enough to need no index.
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

/// The kinds that a column declared `auto` tries, in this order: the first one that reaches the wanted recall is kept.
///
/// Product quantisation first, the smallest: its index of 1,000,000 vectors of 384 components takes some 40 MB, where the
/// vectors take 1.5 GB. It needs groups of 8 components at least to be fast, so the dimension must divide by 8. Scalar
/// quantisation, four times smaller than the vectors, suits any dimension.
pub fn candidates(dimension: usize) -> &'static [VectorIndex] {
    if dimension.is_multiple_of(8) {
        &[VectorIndex::IvfPq, VectorIndex::IvfSq]
    } else {
        &[VectorIndex::IvfSq]
    }
}

/// How many partitions an index of a kind has over so many rows: rows divided by the length of a partition, from 1 to
/// [`MOST_PARTITIONS`].
pub fn partitions(kind: VectorIndex, rows: usize) -> usize {
    (rows / partition_length(kind)).clamp(1, MOST_PARTITIONS)
}

/// How many rows a partition is meant to have: lance's own lengths (lance-index-core 14, `IndexType::target_partition_size`).
pub fn partition_length(kind: VectorIndex) -> usize {
    match kind {
        VectorIndex::IvfFlat | VectorIndex::IvfRq => 4096,
        VectorIndex::HnswFlat | VectorIndex::HnswSq | VectorIndex::HnswPq => 1 << 20,
        VectorIndex::IvfSq | VectorIndex::IvfPq | VectorIndex::Auto | VectorIndex::None => 8192,
    }
}

/// How many codes a vector of a dimension is made of: one for each group of 16 components, or of the most below 16 that
/// divides the dimension.
///
/// lancedb itself takes one code for a whole vector whose dimension does not divide by 8.
///
/// ```
/// use datus_store::index::sizing::sub_vectors;
///
/// assert_eq!(sub_vectors(384), 24);
/// assert_eq!(sub_vectors(100), 10);
/// ```
pub fn sub_vectors(dimension: usize) -> usize {
    let group = (1..=LARGEST_GROUP).rev().find(|group| dimension.is_multiple_of(*group));
    dimension / group.unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_grow_with_the_rows_within_bounds() {
        assert_eq!(partitions(VectorIndex::IvfFlat, 0), 1);
        assert_eq!(partitions(VectorIndex::IvfFlat, 40_960), 10);
        assert_eq!(partitions(VectorIndex::IvfPq, 1_000_000), 122);
        assert_eq!(partitions(VectorIndex::HnswSq, 1_000_000), 1);
        assert_eq!(partitions(VectorIndex::IvfPq, usize::MAX), MOST_PARTITIONS);
    }

    #[test]
    fn groups_of_a_product_quantised_vector_divide_its_dimension() {
        for dimension in 1..2000 {
            let groups = sub_vectors(dimension);
            assert_eq!(dimension % groups, 0, "{dimension}");
            assert!(dimension / groups <= LARGEST_GROUP, "{dimension}");
        }
        assert_eq!(sub_vectors(768), 48);
        assert_eq!(sub_vectors(7), 1);
        assert_eq!(sub_vectors(31), 31);
    }

    #[test]
    fn a_table_is_large_by_its_components() {
        assert!(exact_is_enough(37_500, 1024));
        assert!(!exact_is_enough(37_501, 1024));
        assert!(!exact_is_enough(usize::MAX, usize::MAX));
    }
}
