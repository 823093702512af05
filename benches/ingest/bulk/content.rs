use std::hash::{DefaultHasher, Hash, Hasher};

use datus_store::Store;
use futures::TryStreamExt;

use super::Document;

/// The content of a table: the number of rows, and two sums over the hashes of whole rows, which do not depend on
/// the order of the rows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Content {
    rows: u64,
    sum: u64,
    squares: u64,
}

impl Content {
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }
}

pub(super) async fn content(store: &Store<Document>) -> Content {
    let rows = store.search_all().with_vectors().stream();
    let none = Content { rows: 0, sum: 0, squares: 0 };
    let content = rows.try_fold(none, |content, row| async move {
        let mut hasher = DefaultHasher::new();
        (row.record.id, &row.record.text).hash(&mut hasher);
        row.vector().unwrap().iter().for_each(|value| value.to_bits().hash(&mut hasher));
        let hash = hasher.finish();
        Ok(Content {
            rows: content.rows + 1,
            sum: content.sum.wrapping_add(hash),
            squares: content.squares.wrapping_add(hash.wrapping_mul(hash)),
        })
    });
    content.await.unwrap()
}
