use super::super::layout::SegmentLayout;
use super::*;

mod idle;

/// Returns fragments with these numbers of rows and 1 kB per row. No index covers them.
fn fragments(rows: &[u64]) -> Vec<FragmentLayout> {
    let of = |(id, &rows): (usize, &u64)| FragmentLayout {
        id: id as u64,
        physical: rows,
        bytes: rows << 10,
        ..FragmentLayout::default()
    };
    rows.iter().enumerate().map(of).collect()
}

fn layout(rows: &[u64]) -> Layout {
    Layout { fragments: fragments(rows), ..Layout::default() }
}

/// Adds an index whose segments cover these ranges of fragments, with 1 kB per row.
fn indexed(mut layout: Layout, name: &str, segments: &[std::ops::Range<usize>]) -> Layout {
    let first = layout.indexes.iter().map(|index| index.segments.len()).sum::<usize>();
    let mut index = IndexLayout { name: name.to_owned(), ..IndexLayout::default() };
    index.unindexed = layout.rows();
    for (number, covered) in segments.iter().enumerate() {
        let position = first + number;
        let mut rows = 0;
        for fragment in &mut layout.fragments[covered.clone()] {
            fragment.segments.push(position);
            rows += fragment.rows();
        }
        index.unindexed -= rows;
        index.segments.push(SegmentLayout { position, rows, bytes: rows << 10 });
    }
    layout.indexes.push(index);
    layout
}

fn plan(layout: &Layout) -> Option<MaintenanceStep> {
    next_step(layout, &PlanSettings::default(), &Exclusions::default())
}

fn compacted(layout: &Layout) -> Vec<u64> {
    fragments_of(plan(layout))
}

fn fragments_of(step: Option<MaintenanceStep>) -> Vec<u64> {
    match step {
        Some(MaintenanceStep::Compact(compaction)) => compaction.fragments,
        _ => Vec::new(),
    }
}

fn planned_update(layout: &Layout) -> Option<IndexUpdate> {
    match plan(layout) {
        Some(MaintenanceStep::UpdateIndexes(update)) => Some(update),
        _ => None,
    }
}

/// Merges until no merge is planned, and returns the number of rows that this wrote.
fn merge_all(layout: &mut Layout) -> u64 {
    merge_while(layout, plan)
}

fn merge_while(layout: &mut Layout, plan: impl Fn(&Layout) -> Option<MaintenanceStep>) -> u64 {
    let mut written = 0;
    while let Some(MaintenanceStep::Compact(compaction)) = plan(layout) {
        let first =
            layout.fragments.iter().position(|fragment| fragment.id == compaction.fragments[0]).unwrap();
        let merged: Vec<_> = layout.fragments.drain(first..first + compaction.fragments.len()).collect();
        assert!(merged.iter().map(|fragment| fragment.id).eq(compaction.fragments));
        let rows = merged.iter().map(FragmentLayout::rows).sum::<u64>();
        written += rows;
        let fragment = FragmentLayout { physical: rows, bytes: rows << 10, ..merged[0].clone() };
        layout.fragments.insert(first, fragment);
    }
    written
}

#[test]
fn three_neighbors_of_similar_size_are_merged_and_two_large_ones_are_not() {
    assert_eq!(compacted(&layout(&[100; 3])), [0, 1, 2]);
    assert_eq!(plan(&layout(&[3000; 2])), None);
    assert_eq!(plan(&layout(&[])), None);
}

