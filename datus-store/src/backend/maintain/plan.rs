//! Plans the next step of maintenance, as a pure function of a table's layout.
//!
//! Fragments are merged like the runs of a size-tiered LSM tree: neighbors of similar size are merged. A row is therefore
//! rewritten only a few times in total, rather than once per merge. Index segments follow the same rule.

mod steps;

use super::layout::{FragmentLayout, IndexLayout, Layout};

pub(crate) use self::steps::{Compaction, Exclusions, IndexUpdate, MaintenanceStep, PlanSettings};

/// The number of rows in the smallest tier. Each further tier is larger than the previous one by a factor of `fanout`.
/// Writes already limit the number of smaller fragments, and reading a fragment of 2,048 rows is about as fast as reading
/// two of half its size.
const SMALLEST_TIER: u64 = 2048;
/// The maximum number of bytes that a merge below the smallest tier rewrites. Merges of more bytes follow the rule for
/// larger tiers.
const SMALLEST_BYTES: u64 = 4 << 20;
/// The number of merges after which an index update that is due comes first, so that steady writes cannot delay it forever.
const MAX_MERGES: u32 = 2;
/// The number of rows at which a fragment is full and no longer merged: half of lance's `target_rows_per_fragment`.
const FULL_ROWS: u64 = 512 << 10;
/// The maximum number of rows in a merged fragment, as in lance's compaction.
pub(super) const MAX_ROWS: u64 = 1 << 20;
/// The maximum number of bytes that a step rewrites: about one second of work for one core and an ordinary disk.
const STEP_BYTES: u64 = 256 << 20;
/// The maximum number of bytes that a step rewrites if it also has to rewrite large index segments.
const MAX_BYTES: u64 = 2 << 30;
/// The total size in bytes of index segments that a step may rewrite, however little data it compacts. Rewriting them takes
/// tens of milliseconds.
const SMALL_INDEX: u64 = 16 << 20;
/// The minimum number of deleted rows that make a fragment worth rewriting. Below this number, a scan skips the deleted rows
/// at almost no cost.
const MIN_DELETED: u64 = 256;
/// The divisor that limits unindexed rows: an index may leave out at most the number of rows divided by this.
const UNINDEXED_DIVISOR: u64 = 20;
/// The bounds of the default number of unindexed rows at which an index is updated. The engine reads unindexed rows in every
/// search: 8,192 rows are about 12 MB of vectors, or about 10 ms of tokenizing text. Below 1,024 rows, a commit costs more
/// than it saves.
const MIN_UNINDEXED: u64 = 1024;
const MAX_UNINDEXED: u64 = 8192;
/// The maximum number of bytes of fragments and index segments that one step rewrites in an idle table.
const IDLE_BYTES: u64 = 64 << 20;
/// In an idle table, fragments are rewritten if at least one byte in this many belongs to deleted rows, or is outside the
/// largest of them.
const IDLE_DIVISOR: u64 = 32;
/// The minimum number of unindexed rows that trigger an update of an index in an idle table.
const IDLE_UNINDEXED: u64 = 256;
/// The maximum size in bytes of a newest fragment that is left out when its neighbors are rewritten, because the next small
/// write may replace it.
const NEWEST_BYTES: u64 = 128 << 10;
/// A segment is merged with newer rows if it has at most this many times as many rows as are being added. An index of `n`
/// rows therefore has at most about `log4(n / 1024)` segments: 7 at 10 million rows. The newest segments, up to
/// `SMALL_INDEX` bytes in total, are merged even if each has up to `SMALL_SEGMENT_RATIO` times as many rows, since fragments
/// can be merged only if the same segments cover them.
const SEGMENT_RATIO: u64 = 4;
const SMALL_SEGMENT_RATIO: u64 = 16;

/// Returns the next step, or `None` if the table needs no maintenance.
///
/// Merges of rows that no index covers come first because they are cheap, but at most [`MAX_MERGES`] of them while an index
/// update is due. Then come updates of indexes, and then compactions that must rewrite indexes. In an idle table, indexes are
/// updated first, so that as many neighbors as possible can be rewritten in one step.
pub(crate) fn next_step(
    layout: &Layout,
    settings: &PlanSettings,
    exclusions: &Exclusions,
) -> Option<MaintenanceStep> {
    if settings.is_idle {
        let update = index_update(layout, settings, exclusions).map(MaintenanceStep::UpdateIndexes);
        let step = update.or_else(|| idle_compaction(layout, exclusions).map(MaintenanceStep::Compact));
        if step.is_some() {
            return step;
        }
    }
    let mut compactions = Vec::new();
    if !exclusions.compaction && !layout.translated {
        compactions.extend(merges(layout, settings, exclusions));
        compactions.extend(rewrites(layout, settings, exclusions));
    }
    let cost = |compaction: &Compaction| compaction.bytes + compaction.index_bytes;
    let cheapest =
        compactions.into_iter().min_by_key(|compaction| (compaction.index_bytes > 0, cost(compaction)));
    match cheapest {
        Some(compaction) if compaction.index_bytes == 0 && exclusions.merges < MAX_MERGES => {
            Some(MaintenanceStep::Compact(compaction))
        }
        cheapest => index_update(layout, settings, exclusions)
            .map(MaintenanceStep::UpdateIndexes)
            .or(cheapest.map(MaintenanceStep::Compact)),
    }
}

