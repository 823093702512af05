use super::{Better, LegRows, Row, blocks, depth_for};
use crate::backend::FoundRow;

fn leg(scores: impl IntoIterator<Item = (u64, f32)>, better: Better) -> LegRows {
    LegRows::new(scores.into_iter().map(|(row, score)| FoundRow { row, score }).collect(), better)
}

fn ids(block: &[Row]) -> Vec<u64> {
    block.iter().map(|row| row.id).collect()
}

#[test]
fn equal_rows_share_a_place_whatever_order_they_come_in() {
    let one = leg([(7, 0.1), (3, 0.5), (9, 0.5), (1, 0.5), (4, 0.8)], Better::Less);
    let other = leg([(4, 0.8), (9, 0.5), (1, 0.5), (7, 0.1), (3, 0.5)], Better::Less);
    for leg in [&one, &other] {
        assert_eq!(leg.ranks, [1, 2, 2, 2, 5]);
        assert_eq!(leg.rows.iter().map(|row| row.row).collect::<Vec<_>>(), [7, 1, 3, 9, 4]);
    }
    assert_eq!(leg([(1, 1.0), (2, 3.0)], Better::More).rows[0].row, 2);
}

#[test]
fn a_leg_that_ends_among_equal_rows_says_so() {
    let tied = leg([(1, 0.1), (2, 0.5), (3, 0.5)], Better::Less);
    assert!(tied.is_cut_through(2));
    assert!(!tied.is_cut_through(1));
    assert!(!tied.is_cut_through(3));
    assert!(!leg([(1, 0.1), (2, 0.5), (3, 0.5), (4, 0.9)], Better::Less).is_cut_through(2));
    assert!(!LegRows::default().is_cut_through(0));
}

#[test]
fn a_block_knows_nothing_beyond_its_depth() {
    let nearest = leg([(1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4)], Better::Less);
    let full_text = leg([(5, 9.0), (3, 8.0), (1, 7.0), (6, 6.0)], Better::More);
    let found = blocks(&nearest, &full_text, 2, usize::MAX);
    assert_eq!(found.iter().map(|block| ids(block)).collect::<Vec<_>>(), [vec![1, 2, 3, 5], vec![4, 6]]);
    let first = &found[0];
    assert_eq!(first[0].nearest.map(|leg| leg.rank), Some(1));
    // It is third by words, which is beyond the depth of the block.
    assert_eq!(first[0].full_text, None);
    assert_eq!(first[2].full_text.map(|leg| leg.rank), Some(2));
}

#[test]
fn blocks_are_the_same_however_many_rows_are_wanted_and_read() {
    let rows = |length: u64, step: u64| (0..length).map(move |row| (row * step % 101, row as f32));
    let whole = |length| (leg(rows(length, 1), Better::Less), leg(rows(length, 37), Better::Less));
    let (nearest, full_text) = whole(101);
    let all = blocks(&nearest, &full_text, 5, usize::MAX);
    assert_eq!(all.iter().map(Vec::len).sum::<usize>(), 101);
    for wanted in 1..=101 {
        let deep = depth_for(5, wanted);
        let (nearest, full_text) = whole((deep as u64 + 1).min(101));
        let some = blocks(&nearest, &full_text, 5, wanted);
        assert!(some.iter().map(Vec::len).sum::<usize>() >= wanted);
        assert_eq!(some, all[..some.len()], "{wanted}");
    }
}

#[test]
fn one_leg_makes_blocks_and_so_does_none() {
    let nearest = leg([(3, 0.1), (1, 0.2), (2, 0.3)], Better::Less);
    let none = LegRows::default();
    let found = blocks(&nearest, &none, 2, 10);
    assert_eq!(found.iter().map(|block| ids(block)).collect::<Vec<_>>(), [vec![1, 3], vec![2]]);
    assert!(blocks(&none, &none, 2, 10).is_empty());
}
