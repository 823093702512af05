//! Chooses the fragments that a small write merges with its own rows.
//!
//! Each commit creates a fragment, and every reader has to open a file for each fragment. So a small write appends its rows
//! to those of the newest small fragment, and replaces that fragment. When a fragment is full, the next write begins a new
//! one, and two full fragments become one. While a fragment fills up, each write rewrites all its rows. In a table that
//! only grows, a row is rewritten at most 1,024 times in this way, or about 60 times if it has a 384-dimensional vector, and
//! once more later. A table that is written row by row has a few small fragments instead of thousands.

use lance_table::format::Fragment;

/// The maximum number of rows in the fragment that small writes fill, and the maximum size of its files in bytes. With
/// 384-dimensional vectors, the fragment is full after about 60 rows. Encoding these rows takes a small fraction of the
/// commit time; see `benches/README.md`.
const ROWS: usize = 1024;
const BYTES: u64 = 128 << 10;

/// The number of full fragments that are merged into one.
const FULL: usize = 2;

/// The size of a fragment.
#[derive(Debug, Clone, Copy)]
struct Size {
    rows: usize,
    bytes: u64,
}

impl Size {
    /// Returns the size of a fragment, or `None` if it is unknown.
    fn of(fragment: &Fragment) -> Option<Self> {
        let bytes = fragment.files.iter().map(|file| file.file_size_bytes.get().map(u64::from));
        Some(Self { rows: fragment.num_rows()?, bytes: bytes.sum::<Option<u64>>()? })
    }

    fn is_small(&self) -> bool {
        self.rows <= ROWS && self.bytes <= BYTES
    }
}

/// Returns the number of fragments, newest first, that a write of this size replaces.
pub(super) fn fragments_to_merge(fragments: &[Fragment], rows: usize, bytes: u64) -> usize {
    count(fragments.iter().rev().map(Size::of), Size { rows, bytes })
}

/// Returns `true` if the next small write may replace the fragment.
pub(super) fn is_small(fragment: &Fragment) -> bool {
    Size::of(fragment).is_some_and(|size| size.is_small())
}

fn count(newest_first: impl Iterator<Item = Option<Size>>, written: Size) -> usize {
    let mut total = written;
    if !total.is_small() {
        return 0;
    }
    let (mut filling, mut full) = (0, 0);
    for size in newest_first.map_while(|size| size.filter(Size::is_small)) {
        total = Size { rows: total.rows + size.rows, bytes: total.bytes + size.bytes };
        if full == 0 && total.is_small() {
            filling += 1;
        } else {
            full += 1;
        }
    }
    if full >= FULL { filling + full } else { filling }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL_ONE: Size = Size { rows: 100, bytes: BYTES };

    fn size(rows: usize) -> Size {
        Size { rows, bytes: 100 }
    }

    fn counted(newest_first: &[Size], written: Size) -> usize {
        count(newest_first.iter().copied().map(Some), written)
    }

    #[test]
    fn a_small_write_fills_the_newest_small_fragment() {
        assert_eq!(counted(&[], size(1)), 0);
        assert_eq!(counted(&[size(20)], size(1)), 1);
        assert_eq!(counted(&[size(20), size(1000)], size(3)), 2);
        assert_eq!(counted(&[size(20), size(1000)], size(5)), 1);
        assert_eq!(counted(&[Size { rows: 20_000, bytes: 1 << 30 }, size(1)], size(1)), 0);
    }

    #[test]
    fn a_large_write_replaces_nothing() {
        assert_eq!(counted(&[size(1)], size(ROWS + 1)), 0);
        assert_eq!(counted(&[size(1)], Size { rows: 1, bytes: BYTES + 1 }), 0);
    }

    #[test]
    fn two_full_fragments_become_one() {
        assert_eq!(counted(&[FULL_ONE], size(1)), 0);
        assert_eq!(counted(&[FULL_ONE; 2], size(1)), 2);
        let mut filling = vec![size(5)];
        filling.extend([FULL_ONE; 2]);
        assert_eq!(counted(&filling, size(1)), 3);
    }

    #[test]
    fn a_fragment_of_unknown_size_stays() {
        assert_eq!(count([None, Some(size(1))].into_iter(), size(1)), 0);
    }
}