/// Returns the runs of neighbors that are covered by the same segments. The engine can rewrite only such fragments together.
fn runs<'a>(
    layout: &'a Layout,
    exclusions: &'a Exclusions,
    is_candidate: impl Fn(&FragmentLayout) -> bool + 'a,
) -> impl Iterator<Item = &'a [FragmentLayout]> {
    let is_candidate = move |fragment: &FragmentLayout| {
        let is_free = !exclusions.covered || fragment.segments.is_empty();
        is_free && !exclusions.fragments.contains(&fragment.id) && is_candidate(fragment)
    };
    let runs = layout.fragments.split(move |fragment| !is_candidate(fragment));
    runs.flat_map(|run| run.chunk_by(|a, b| a.segments == b.segments))
}

/// Returns `true` if the fragment may be merged with others.
fn is_small(fragment: &FragmentLayout) -> bool {
    fragment.rows() < FULL_ROWS && fragment.bytes < STEP_BYTES / 2
}

/// Returns the first compaction of neighbors in an idle table. They can have any size, because no further rows are expected
/// soon.
fn idle_compaction(layout: &Layout, exclusions: &Exclusions) -> Option<Compaction> {
    if exclusions.compaction || layout.translated {
        return None;
    }
    let of_run = |run: &[FragmentLayout]| {
        let first = run.first()?;
        let index_bytes = layout.segment_bytes(first);
        let max_bytes = IDLE_BYTES.checked_sub(index_bytes)?;
        let pays = |chosen: &&[FragmentLayout]| {
            let bytes = total_bytes(chosen);
            let largest = chosen.iter().map(|fragment| fragment.bytes).max().unwrap_or(0);
            let deleted: u64 = chosen.iter().map(FragmentLayout::deleted_bytes).sum();
            let is_changed = chosen.len() > 1 || deleted > 0;
            let changed = deleted.max(bytes - largest);
            is_changed && bytes <= max_bytes && changed.saturating_mul(IDLE_DIVISOR) >= bytes
        };
        let starts = (0..run.len()).filter_map(|start| run.get(start..));
        let chosen = starts.map(|rest| prefix(rest, max_bytes)).find(pays)?;
        Some(compaction(chosen, index_bytes))
    };
    runs(layout, exclusions, is_small).find_map(of_run)
}

/// Returns the possible merges of fragments of similar size.
fn merges(layout: &Layout, settings: &PlanSettings, exclusions: &Exclusions) -> Vec<Compaction> {
    let of_run = |run: &[FragmentLayout]| {
        let tiers = (0..=tier(FULL_ROWS, settings.fanout)).map(|max_tier| {
            let is_in = |fragment: &FragmentLayout| tier(fragment.rows(), settings.fanout) <= max_tier;
            let windows = run.split(|fragment| !is_in(fragment));
            windows.filter_map(|window| merge(layout, settings, window)).next()
        });
        tiers.flatten().next()
    };
    runs(layout, exclusions, is_small).filter_map(of_run).collect()
}

/// Returns the first merge within a window of neighbors of similar size.
fn merge(layout: &Layout, settings: &PlanSettings, mut window: &[FragmentLayout]) -> Option<Compaction> {
    loop {
        let [first, _, ..] = window else { return None };
        let index_bytes = layout.segment_bytes(first);
        let bytes = total_bytes(window);
        // Each step rewrites the segments too, so a step with larger segments must merge more fragments to be worth its
        // cost.
        let weight = index_bytes.saturating_sub(SMALL_INDEX) / (8 * bytes.max(1));
        let weight = usize::try_from(weight.clamp(1, 8)).unwrap_or(8);
        if window.len() < settings.fanout.saturating_mul(weight) {
            return if index_bytes == 0 { small_merge(layout, settings, window) } else { None };
        }
        let chosen = step_prefix(window, index_bytes);
        let rows: u64 = chosen.iter().map(FragmentLayout::rows).sum();
        let (position, largest) = chosen.iter().enumerate().max_by_key(|(_, fragment)| fragment.rows())?;
        // Every row must move to a fragment that is at least twice as large, so the row is rewritten a logarithmic number of
        // times.
        // Below the smallest tier, a row may be rewritten more often, since such a step costs little.
        let moves_up = largest.rows().saturating_mul(2) <= rows;
        let is_smallest = rows <= SMALLEST_TIER && total_bytes(chosen) <= SMALLEST_BYTES;
        if chosen.len() >= 2 && (moves_up || is_smallest) {
            return Some(compaction(chosen, index_bytes));
        }
        // The largest fragment must wait for larger neighbors. The fragments on each side of it may still fit together. The
        // largest fragment contains more than half of the rows, so the depth of the recursion is at most the logarithm of
        // the number of rows.
        let (before, after) = window.split_at(position);
        if let Some(found) = merge(layout, settings, before) {
            return Some(found);
        }
        window = after.get(1..)?;
    }
}

