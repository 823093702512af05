/// The index of a vector column, as declared with `#[datus(embed(index = …))]`.
///
/// An index finds most of the nearest rows without comparing the query with every vector. The kinds differ in how they store
/// vectors and in how they partition rows:
///
/// | kind | vectors | partitions |
/// |---|---|---|
/// | `ivf_flat` | uncompressed | clusters |
/// | `ivf_sq` | 8 bits per component | clusters |
/// | `ivf_pq` | one code per group of components | clusters |
/// | `ivf_rq` | 1 bit per component | clusters |
/// | `hnsw_flat`, `hnsw_sq`, `hnsw_pq` | as in the `ivf_` kind | one graph per partition of up to a million rows |
///
/// [`Store::create_indexes`](crate::Store::create_indexes) builds the index, and `index::sizing` determines its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum VectorIndex {
    /// `auto`: a kind that suits the table. No index is built until the table is large enough to need one. The default.
    #[default]
    Auto,
    /// `none`: no index. Every search compares the query with every vector.
    None,
    /// `ivf_flat`: uncompressed vectors in partitions.
    IvfFlat,
    /// `ivf_sq`: 8-bit components in partitions.
    IvfSq,
    /// `ivf_pq`: product-quantized vectors in partitions.
    IvfPq,
    /// `ivf_rq`: 1-bit components in partitions.
    IvfRq,
    /// `hnsw_flat`: a graph over uncompressed vectors.
    HnswFlat,
    /// `hnsw_sq`: a graph over 8-bit components.
    HnswSq,
    /// `hnsw_pq`: a graph over product-quantized vectors.
    HnswPq,
}

impl VectorIndex {
    /// All kinds, in order of declaration.
    pub const ALL: [Self; 9] = [
        Self::Auto,
        Self::None,
        Self::IvfFlat,
        Self::IvfSq,
        Self::IvfPq,
        Self::IvfRq,
        Self::HnswFlat,
        Self::HnswSq,
        Self::HnswPq,
    ];

    /// Returns the name in attributes and in table metadata, such as `ivf_pq`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::None => "none",
            Self::IvfFlat => "ivf_flat",
            Self::IvfSq => "ivf_sq",
            Self::IvfPq => "ivf_pq",
            Self::IvfRq => "ivf_rq",
            Self::HnswFlat => "hnsw_flat",
            Self::HnswSq => "hnsw_sq",
            Self::HnswPq => "hnsw_pq",
        }
    }

    /// Returns the kind with this name, or `None` if there is no such kind.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns `true` if the index is a graph. A search of a graph keeps `ef` candidates.
    pub fn is_graph(self) -> bool {
        matches!(self, Self::HnswFlat | Self::HnswSq | Self::HnswPq)
    }

    /// Returns `true` if the index stores each group of components as one code.
    pub fn is_product_quantized(self) -> bool {
        matches!(self, Self::IvfPq | Self::HnswPq)
    }

    /// Returns `true` if the index stores uncompressed vectors, so that its distances are exact.
    pub fn is_flat(self) -> bool {
        matches!(self, Self::IvfFlat | Self::HnswFlat)
    }
}

#[cfg(test)]
mod tests {
    use super::VectorIndex;

    #[test]
    fn a_kind_is_found_by_its_name() {
        for kind in VectorIndex::ALL {
            assert_eq!(VectorIndex::from_name(kind.name()), Some(kind));
        }
        assert_eq!(VectorIndex::from_name("IVF_PQ"), None);
    }

    #[test]
    fn the_parts_of_a_name_say_how_an_index_is_built() {
        for kind in VectorIndex::ALL {
            assert_eq!(kind.is_graph(), kind.name().starts_with("hnsw"), "{}", kind.name());
            assert_eq!(kind.is_product_quantized(), kind.name().ends_with("_pq"), "{}", kind.name());
            assert_eq!(kind.is_flat(), kind.name().ends_with("_flat"), "{}", kind.name());
        }
    }
}