#[test]
fn two_small_neighbors_are_merged_if_neither_is_much_larger() {
    assert_eq!(compacted(&layout(&[200; 2])), [0, 1]);
    assert_eq!(compacted(&layout(&[400, 100, 100])), [0, 1, 2]);
    assert_eq!(compacted(&layout(&[3000, 800, 200])), [1, 2]);
    assert_eq!(plan(&layout(&[801, 200])), None);
    assert_eq!(plan(&layout(&[1500, 549])), None);
    // The next small write may replace the newest fragment.
    assert_eq!(plan(&layout(&[100; 2])), None);
    let settings = PlanSettings { fanout: 8, ..PlanSettings::default() };
    let planned = |rows: &[u64]| next_step(&layout(rows), &settings, &Exclusions::default());
    assert_eq!(fragments_of(planned(&[200; 7])), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(planned(&[200; 6]), None);
}

#[test]
fn a_large_fragment_is_not_rewritten_for_a_few_new_rows() {
    let mut rows = vec![400_000];
    rows.extend([2000; 3]);
    assert_eq!(compacted(&layout(&rows)), [1, 2, 3]);
    assert_eq!(plan(&layout(&[17_000, 2000, 2000])), None);
}

#[test]
fn neighbors_are_merged_without_a_fragment_that_is_too_large_for_them() {
    assert_eq!(compacted(&layout(&[60, 60, 60, 5000, 60])), [0, 1, 2]);
    assert_eq!(compacted(&layout(&[60, 5000, 60, 60, 60])), [2, 3, 4]);
    assert_eq!(compacted(&layout(&[60, 5000, 700, 60, 60, 60])), [2, 3, 4, 5]);
    assert_eq!(plan(&layout(&[60, 5000, 60, 60])), None);
}

/// Four million rows that arrive in fragments of 2,000 are rewritten a few times each, and end up in few fragments.
#[test]
fn a_row_is_rewritten_only_a_few_times() {
    let (mut table, mut written, mut next) = (Layout::default(), 0, 0);
    for _ in 0..2000 {
        let mut fragment = fragments(&[2000]).remove(0);
        fragment.id = next;
        next += 1;
        table.fragments.push(fragment);
        written += merge_all(&mut table);
        assert!(table.fragments.len() < 64, "{} fragments", table.fragments.len());
    }
    assert_eq!(table.rows(), 4_000_000);
    assert!(written < 6 * 4_000_000, "{written} rows were written for 4 million");
}

/// Sixty thousand rows that arrive in fragments of 60 next to a large fragment end up in few fragments.
#[test]
fn small_fragments_next_to_a_large_one_stay_few() {
    let (mut table, mut written) = (layout(&[5000]), 0);
    for id in 1..=1000 {
        let mut fragment = fragments(&[60]).remove(0);
        fragment.id = id;
        table.fragments.push(fragment);
        written += merge_all(&mut table);
        assert!(table.fragments.len() < 12, "{} fragments", table.fragments.len());
    }
    assert!(written < 12 * 60_000, "{written} rows were written for 65,000");
}

#[test]
fn fragments_are_merged_only_with_those_that_the_same_segments_cover() {
    let mixed = indexed(layout(&[100; 4]), "text", &[0..2]);
    assert_eq!(plan(&mixed), None);
    let uniform = indexed(layout(&[100; 5]), "text", &[0..2]);
    assert_eq!(compacted(&uniform), [2, 3, 4]);
}

#[test]
fn a_heavy_index_is_rewritten_for_many_fragments_only() {
    let with = |small: usize| {
        let mut rows = vec![600_000];
        rows.extend(vec![100; small]);
        let covered = 0..rows.len();
        indexed(layout(&rows), "text", &[covered])
    };
    assert_eq!(plan(&with(8)), None);
    assert_eq!(compacted(&with(64)).len(), 64);
}

#[test]
fn a_fragment_is_rewritten_for_many_deleted_rows_and_not_for_few() {
    let deleted = |deleted| {
        let mut table = layout(&[600_000, 4000]);
        table.fragments[1].deleted = deleted;
        compacted(&table)
    };
    assert_eq!(deleted(401), [1]);
    assert!(deleted(400).is_empty());
    let mut small = layout(&[300]);
    small.fragments[0].deleted = 200;
    assert_eq!(plan(&small), None);
}

#[test]
fn smaller_neighbors_are_rewritten_with_a_fragment_of_deleted_rows() {
    let deleted = |rows: &[u64], position: usize| {
        let mut table = layout(rows);
        table.fragments[position].deleted = rows[position] / 4;
        table
    };
    assert_eq!(compacted(&deleted(&[4000, 2000, 700, 300], 0)), [0, 1, 2, 3]);
    assert_eq!(compacted(&deleted(&[700, 4000, 600], 1)), [0, 1, 2]);
    assert_eq!(compacted(&deleted(&[9000, 4000, 5000], 1)), [1], "the neighbors are larger");
    assert_eq!(compacted(&deleted(&[700, 4000, 9000], 1)), [0, 1], "one neighbor is larger");
    assert_eq!(
        compacted(&deleted(&[4000, 300, 60], 0)),
        [0, 1],
        "the next write may replace the newest fragment"
    );
    assert_eq!(compacted(&indexed(deleted(&[4000, 300, 300], 0), "text", &[0..2])), [0, 1]);
    let exclusions = Exclusions { fragments: [1].into(), ..Exclusions::default() };
    let step = next_step(&deleted(&[4000, 300, 300], 0), &PlanSettings::default(), &exclusions);
    assert_eq!(fragments_of(step), [0]);
}

#[test]
fn a_heavy_index_waits_for_more_deleted_rows() {
    let mut few = indexed(layout(&[900_000, 10_000]), "text", &[0..2]);
    few.fragments[1].deleted = 5000;
    assert_eq!(plan(&few), None);
    let mut light = indexed(layout(&[9000, 1000]), "text", &[0..2]);
    light.fragments[1].deleted = 300;
    assert_eq!(compacted(&light), [1]);
    let mut all = indexed(layout(&[900_000; 2]), "text", &[0..2]);
    all.fragments[0].deleted = 100_000;
    assert_eq!(compacted(&all), [0]);
}

#[test]
fn the_bytes_of_a_step_are_limited() {
    let large = layout(&[100_000; 12]);
    let Some(MaintenanceStep::Compact(compaction)) = plan(&large) else { panic!("nothing is planned") };
    assert!(compaction.bytes <= STEP_BYTES && compaction.fragments.len() >= 2, "{compaction:?}");
}

#[test]
fn unindexed_rows_are_indexed_once_they_are_a_fraction_of_the_table() {
    assert_eq!(planned_update(&indexed(layout(&[10_000, 1000]), "text", &[0..1])), None);
    let update = planned_update(&indexed(layout(&[20_000, 1100]), "text", &[0..1])).unwrap();
    assert_eq!((update.indexes, update.merged, update.rows), (vec!["text".to_owned()], 0, 1100));
    assert_eq!(planned_update(&indexed(layout(&[10_000_000, 8191]), "text", &[0..1])), None);
    assert!(planned_update(&indexed(layout(&[10_000_000, 8192]), "text", &[0..1])).is_some());
}

#[test]
fn segments_of_similar_size_are_merged_with_the_new_rows() {
    let segments = indexed(layout(&[600_000, 20_000, 9000, 9000]), "text", &[0..1, 1..2, 2..3]);
    let update = planned_update(&segments).unwrap();
    assert_eq!((update.merged, update.segment_rows), (2, 38_000));
}

/// Writes add three fragments before each step, so a merge is always possible.
#[test]
fn steady_writes_do_not_delay_an_index_update_forever() {
    let mut table = indexed(layout(&[100_000]), "text", &[0..1]);
    let (mut exclusions, mut updates, mut next) = (Exclusions::default(), 0, 1);
    for _ in 0..30 {
        for _ in 0..3 {
            table.fragments.push(FragmentLayout { id: next, ..fragments(&[600]).remove(0) });
            table.indexes[0].unindexed += 600;
            next += 1;
        }
        let step = next_step(&table, &PlanSettings::default(), &exclusions).unwrap();
        exclusions.count(&step);
        match step {
            MaintenanceStep::Compact(compaction) => {
                let is_chosen = |fragment: &FragmentLayout| compaction.fragments.contains(&fragment.id);
                let rows = table
                    .fragments
                    .iter()
                    .filter(|fragment| is_chosen(fragment))
                    .map(FragmentLayout::rows)
                    .sum();
                let first = table.fragments.iter().position(is_chosen).unwrap();
                table.fragments[first] = FragmentLayout { id: next, ..fragments(&[rows]).remove(0) };
                table.fragments.retain(|fragment| !is_chosen(fragment));
                next += 1;
            }
            MaintenanceStep::UpdateIndexes(_) => {
                updates += 1;
                table.indexes[0].unindexed = 0;
                table.fragments.iter_mut().for_each(|fragment| fragment.segments = vec![0]);
            }
        }
    }
    assert!(updates >= 5, "{updates} updates");
}

#[test]
fn large_rows_are_not_rewritten_for_each_small_fragment() {
    let with_bytes = |bytes: u64| {
        let mut table = layout(&[900, 60, 60]);
        table.fragments.iter_mut().for_each(|fragment| fragment.bytes = fragment.physical * bytes);
        compacted(&table)
    };
    assert_eq!(with_bytes(1 << 10), [0, 1, 2]);
    assert_eq!(with_bytes(20 << 10), [1, 2]);
}

#[test]
fn indexes_of_different_sizes_are_updated_in_one_commit() {
    let two = indexed(layout(&[20_000, 3000]), "text", &[0..1]);
    let mut two = indexed(two, "kind", &[0..1]);
    two.indexes[1].segments[0].bytes = 100;
    let update = planned_update(&two).unwrap();
    assert_eq!((update.indexes, update.merged), (vec!["text".to_owned(), "kind".to_owned()], 0));
}

#[test]
fn small_segments_are_merged_with_fewer_new_rows() {
    let small = planned_update(&indexed(layout(&[10_000, 3000, 1100]), "text", &[0..1, 1..2])).unwrap();
    assert_eq!((small.merged, small.segment_rows), (2, 14_100));
    let large = planned_update(&indexed(layout(&[17_000, 3000, 1100]), "text", &[0..1, 1..2])).unwrap();
    assert_eq!((large.merged, large.segment_rows), (1, 4100));
    let mut unknown = indexed(layout(&[10_000, 1100]), "text", &[0..1]);
    unknown.indexes[0].segments[0].bytes = 0;
    assert_eq!(planned_update(&unknown).unwrap().merged, 0);
    let mut few = indexed(layout(&[12_000, 100]), "text", &[0..1]);
    few.indexes[0].segments[0].bytes = 100;
    let settings = PlanSettings { unindexed: Some(50), ..PlanSettings::default() };
    let Some(MaintenanceStep::UpdateIndexes(update)) = next_step(&few, &settings, &Exclusions::default())
    else {
        panic!("nothing is planned")
    };
    assert_eq!(update.merged, 0);
}

#[test]
fn indexes_with_the_same_lag_are_folded_in_one_commit() {
    let two = indexed(layout(&[10_000, 2000]), "text", &[0..1]);
    let two = indexed(two, "kind", &[0..1]);
    assert_eq!(planned_update(&two).unwrap().indexes, ["text", "kind"]);
    let mut exclusions = Exclusions::default();
    exclusions.exclude(&MaintenanceStep::UpdateIndexes(planned_update(&two).unwrap()));
    let Some(MaintenanceStep::UpdateIndexes(one)) = next_step(&two, &PlanSettings::default(), &exclusions)
    else {
        panic!("nothing is planned")
    };
    assert_eq!(one.indexes, ["text"]);
    exclusions.exclude(&MaintenanceStep::UpdateIndexes(one));
    let Some(MaintenanceStep::UpdateIndexes(other)) = next_step(&two, &PlanSettings::default(), &exclusions)
    else {
        panic!("nothing is planned")
    };
    assert_eq!(other.indexes, ["kind"]);
}

#[test]
fn new_fragments_are_merged_before_they_are_planned_update() {
    let mut rows = vec![600_000];
    rows.extend([2000; 8]);
    let table = indexed(layout(&rows), "text", &[0..1]);
    assert_eq!(compacted(&table).len(), 8);
}

#[test]
fn a_skipped_step_is_not_planned_again() {
    let table = layout(&[100; 8]);
    let mut exclusions = Exclusions::default();
    exclusions.exclude(&plan(&table).unwrap());
    assert_eq!(next_step(&table, &PlanSettings::default(), &exclusions), None);
}
