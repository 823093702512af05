use super::*;

/// Returns the next step of an idle table.
fn idle_plan(layout: &Layout) -> Option<MaintenanceStep> {
    let settings = PlanSettings { is_idle: true, ..PlanSettings::default() };
    next_step(layout, &settings, &Exclusions::default())
}

#[test]
fn neighbors_of_any_size_are_merged_in_an_idle_table() {
    assert_eq!(fragments_of(idle_plan(&layout(&[9000, 600, 60, 60]))), [0, 1, 2, 3]);
    assert_eq!(compacted(&layout(&[9000, 600, 60, 60])), [1, 2, 3]);
    assert_eq!(fragments_of(idle_plan(&layout(&[9000, 150, 60]))), [1, 2], "too few for the first fragment");
    assert_eq!(idle_plan(&layout(&[9000, 250])), None);
    assert_eq!(idle_plan(&layout(&[62_000, 9000])), None, "the step has more than 64 MiB");
    assert_eq!(idle_plan(&indexed(layout(&[40_000, 4000]), "text", &[0..2])), None, "with the index");
    let mut hot = layout(&[1000, 100]);
    hot.fragments[1].bytes = 4096;
    assert_eq!(idle_plan(&hot), None, "the new rows are much smaller than the others");
    assert_eq!(fragments_of(idle_plan(&indexed(layout(&[900, 90, 90, 90]), "text", &[0..2]))), [0, 1]);
}

#[test]
fn deleted_rows_are_removed_in_an_idle_table() {
    let mut table = layout(&[9000]);
    assert_eq!(idle_plan(&table), None);
    table.fragments[0].deleted = 250;
    assert_eq!(idle_plan(&table), None);
    table.fragments[0].deleted = 300;
    assert_eq!(fragments_of(idle_plan(&table)), [0]);
    assert_eq!(plan(&table), None);
    let mut large = layout(&[70_000]);
    large.fragments[0].deleted = 5000;
    assert_eq!(idle_plan(&large), None, "the fragment has more than 64 MiB");
}

#[test]
fn rows_are_indexed_earlier_in_an_idle_table() {
    let table = |new| indexed(layout(&[9000, new]), "text", &[0..1]);
    assert!(matches!(idle_plan(&table(700)), Some(MaintenanceStep::UpdateIndexes(_))));
    assert_eq!(plan(&table(700)), None);
    assert_eq!(idle_plan(&table(280)), None);
    assert_eq!(idle_plan(&indexed(layout(&[500, 200]), "text", &[0..1])), None);
    let settings = PlanSettings { is_idle: true, unindexed: Some(5000), ..PlanSettings::default() };
    assert_eq!(next_step(&table(700), &settings, &Exclusions::default()), None);
}

/// A table that is idle after each write of 60 rows.
#[test]
fn a_row_is_rewritten_a_limited_number_of_times_in_an_idle_table() {
    let (mut table, mut written) = (layout(&[5000]), 0);
    for id in 1..=1000 {
        table.fragments.push(FragmentLayout { id, ..fragments(&[60]).remove(0) });
        written += merge_while(&mut table, idle_plan);
        assert!(table.fragments.len() < 12, "{} fragments", table.fragments.len());
    }
    assert!(written < 50 * 60_000, "{written} rows were written for 60,000 new ones");
}