/// Returns a merge below the smallest tier. It needs one fragment fewer than other merges, but none may have more than four
/// fifths of the rows. Such a merge costs little, and reads then open fewer files.
fn small_merge(layout: &Layout, settings: &PlanSettings, window: &[FragmentLayout]) -> Option<Compaction> {
    let newest = layout.fragments.last().filter(|newest| newest.bytes <= NEWEST_BYTES);
    let window = match window {
        [rest @ .., last] if newest.is_some_and(|newest| newest.id == last.id) => rest,
        window => window,
    };
    let rows: u64 = window.iter().map(FragmentLayout::rows).sum();
    let largest = window.iter().map(FragmentLayout::rows).max()?;
    let is_small = rows <= SMALLEST_TIER && total_bytes(window) <= SMALLEST_BYTES;
    let pays =
        window.len() >= 2 && window.len() + 1 >= settings.fanout && largest.saturating_mul(5) <= rows * 4;
    (is_small && pays).then(|| compaction(window, 0))
}

/// Returns the possible rewrites of fragments with many deleted rows.
fn rewrites(layout: &Layout, settings: &PlanSettings, exclusions: &Exclusions) -> Vec<Compaction> {
    let has_many = |fragment: &FragmentLayout| {
        fragment.deleted >= MIN_DELETED
            && fragment.deleted as f64 > settings.deleted_fraction * fragment.physical as f64
    };
    let of_run = |run: &[FragmentLayout]| {
        let first = run.first()?;
        let index_bytes = layout.segment_bytes(first);
        let covered = layout.segments(&first.segments).map(|segment| segment.rows).max().unwrap_or(0);
        let chosen = step_prefix(run, index_bytes);
        let bytes = total_bytes(chosen);
        // Segments that are much larger than the fragments are not rewritten until one rewrite removes a fiftieth of their
        // rows.
        let deleted: u64 = chosen.iter().map(|fragment| fragment.deleted).sum();
        let is_light = index_bytes <= bytes.saturating_mul(8).max(SMALL_INDEX);
        let pays = is_light || deleted.saturating_mul(50) >= covered;
        pays.then(|| compaction(with_neighbors(layout, exclusions, chosen), index_bytes))
    };
    runs(layout, exclusions, has_many).filter_map(of_run).collect()
}

/// Adds the neighbors that together are at most as large as the fragments to be rewritten. They then cost at most as much as
/// these fragments, and there are fewer fragments afterwards.
fn with_neighbors<'a>(
    layout: &'a Layout,
    exclusions: &Exclusions,
    chosen: &'a [FragmentLayout],
) -> &'a [FragmentLayout] {
    let fragments = &layout.fragments;
    let Some(first) = chosen.first() else { return chosen };
    let Some(start) = fragments.iter().position(|fragment| fragment.id == first.id) else { return chosen };
    let own = total_bytes(chosen);
    let mut rows: u64 = chosen.iter().map(FragmentLayout::rows).sum();
    let mut added = 0;
    let mut is_added = |position: usize| {
        let Some(next) = fragments.get(position) else { return false };
        let is_newest = position + 1 == fragments.len() && next.bytes <= NEWEST_BYTES;
        let is_free = !exclusions.fragments.contains(&next.id) && next.segments == first.segments;
        let (more_rows, more) = (rows + next.rows(), added + next.bytes);
        let fits = more_rows <= MAX_ROWS && more <= own && own + more <= STEP_BYTES;
        let adds = fits && is_free && !is_newest && is_small(next);
        if adds {
            (rows, added) = (more_rows, more);
        }
        adds
    };
    let mut end = start + chosen.len();
    while is_added(end) {
        end += 1;
    }
    let mut begin = start;
    while begin > 0 && is_added(begin - 1) {
        begin -= 1;
    }
    fragments.get(begin..end).unwrap_or(chosen)
}

