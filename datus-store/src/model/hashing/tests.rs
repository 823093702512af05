use futures::executor::block_on;

use super::features::{Features, fnv};
use super::words::words;
use super::{EmbeddingModel, HashingModel, Role};

const DDL: &str = "CREATE TABLE customer_orders (order_id BIGINT, orderDate DATE);";

fn similarity(a: &str, b: &str) -> f32 {
    let model = HashingModel::default();
    model.vector(a).iter().zip(model.vector(b)).map(|(a, b)| a * b).sum()
}

fn parts(text: &str) -> Vec<&str> {
    words(text).collect()
}

fn assert_unit(vector: &[f32]) {
    let square: f32 = vector.iter().map(|value| value * value).sum();
    assert!((square - 1.0).abs() < 1e-5, "the square of the length is {square}");
}

#[test]
fn identifiers_are_split_into_their_parts() {
    assert_eq!(parts("customer_orders"), ["customer", "orders"]);
    assert_eq!(parts("customerOrders CustomerOrders"), ["customer", "Orders", "Customer", "Orders"]);
    assert_eq!(
        parts("HTTPServer parseJSON CUSTOMER_ID"),
        ["HTTP", "Server", "parse", "JSON", "CUSTOMER", "ID"]
    );
    assert_eq!(parts("userIDs URLsOfUser"), ["user", "IDs", "URLs", "Of", "User"]);
    assert_eq!(parts("address2 2024Q1 sha256sum"), ["address", "2", "2024", "Q", "1", "sha", "256", "sum"]);
    assert_eq!(parts("db.\"order details\"(x)"), ["db", "order", "details", "x"]);
    assert_eq!(parts("用户ID表 straßeÖl"), ["用户", "ID", "表", "straße", "Öl"]);
    assert!(parts(" -- ").is_empty());
}

#[test]
fn spellings_of_one_identifier_have_the_same_vector() {
    let model = HashingModel::default();
    let vector = model.vector("customer_orders_id2");
    for spelling in
        ["customerOrdersID2", "CustomerOrdersId2", "CUSTOMER_ORDERS_ID_2", "customer orders: id 2"]
    {
        assert_eq!(model.vector(spelling), vector, "{spelling}");
    }
}

#[test]
fn the_features_of_a_word_are_the_word_and_its_ngrams() {
    let mut expected: Vec<u64> = ["wkey", "p<ke", "pkey", "pey>", "p<key", "pkey>", "p<key>"]
        .map(|text| fnv(text.as_bytes()))
        .to_vec();
    expected.sort_unstable();
    let found: Vec<(u64, usize)> = Features::default().extract("Key, KEY").collect();
    assert_eq!(found, expected.into_iter().map(|hash| (hash, 2)).collect::<Vec<_>>());
}

#[test]
fn the_hash_is_fnv_1a() {
    // Test vectors published by the authors of FNV.
    assert_eq!(fnv(b""), 0xcbf2_9ce4_8422_2325);
    assert_eq!(fnv(b"a"), 0xaf63_dc4c_8601_ec8c);
    assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
}

