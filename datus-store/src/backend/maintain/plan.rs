//! The next step of maintenance: a pure function of the layout of a table.
//!
//! Fragments are merged as the runs of a size-tiered LSM tree are: neighbors of like size, so that a row is written again a few
//! times in its life and not once for each merge. Index segments are merged by the same rule.

use std::collections::HashSet;

use super::layout::{FragmentLayout, IndexLayout, Layout};

/// The rows of the smallest tier, and its multiple by the fanout is the next one. Writes keep fragments of fewer rows few
/// themselves, and a fragment of 2,048 rows reads about as fast as two of half its size.
const SMALLEST: u64 = 2048;
/// The rows of a fragment that is not merged any more: half of lance's own `target_rows_per_fragment`.
const FULL_ROWS: u64 = 512 << 10;
/// The most rows of a merged fragment, as of lance's own compaction.
pub(super) const MOST_ROWS: u64 = 1 << 20;
/// The most bytes that a step reads and writes again: about a second of one core and of a common disk.
const STEP_BYTES: u64 = 256 << 20;
/// The most bytes of a step where large index segments have to be rewritten with it.
const MOST_BYTES: u64 = 2 << 30;
/// Index segments of up to this many bytes are rewritten with any step: that takes some tens of milliseconds.
const LIGHT_INDEX: u64 = 16 << 20;
/// The least number of deleted rows of a fragment worth a rewrite: a scan skips fewer in no time.
const LEAST_DELETED: u64 = 256;
/// The part of the rows, one in this many, that an index may leave out.
const UNCOVERED_PART: u64 = 20;
/// The bounds of that part. The engine reads uncovered rows in every search: 8,192 rows are some 12 MB of vectors, or some
/// 10 ms of cutting texts into tokens; below 1,024 a commit costs more than it saves.
const LEAST_UNCOVERED: u64 = 1024;
const MOST_UNCOVERED: u64 = 8192;
/// A segment is merged with newer rows when it has at most this many times their number. So an index of `n` rows has at
/// most about `log4(n / 1024)` segments: 7 at 10 million.
const SEGMENT_RATIO: u64 = 4;

/// The settings of the plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// The number of neighbors of like size that are merged.
    pub(crate) fanout: usize,
    /// The part of a fragment's rows that are deleted before it is rewritten.
    pub(crate) deleted_part: f64,
    /// The number of rows that an index may leave out; `None` for a part of the table.
    pub(crate) uncovered: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { fanout: 8, deleted_part: 0.1, uncovered: None }
    }
}

/// One step. Each commits by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Work {
    Compact(Compaction),
    Fold(Fold),
}

/// Fragments that are rewritten into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compaction {
    /// The ids of neighbors, in order.
    pub(crate) fragments: Vec<u64>,
    pub(crate) bytes: u64,
    /// The bytes of the index segments that are rewritten with them.
    pub(crate) index_bytes: u64,
}

/// Indexes that take in the rows that they do not cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fold {
    pub(crate) indexes: Vec<String>,
    /// The newest segments that are merged with the new rows; 0 for a segment of their own.
    pub(crate) merged: usize,
    /// The rows that are taken in, over all indexes.
    pub(crate) rows: u64,
    /// The rows of the largest new segment.
    pub(crate) segment_rows: u64,
}

/// The fragments and indexes that a plan leaves out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Skipped {
    pub(crate) compaction: bool,
    pub(crate) folding: bool,
    /// `true` to leave fragments alone that an index covers, since the index can't be rewritten with them.
    pub(crate) covered: bool,
    pub(crate) fragments: HashSet<u64>,
    pub(crate) indexes: HashSet<String>,
    /// `true` to fold one index at a time, so that one that fails does not keep the others from it.
    pub(crate) one_index: bool,
}

impl Skipped {
    /// Leaves this step out of the plans that follow.
    pub(crate) fn skip(&mut self, work: &Work) {
        match work {
            Work::Compact(compaction) => self.fragments.extend(&compaction.fragments),
            Work::Fold(fold) if fold.indexes.len() > 1 => self.one_index = true,
            Work::Fold(fold) => self.indexes.extend(fold.indexes.iter().cloned()),
        }
    }
}