/// Returns the longest prefix of the fragments that one step may rewrite. The prefix contains at least one fragment.
fn step_prefix(fragments: &[FragmentLayout], index_bytes: u64) -> &[FragmentLayout] {
    prefix(fragments, (index_bytes / 2).clamp(STEP_BYTES, MAX_BYTES))
}

/// Returns the longest prefix of the fragments with at most [`MAX_ROWS`] rows and this number of bytes. The prefix contains at
/// least one fragment.
fn prefix(fragments: &[FragmentLayout], max_bytes: u64) -> &[FragmentLayout] {
    let (mut rows, mut bytes) = (0, 0);
    let fits = |fragment: &&FragmentLayout| {
        rows += fragment.rows();
        bytes += fragment.bytes;
        rows <= MAX_ROWS && bytes <= max_bytes
    };
    let fitting = fragments.iter().take_while(fits).count();
    fragments.get(..fitting.max(1)).unwrap_or_default()
}

/// Returns the size in bytes of the fragments' files.
fn total_bytes(fragments: &[FragmentLayout]) -> u64 {
    fragments.iter().map(|fragment| fragment.bytes).sum()
}

fn compaction(fragments: &[FragmentLayout], index_bytes: u64) -> Compaction {
    Compaction {
        fragments: fragments.iter().map(|fragment| fragment.id).collect(),
        bytes: total_bytes(fragments),
        index_bytes,
    }
}

/// Returns the tier of a fragment: the logarithm of its size relative to the smallest tier.
fn tier(rows: u64, fanout: usize) -> u32 {
    let fanout = u64::try_from(fanout).unwrap_or(u64::MAX).max(2);
    (rows / SMALLEST_TIER).max(1).ilog(fanout)
}

/// Returns an update of the indexes that leave out many rows, limited to indexes that one commit can update.
fn index_update(layout: &Layout, settings: &PlanSettings, exclusions: &Exclusions) -> Option<IndexUpdate> {
    if exclusions.index_updates {
        return None;
    }
    let default = (layout.rows() / UNINDEXED_DIVISOR).clamp(MIN_UNINDEXED, MAX_UNINDEXED);
    let idle = (layout.rows() / IDLE_DIVISOR).clamp(IDLE_UNINDEXED, MIN_UNINDEXED);
    let default = if settings.is_idle { default.min(idle) } else { default };
    let min_unindexed = settings.unindexed.unwrap_or(default).max(1);
    let indexes = || layout.indexes.iter().filter(|index| !exclusions.indexes.contains(&index.name));
    let first = indexes().find(|index| index.unindexed >= min_unindexed)?;
    let (merged, _) = merged_segments(layout, first);
    // Indexes that are updated in one commit cover the same fragments, so those fragments can be merged later.
    let is_alike = |index: &&IndexLayout| {
        index.name == first.name
            || !exclusions.one_index && index.unindexed > 0 && merged_segments(layout, index).0 == merged
    };
    let alike: Vec<_> = indexes().filter(is_alike).collect();
    Some(IndexUpdate {
        merged,
        rows: alike.iter().map(|index| index.unindexed).sum(),
        segment_rows: alike.iter().map(|index| merged_segments(layout, index).1).max().unwrap_or(0),
        indexes: alike.into_iter().map(|index| index.name.clone()).collect(),
    })
}

/// Returns the number of segments, newest first, to merge with the unindexed rows, and the number of rows in the new
/// segment.
fn merged_segments(layout: &Layout, index: &IndexLayout) -> (usize, u64) {
    let (mut rows, mut bytes) = (index.unindexed, 0_u64);
    let is_merged = |(age, segment): &(usize, &super::layout::SegmentLayout)| {
        // The sizes of all indexes count, so that those with the same segments are updated in one commit. A segment whose
        // size is unknown counts as large.
        let sizes = layout.indexes.iter().filter_map(|index| index.segments.iter().nth_back(*age));
        let size = sizes.map(|segment| if segment.bytes == 0 { u64::MAX } else { segment.bytes }).max();
        bytes = bytes.saturating_add(size.unwrap_or(u64::MAX));
        let ratio = if bytes <= SMALL_INDEX { SMALL_SEGMENT_RATIO } else { SEGMENT_RATIO };
        let merges = segment.rows <= rows.saturating_mul(ratio);
        if merges {
            rows += segment.rows;
        }
        merges
    };
    let merged = index.segments.iter().rev().enumerate().take_while(is_merged).count();
    (merged, rows)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#[expect(clippy::single_range_in_vec_init, reason = "the fragments that an index covers are ranges")]
mod tests;
