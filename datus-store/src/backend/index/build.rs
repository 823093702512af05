use lancedb::DistanceType;
use lancedb::index::Index;
use lancedb::index::scalar::{
    BTreeIndexBuilder, BitmapIndexBuilder, BloomFilterIndexBuilder, FmIndexBuilder, LabelListIndexBuilder,
    NGramIndexBuilder, ZoneMapIndexBuilder,
};
use lancedb::index::vector::{
    IvfFlatIndexBuilder, IvfHnswFlatIndexBuilder, IvfHnswPqIndexBuilder, IvfHnswSqIndexBuilder,
    IvfPqIndexBuilder, IvfRqIndexBuilder, IvfSqIndexBuilder,
};

use super::super::error::convert;
use super::super::{Table, TableLock};
use super::TextOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::index::sizing::VectorIndexSize;
use crate::record::{IndexKind, Metric, VectorIndex};

/// An index to build.
#[derive(Debug, Clone)]
pub(crate) enum Build {
    Scalar(IndexKind),
    Text(TextOptions),
    Vector(VectorIndexSize, Metric),
}

impl Build {
    /// Returns the name of the index kind, as written in attributes.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Scalar(kind) => kind.name(),
            Self::Text(_) => "fts",
            Self::Vector(size, _) => size.kind.name(),
        }
    }

    fn to_index(&self) -> Result<Index> {
        Ok(match self {
            Self::Scalar(kind) => scalar(*kind),
            Self::Text(options) => Index::FTS(options.to_builder()?),
            Self::Vector(size, metric) => vector(*size, distance(*metric))?,
        })
    }
}

impl Table {
    /// Builds an index on a column over all rows, in one commit. It replaces an index with the same name.
    ///
    /// If a writer commits first, the index is built and committed again.
    pub(crate) async fn build_index(
        &self,
        _lock: &TableLock,
        name: &str,
        column: &str,
        build: &Build,
    ) -> Result<()> {
        let index = build.to_index()?;
        let built = self.with_retries(|| async {
            let builder = self.raw().create_index(&[column], index.clone()).name(name.to_owned());
            builder.execute().await.map_err(convert)
        });
        built.await
    }

    /// Drops an index, given by its name.
    pub(crate) async fn drop_index(&self, name: &str) -> Result<()> {
        self.raw().drop_index(name).await.map_err(convert)
    }
}

fn scalar(kind: IndexKind) -> Index {
    match kind {
        IndexKind::BTree => Index::BTree(BTreeIndexBuilder::default()),
        IndexKind::Bitmap => Index::Bitmap(BitmapIndexBuilder::default()),
        IndexKind::LabelList => Index::LabelList(LabelListIndexBuilder::default()),
        IndexKind::NGram => Index::NGram(NGramIndexBuilder::default()),
        IndexKind::Fm => Index::Fm(FmIndexBuilder::default()),
        IndexKind::ZoneMap => Index::ZoneMap(ZoneMapIndexBuilder::default()),
        IndexKind::Bloom => Index::BloomFilter(BloomFilterIndexBuilder::default()),
    }
}

fn vector(size: VectorIndexSize, distance: DistanceType) -> Result<Index> {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let VectorIndexSize { kind, partitions, sub_vectors } = size;
    let (partitions, sub_vectors) = (count(partitions), count(sub_vectors.unwrap_or(1)));
    // The builders have no common trait.
    macro_rules! sized {
        ($builder:ident) => {
            $builder::default().distance_type(distance).num_partitions(partitions)
        };
    }
    Ok(match kind {
        VectorIndex::IvfFlat => Index::IvfFlat(sized!(IvfFlatIndexBuilder)),
        VectorIndex::IvfSq => Index::IvfSq(sized!(IvfSqIndexBuilder)),
        VectorIndex::IvfPq => Index::IvfPq(sized!(IvfPqIndexBuilder).num_sub_vectors(sub_vectors)),
        VectorIndex::IvfRq => Index::IvfRq(sized!(IvfRqIndexBuilder)),
        VectorIndex::HnswFlat => Index::IvfHnswFlat(sized!(IvfHnswFlatIndexBuilder)),
        VectorIndex::HnswSq => Index::IvfHnswSq(sized!(IvfHnswSqIndexBuilder)),
        VectorIndex::HnswPq => Index::IvfHnswPq(sized!(IvfHnswPqIndexBuilder).num_sub_vectors(sub_vectors)),
        VectorIndex::Auto | VectorIndex::None => {
            let message = format!("an index of kind `{}` cannot be built", kind.name());
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
    })
}

pub(super) fn distance(metric: Metric) -> DistanceType {
    match metric {
        Metric::Cosine => DistanceType::Cosine,
        Metric::L2 => DistanceType::L2,
        Metric::Dot => DistanceType::Dot,
    }
}
