/// The index of a vector column, as `#[datus(embed(index = …))]` declares it.
///
/// An index finds most of the nearest rows without comparing with every vector. What each kind is made of:
///
/// | kind | how vectors are kept in it | partitions |
/// |---|---|---|
/// | `ivf_flat` | whole | by nearness |
/// | `ivf_sq` | 8 bits a component | by nearness |
/// | `ivf_pq` | some bits a group of components | by nearness |
/// | `ivf_rq` | 1 bit a component | by nearness |
/// | `hnsw_flat`, `hnsw_sq`, `hnsw_pq` | as above | one graph up to a million rows |
///
/// [`Store::create_indices`](crate::Store::create_indices) builds it, and `index::sizing` says how large it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum VectorIndex {
    /// The kind that fits the table, once it is so large that an index pays: `auto`. The default.
    #[default]
    Auto,
    /// No index: every search compares with every vector: `none`.
    None,
    /// Whole vectors in partitions: `ivf_flat`.
    IvfFlat,
    /// Components of 8 bits in partitions: `ivf_sq`.
    IvfSq,
    /// Product-quantised vectors in partitions: `ivf_pq`.
    IvfPq,
    /// Components of one bit in partitions: `ivf_rq`.
    IvfRq,
    /// A graph over whole vectors: `hnsw_flat`.
    HnswFlat,
    /// A graph over components of 8 bits: `hnsw_sq`.
    HnswSq,
    /// A graph over product-quantised vectors: `hnsw_pq`.
    HnswPq,
}

impl VectorIndex {
    /// Every kind.
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

    /// The name in attributes and in table metadata, such as `ivf_pq`.
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

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it is a graph: searches of it keep `ef` candidates.
    pub fn is_graph(self) -> bool {
        matches!(self, Self::HnswFlat | Self::HnswSq | Self::HnswPq)
    }

    /// Whether it keeps groups of components as one code.
    pub fn is_product_quantised(self) -> bool {
        matches!(self, Self::IvfPq | Self::HnswPq)
    }

    /// Whether it keeps vectors whole, so that its distances are exact.
    pub fn is_flat(self) -> bool {
        matches!(self, Self::IvfFlat | Self::HnswFlat)
    }
}