/// Returns the next step; `None` for a table that is well. Cheap merges of rows that no index covers come first, then
/// folding, then what needs indexes to be rewritten.
pub(crate) fn next(layout: &Layout, limits: &Limits, skipped: &Skipped) -> Option<Work> {
    let mut compactions = Vec::new();
    if !skipped.compaction && !layout.translated {
        compactions.extend(merges(layout, limits, skipped));
        compactions.extend(rewrites(layout, limits, skipped));
    }
    let cost = |compaction: &Compaction| compaction.bytes + compaction.index_bytes;
    let cheapest =
        compactions.into_iter().min_by_key(|compaction| (compaction.index_bytes > 0, cost(compaction)));
    match cheapest {
        Some(compaction) if compaction.index_bytes == 0 => Some(Work::Compact(compaction)),
        cheapest => fold(layout, limits, skipped).map(Work::Fold).or(cheapest.map(Work::Compact)),
    }
}

/// Neighbors that the same segments cover. The engine rewrites no others together.
fn runs<'a>(
    layout: &'a Layout,
    skipped: &'a Skipped,
    is_candidate: impl Fn(&FragmentLayout) -> bool + 'a,
) -> impl Iterator<Item = &'a [FragmentLayout]> {
    let is_candidate = move |fragment: &FragmentLayout| {
        let is_free = !skipped.covered || fragment.segments.is_empty();
        is_free && !skipped.fragments.contains(&fragment.id) && is_candidate(fragment)
    };
    let runs = layout.fragments.split(move |fragment| !is_candidate(fragment));
    runs.flat_map(|run| run.chunk_by(|a, b| a.segments == b.segments))
}

/// Fragments of like size.
fn merges(layout: &Layout, limits: &Limits, skipped: &Skipped) -> Vec<Compaction> {
    let is_small = |fragment: &FragmentLayout| fragment.rows() < FULL_ROWS && fragment.bytes < STEP_BYTES / 2;
    let of_run = |run: &[FragmentLayout]| {
        let tiers = (0..=tier(FULL_ROWS, limits.fanout)).map(|most| {
            let is_in = |fragment: &FragmentLayout| tier(fragment.rows(), limits.fanout) <= most;
            let windows = run.split(|fragment| !is_in(fragment));
            windows.filter_map(|window| merge(layout, limits, window)).next()
        });
        tiers.flatten().next()
    };
    runs(layout, skipped, is_small).filter_map(of_run).collect()
}

fn merge(layout: &Layout, limits: &Limits, window: &[FragmentLayout]) -> Option<Compaction> {
    let [first, _, ..] = window else { return None };
    let index_bytes: u64 = layout.segments(&first.segments).map(|segment| segment.bytes).sum();
    let bytes: u64 = window.iter().map(|fragment| fragment.bytes).sum();
    // Each step rewrites the segments too, so the more they weigh, the more fragments have to go.
    let weight = index_bytes.saturating_sub(LIGHT_INDEX) / (8 * bytes.max(1));
    let weight = usize::try_from(weight.clamp(1, 8)).unwrap_or(8);
    if window.len() < limits.fanout.saturating_mul(weight) {
        return None;
    }
    let taken = within(window, index_bytes);
    let rows = |fragments: &[FragmentLayout]| fragments.iter().map(FragmentLayout::rows).sum::<u64>();
    let largest = taken.iter().map(FragmentLayout::rows).max().unwrap_or(0);
    // Every row comes into a fragment of at least twice the size, so it is written again a logarithmic number of times.
    if taken.len() < 2 || largest.saturating_mul(2) > rows(taken).max(SMALLEST) {
        return None;
    }
    Some(compaction(taken, index_bytes))
}

