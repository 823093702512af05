//! The fragments and index segments of a table, as listed in its manifest.

use lance::dataset::Dataset;
use lance::index::DatasetIndexExt;
use lance_table::format::{Fragment, IndexMetadata};

use super::super::Table;
use super::super::error::convert;
use crate::error::Result;

/// The prefix of the engine's own indexes, which have no column.
const SYSTEM: &str = "__lance_";

/// The fragments and index segments of one version.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    /// The fragments, in the order of their rows.
    pub(crate) fragments: Vec<FragmentLayout>,
    pub(crate) indexes: Vec<IndexLayout>,
    /// `true` if the engine translates row addresses when it reads an index. Only another program can enable this. The
    /// indexes then cover fragments that differ from those in the manifest.
    pub(crate) translated: bool,
}

/// One fragment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FragmentLayout {
    pub(crate) id: u64,
    /// The number of rows in the fragment's files, including deleted rows.
    pub(crate) physical: u64,
    pub(crate) deleted: u64,
    pub(crate) bytes: u64,
    /// The index segments that cover the fragment, as positions in the list of all segments of the table.
    pub(crate) segments: Vec<usize>,
}

impl FragmentLayout {
    /// Returns the number of rows that are not deleted.
    pub(crate) fn rows(&self) -> u64 {
        self.physical.saturating_sub(self.deleted)
    }

    /// Returns the approximate number of bytes of the deleted rows.
    pub(super) fn deleted_bytes(&self) -> u64 {
        let fraction = self.deleted as f64 / self.physical.max(1) as f64;
        (self.bytes as f64 * fraction) as u64
    }
}

/// One index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct IndexLayout {
    pub(crate) name: String,
    /// The segments, in the order of the manifest, oldest first.
    pub(crate) segments: Vec<SegmentLayout>,
    /// The number of rows that no segment covers.
    pub(crate) unindexed: u64,
}

/// One segment of an index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SegmentLayout {
    /// The position of the segment in the list of all segments of the table.
    pub(crate) position: usize,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

impl Layout {
    /// Returns the number of rows in the table.
    pub(crate) fn rows(&self) -> u64 {
        self.fragments.iter().map(FragmentLayout::rows).sum()
    }

    /// Returns the segments at these positions.
    pub(super) fn segments<'a>(
        &'a self,
        positions: &'a [usize],
    ) -> impl Iterator<Item = &'a SegmentLayout> + 'a {
        let segments = self.indexes.iter().flat_map(|index| &index.segments);
        segments.filter(|segment| positions.contains(&segment.position))
    }

    /// Returns the size in bytes of the index segments that cover the fragment.
    pub(super) fn segment_bytes(&self, fragment: &FragmentLayout) -> u64 {
        self.segments(&fragment.segments).map(|segment| segment.bytes).sum()
    }

    fn new(fragments: &[Fragment], segments: &[IndexMetadata]) -> Self {
        let translated = segments.iter().any(|segment| segment.name.starts_with(SYSTEM));
        let segments: Vec<_> = segments.iter().filter(|segment| !segment.name.starts_with(SYSTEM)).collect();
        let mut fragments: Vec<_> = fragments.iter().map(FragmentLayout::from_fragment).collect();
        let mut indexes: Vec<IndexLayout> = Vec::new();
        for (position, segment) in segments.into_iter().enumerate() {
            let mut layout = SegmentLayout { position, rows: 0, bytes: bytes_of(segment) };
            for fragment in fragments.iter_mut().filter(|fragment| covers(segment, fragment.id)) {
                fragment.segments.push(position);
                layout.rows += fragment.rows();
            }
            match indexes.iter_mut().find(|index| index.name == segment.name) {
                Some(index) => index.segments.push(layout),
                None => indexes.push(IndexLayout {
                    name: segment.name.clone(),
                    segments: vec![layout],
                    unindexed: 0,
                }),
            }
        }
        for index in &mut indexes {
            let is_covered = |fragment: &&FragmentLayout| {
                index.segments.iter().any(|segment| fragment.segments.contains(&segment.position))
            };
            let unindexed = fragments.iter().filter(|fragment| !is_covered(fragment));
            index.unindexed = unindexed.map(FragmentLayout::rows).sum();
        }
        Self { fragments, indexes, translated }
    }
}

impl FragmentLayout {
    fn from_fragment(fragment: &Fragment) -> Self {
        let deleted = fragment.deletion_file.as_ref().and_then(|file| file.num_deleted_rows);
        let sizes = fragment.files.iter().filter_map(|file| file.file_size_bytes.get());
        Self {
            id: fragment.id,
            physical: fragment.physical_rows.unwrap_or(0) as u64,
            deleted: deleted.unwrap_or(0) as u64,
            bytes: sizes.map(|bytes| bytes.get()).sum(),
            segments: Vec::new(),
        }
    }
}

/// Returns `true` if the segment covers the fragment. Old versions of the engine did not record the fragments of a segment.
/// A segment without this record is assumed to cover every fragment.
fn covers(segment: &IndexMetadata, fragment: u64) -> bool {
    let bitmap = segment.fragment_bitmap.as_ref();
    bitmap.is_none_or(|bitmap| u32::try_from(fragment).is_ok_and(|fragment| bitmap.contains(fragment)))
}

fn bytes_of(segment: &IndexMetadata) -> u64 {
    segment.files.iter().flatten().map(|file| file.size_bytes).sum()
}

/// Returns the layout of an open version. The list of index segments is read from the manifest once per version.
pub(super) async fn layout_of(dataset: &Dataset) -> Result<Layout> {
    let segments = dataset.load_indices().await.map_err(|error| convert(error.into()))?;
    Ok(Layout::new(dataset.fragments(), &segments))
}

impl Table {
    /// Returns the layout of the newest version. Returns `None` for a table on LanceDB's service, which maintains its tables
    /// itself.
    ///
    /// Checks for a newer version, as any read does. Does not open an index.
    pub(crate) async fn layout(&self) -> Result<Option<Layout>> {
        let Some(handle) = self.raw().dataset() else { return Ok(None) };
        let dataset = handle.get().await.map_err(convert)?;
        layout_of(&dataset).await.map(Some)
    }
}
