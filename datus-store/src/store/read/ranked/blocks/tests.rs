use std::collections::HashSet;

use super::{LegRows, Row, ScoreOrder, block};
use crate::backend::ScoredRow;

fn leg(scores: impl IntoIterator<Item = (u64, f32)>, order: ScoreOrder) -> LegRows {
    LegRows::new(scores.into_iter().map(|(row, score)| ScoredRow { row, score }).collect(), order)
}

/// Returns all blocks of legs that are read to the end.
fn blocks(nearest: &LegRows, full_text: &LegRows, mut depth: usize) -> Vec<Vec<Row>> {
    let (mut blocks, mut seen) = (Vec::new(), HashSet::new());
    loop {
        blocks.push(block(nearest, full_text, depth, &mut seen));
        if nearest.len().max(full_text.len()) <= depth {
            return blocks;
        }
        depth *= 2;
    }
}

fn ids(block: &[Row]) -> Vec<u64> {
    block.iter().map(|row| row.id).collect()
}

#[test]
fn equal_rows_share_a_rank_in_any_input_order() {
    let one = leg([(7, 0.1), (3, 0.5), (9, 0.5), (1, 0.5), (4, 0.8)], ScoreOrder::Ascending);
    let other = leg([(4, 0.8), (9, 0.5), (1, 0.5), (7, 0.1), (3, 0.5)], ScoreOrder::Ascending);
    for leg in [&one, &other] {
        assert_eq!(leg.ranks, [1, 2, 2, 2, 5]);
        assert_eq!(leg.rows.iter().map(|row| row.row).collect::<Vec<_>>(), [7, 1, 3, 9, 4]);
    }
    assert_eq!(leg([(1, 1.0), (2, 3.0)], ScoreOrder::Descending).rows[0].row, 2);
}

#[test]
fn a_leg_that_ends_among_equal_rows_is_detected() {
    let tied = leg([(1, 0.1), (2, 0.5), (3, 0.5)], ScoreOrder::Ascending);
    assert!(tied.is_cut_through(2));
    assert!(!tied.is_cut_through(1));
    assert!(!tied.is_cut_through(3));
    assert!(!leg([(1, 0.1), (2, 0.5), (3, 0.5), (4, 0.9)], ScoreOrder::Ascending).is_cut_through(2));
    assert!(!LegRows::default().is_cut_through(0));
}

#[test]
fn a_block_ignores_results_beyond_its_depth() {
    let nearest = leg([(1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4)], ScoreOrder::Ascending);
    let full_text = leg([(5, 9.0), (3, 8.0), (1, 7.0), (6, 6.0)], ScoreOrder::Descending);
    let found = blocks(&nearest, &full_text, 2);
    assert_eq!(found.iter().map(|block| ids(block)).collect::<Vec<_>>(), [vec![1, 2, 3, 5], vec![4, 6]]);
    let first = &found[0];
    assert_eq!(first[0].nearest.map(|leg| leg.rank), Some(1));
    // It is third by full text, which is beyond the depth of the block.
    assert_eq!(first[0].full_text, None);
    assert_eq!(first[2].full_text.map(|leg| leg.rank), Some(2));
}

#[test]
fn every_row_is_in_one_block_and_a_deeper_read_changes_no_earlier_block() {
    let rows = |length: u64, step: u64| (0..length).map(move |row| (row * step % 101, row as f32));
    let read =
        |length| (leg(rows(length, 1), ScoreOrder::Ascending), leg(rows(length, 37), ScoreOrder::Ascending));
    let (nearest, full_text) = read(101);
    let all = blocks(&nearest, &full_text, 5);
    assert_eq!(all.iter().map(Vec::len).sum::<usize>(), 101);
    let (mut depth, mut seen) = (5, HashSet::new());
    for expected in &all {
        let (nearest, full_text) = read((depth as u64 + 1).min(101));
        assert_eq!(&block(&nearest, &full_text, depth, &mut seen), expected, "{depth}");
        depth *= 2;
    }
}

/// An index can find better rows when it searches for more.
#[test]
fn a_better_row_that_only_a_deeper_read_finds_is_in_the_later_block() {
    let none = LegRows::default();
    let mut seen = HashSet::new();
    let first = leg([(1, 0.1), (2, 0.3)], ScoreOrder::Ascending);
    assert_eq!(ids(&block(&first, &none, 2, &mut seen)), [1, 2]);
    let deeper = leg([(1, 0.1), (9, 0.2), (2, 0.3), (4, 0.4)], ScoreOrder::Ascending);
    assert_eq!(ids(&block(&deeper, &none, 4, &mut seen)), [4, 9]);
}

#[test]
fn blocks_are_made_from_one_leg_or_none() {
    let nearest = leg([(3, 0.1), (1, 0.2), (2, 0.3)], ScoreOrder::Ascending);
    let none = LegRows::default();
    let found = blocks(&nearest, &none, 2);
    assert_eq!(found.iter().map(|block| ids(block)).collect::<Vec<_>>(), [vec![1, 3], vec![2]]);
    assert_eq!(blocks(&none, &none, 2), [vec![]]);
}
