//! A replay of a search with a vector index.

use datus_store::Store;
use datus_store::lancedb::DistanceType;
use datus_store::lancedb::index::Index;
use datus_store::lancedb::index::vector::IvfFlatIndexBuilder;

use super::super::{Note, note};
use super::{stored, unmaintained};
use crate::support::models::Toy;

const ROWS: i64 = 400;

#[tokio::test]
async fn a_replay_searches_the_partitions_of_the_search() {
    let store: Store<Note> = unmaintained().await.store(Toy::new()).await.unwrap();
    store.add((0..ROWS).map(|id| note(id, &format!("{} {} 1", id % 20, id / 20)))).await.unwrap();
    let index = IvfFlatIndexBuilder::default().num_partitions(8).distance_type(DistanceType::L2);
    store.as_lancedb().create_index(&["vector"], Index::IvfFlat(index)).execute().await.unwrap();
    let search = || store.search("3 3 1").limit(usize::try_from(ROWS).unwrap());
    let (one, of_one) = search().nprobes(1).with_receipt().await.unwrap();
    let (three, of_three) = search().nprobes(3).with_receipt().await.unwrap();
    assert!(one.len() < three.len() && three.len() < search().await.unwrap().len(), "{}", three.len());
    assert_eq!(store.replay(&stored(&of_one)).await.unwrap(), one);
    assert_eq!(store.replay(&stored(&of_three)).await.unwrap(), three);
}
