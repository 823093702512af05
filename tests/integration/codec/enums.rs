use arrow_array::cast::AsArray;
use datus_store::{ColumnEnum, EmbeddingRecord, record};

use super::assert_survive;

#[derive(Debug, Clone, Copy, PartialEq, ColumnEnum)]
#[datus(rename_all = "SCREAMING_SNAKE_CASE")]
enum Kind {
    Table,
    MaterializedView,
    #[datus(rename = "système \"externe\"")]
    External,
    r#Macro,
}

const ALL: [Kind; 4] = [Kind::Table, Kind::MaterializedView, Kind::External, Kind::Macro];

#[test]
fn every_variant_survives() {
    assert_survive(ALL);
}

#[derive(EmbeddingRecord)]
struct Object {
    kind: Kind,
}

#[test]
fn variants_are_stored_under_their_names() {
    let batch = record::encode(&ALL.map(|kind| Object { kind })).unwrap();
    let names: Vec<_> = batch.column(0).as_string::<i32>().iter().flatten().collect();
    assert_eq!(names, ["TABLE", "MATERIALIZED_VIEW", "système \"externe\"", "MACRO"]);
}
