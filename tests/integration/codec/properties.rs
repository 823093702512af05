//! Generated records with every type in every kind of nesting survive the round trip through Arrow.

mod record;
mod strategies;

use datus_store::record::{decode, encode};
use proptest::prelude::*;
use proptest::test_runner::Config;

use record::Everything;
use strategies::everything;

fn config() -> Config {
    Config { cases: 64, failure_persistence: None, ..Config::default() }
}

fn records() -> impl Strategy<Value = Vec<Everything>> {
    prop::collection::vec(everything(), 0..4)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn decoding_gives_back_what_was_encoded(records in records()) {
        let batch = encode(&records).unwrap();
        prop_assert_eq!(batch.num_rows(), records.len());
        prop_assert_eq!(decode::<Everything>(&batch).unwrap(), records);
    }

    #[test]
    fn what_comes_back_is_encoded_to_the_same_data(records in records()) {
        let batch = encode(&records).unwrap();
        let back: Vec<Everything> = decode(&batch).unwrap();
        prop_assert_eq!(encode(&back).unwrap(), batch);
    }

    #[test]
    fn any_slice_of_a_batch_has_its_rows(records in records(), from in 0..5_usize, to in 0..5_usize) {
        let to = to.min(records.len());
        let from = from.min(to);
        let batch = encode(&records).unwrap().slice(from, to - from);
        prop_assert_eq!(&decode::<Everything>(&batch).unwrap(), &records[from..to]);
    }
}