/// Fragments with many deleted rows.
fn rewrites(layout: &Layout, limits: &Limits, skipped: &Skipped) -> Vec<Compaction> {
    let has_many = |fragment: &FragmentLayout| {
        fragment.deleted >= LEAST_DELETED
            && fragment.deleted as f64 > limits.deleted_part * fragment.physical as f64
    };
    let of_run = |run: &[FragmentLayout]| {
        let first = run.first()?;
        let segments = || layout.segments(&first.segments);
        let index_bytes: u64 = segments().map(|segment| segment.bytes).sum();
        let covered = segments().map(|segment| segment.rows).max().unwrap_or(0);
        let taken = within(run, index_bytes);
        let bytes: u64 = taken.iter().map(|fragment| fragment.bytes).sum();
        // Segments that weigh much more than the rows wait until a fiftieth of their rows goes with one rewrite of them.
        let deleted: u64 = taken.iter().map(|fragment| fragment.deleted).sum();
        let is_light = index_bytes <= bytes.saturating_mul(8).max(LIGHT_INDEX);
        let pays = is_light || deleted.saturating_mul(50) >= covered;
        pays.then(|| compaction(taken, index_bytes))
    };
    runs(layout, skipped, has_many).filter_map(of_run).collect()
}

/// The fragments from the first one on that one step may rewrite.
fn within(fragments: &[FragmentLayout], index_bytes: u64) -> &[FragmentLayout] {
    let most_bytes = (index_bytes / 2).clamp(STEP_BYTES, MOST_BYTES);
    let (mut rows, mut bytes) = (0, 0);
    let fits = |fragment: &&FragmentLayout| {
        rows += fragment.rows();
        bytes += fragment.bytes;
        rows <= MOST_ROWS && bytes <= most_bytes
    };
    let fitting = fragments.iter().take_while(fits).count();
    fragments.get(..fitting.max(1)).unwrap_or_default()
}

fn compaction(fragments: &[FragmentLayout], index_bytes: u64) -> Compaction {
    Compaction {
        fragments: fragments.iter().map(|fragment| fragment.id).collect(),
        bytes: fragments.iter().map(|fragment| fragment.bytes).sum(),
        index_bytes,
    }
}

/// The logarithm of a fragment's size.
fn tier(rows: u64, fanout: usize) -> u32 {
    let fanout = u64::try_from(fanout).unwrap_or(u64::MAX).max(2);
    (rows / SMALLEST).max(1).ilog(fanout)
}

/// The indexes that leave out many rows, as far as one commit can fold them.
fn fold(layout: &Layout, limits: &Limits, skipped: &Skipped) -> Option<Fold> {
    if skipped.folding {
        return None;
    }
    let part = (layout.rows() / UNCOVERED_PART).clamp(LEAST_UNCOVERED, MOST_UNCOVERED);
    let least = limits.uncovered.unwrap_or(part).max(1);
    let indexes = || layout.indexes.iter().filter(|index| !skipped.indexes.contains(&index.name));
    let first = indexes().find(|index| index.uncovered >= least)?;
    let (merged, _) = merged_segments(first);
    // Indexes that are folded in one commit cover the same fragments, which can be merged later.
    let is_alike = |index: &&IndexLayout| {
        index.name == first.name
            || !skipped.one_index && index.uncovered > 0 && merged_segments(index).0 == merged
    };
    let alike: Vec<_> = indexes().filter(is_alike).collect();
    Some(Fold {
        merged,
        rows: alike.iter().map(|index| index.uncovered).sum(),
        segment_rows: alike.iter().map(|index| merged_segments(index).1).max().unwrap_or(0),
        indexes: alike.into_iter().map(|index| index.name.clone()).collect(),
    })
}

/// The number of the newest segments to merge with the uncovered rows, and the rows that the new segment has then.
fn merged_segments(index: &IndexLayout) -> (usize, u64) {
    let mut rows = index.uncovered;
    let is_alike = |segment: &&super::layout::SegmentLayout| {
        let alike = segment.rows <= rows.saturating_mul(SEGMENT_RATIO);
        if alike {
            rows += segment.rows;
        }
        alike
    };
    let merged = index.segments.iter().rev().take_while(is_alike).count();
    (merged, rows)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]
#[expect(clippy::single_range_in_vec_init, reason = "the fragments that an index covers are ranges")]
mod tests;