/// Stored vectors are compared with new ones. If this test fails, the algorithm has changed, and the revision must change
/// too. The expected values come from a second implementation in another language.
#[test]
fn revision_1_always_gives_the_same_vectors() {
    let expected: [f32; 8] =
        [0.008519, -0.26768, -0.355723, -0.05136, -0.714996, 0.413946, -0.121414, -0.31904];
    let model = HashingModel::new(8);
    assert_eq!(model.identity().revision, "1");
    for (value, expected) in model.vector(DDL).iter().zip(expected) {
        assert!((value - expected).abs() < 1e-5, "{:?}", model.vector(DDL));
    }

    let vector = HashingModel::default().vector("客户 key key");
    let found: Vec<(usize, f32)> =
        vector.into_iter().enumerate().filter(|(_, value)| *value != 0.0).collect();
    let expected = [
        (60, -0.192211),
        (161, -0.325441),
        (205, 0.192211),
        (233, -0.192211),
        (237, -0.325441),
        (299, -0.192211),
        (342, -0.325441),
        (636, -0.192211),
        (663, 0.192211),
        (794, -0.325441),
        (832, -0.325441),
        (948, 0.192211),
        (952, 0.325441),
        (953, 0.325441),
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((component, value), (expected_component, expected)) in found.iter().zip(expected) {
        assert_eq!(*component, expected_component, "{found:?}");
        assert!((value - expected).abs() < 1e-5, "{found:?}");
    }
}

#[test]
fn every_text_in_every_dimension_has_a_finite_vector_of_unit_length() {
    let long = "word ".repeat(10_000);
    let texts =
        [DDL, "", " \n\t", "the of and", "a", "--- !!! ???", "🎉🎉", "e\u{301}", "\0", "客户订单", &long];
    for dimension in [1, 2, 3, 7, 384, 1024] {
        let model = HashingModel::new(dimension);
        for text in texts {
            let vector = model.vector(text);
            assert_eq!(vector.len(), dimension);
            assert!(vector.iter().all(|value| value.is_finite()), "{text:?}");
            assert_unit(&vector);
        }
    }
}

#[test]
fn signs_that_cancel_out_leave_a_vector_of_unit_length() {
    let model = HashingModel::new(1);
    for number in 0..500 {
        assert_unit(&model.vector(&format!("table{number}")));
    }
}

#[test]
fn dimension_0_is_clamped_to_1() {
    let model = HashingModel::new(0);
    assert_eq!(model.identity(), HashingModel::new(1).identity());
    assert_eq!(model.vector(DDL).len(), 1);
}

#[test]
fn a_question_is_nearest_to_the_table_that_shares_its_words() {
    let question = "Which customers ordered something in March?";
    let orders = similarity(question, DDL);
    for other in
        ["CREATE TABLE flight_delays (flight_no TEXT, minutes INT);", "CREATE TABLE wine (grape TEXT);"]
    {
        assert!(orders > 2.0 * similarity(question, other).abs(), "{orders}, {other}");
    }
    assert!(similarity("ordered", "ordering") > similarity("ordered", "filtered"));
}

#[test]
fn stop_words_count_only_in_a_text_without_other_words() {
    let model = HashingModel::default();
    assert_eq!(model.vector("How many orders does the customer have?"), model.vector("orders customer"));
    assert_eq!(model.vector("Who is it?"), model.vector("who is it"));
    assert_ne!(model.vector("Who is it?"), model.vector("what are they"));
}

#[test]
fn symbols_count_only_in_a_text_without_words() {
    let model = HashingModel::default();
    assert_eq!(model.vector("*orders* 🎉"), model.vector("orders"));
    assert_ne!(model.vector("🎉🎉"), model.vector("---"));
    assert_eq!(model.vector(""), model.vector(" \n"));
}

#[test]
fn words_of_other_scripts_are_matched() {
    assert!(similarity("ÜBERWEISUNG", "überweisungen") > 0.5);
    assert!(similarity("ЗАКАЗ", "заказы") > 0.4);
    assert!(similarity("客户订单", "每个客户的订单") > 0.2);
    assert!(similarity("客户订单", "航班延误记录").abs() < 0.1);
}

#[test]
fn a_batch_gives_the_vectors_of_its_texts_in_either_role() {
    let model = HashingModel::default();
    let texts = [DDL, "", "customer"];
    let single: Vec<Vec<f32>> = texts.iter().map(|text| model.vector(text)).collect();
    for role in [Role::Document, Role::Query] {
        let batch = block_on(model.embed(&texts, role)).ok();
        assert_eq!(batch.as_ref(), Some(&single));
    }
}

#[test]
fn the_identity_names_the_model() {
    let model = HashingModel::default();
    assert_eq!(model.identity().to_string(), "datus/hashing@1 (1024 dimensions, normalized)");
    assert!(!model.sends_text_away());
}
