use chrono::{DateTime, NaiveDateTime, Utc};
use datus_store::record::AutoTimestamp;
use datus_store::{ColumnStruct, EmbeddingRecord};

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Moment(DateTime<Utc>);

#[derive(EmbeddingRecord)]
struct Stamped {
    id: i64,
    #[datus(created_at)]
    born: DateTime<Utc>,
    #[datus(updated_at, timestamp(ms), index, rename = "changedAt")]
    changed: Option<NaiveDateTime>,
    #[datus(updated_at)]
    moment: Moment,
    at: DateTime<Utc>,
}

#[test]
fn stamps_are_in_the_definition_only_if_declared() {
    let definition = Stamped::definition();
    let stamps: Vec<_> = definition.fields.iter().map(|field| (field.name, field.auto_timestamp)).collect();
    assert_eq!(
        stamps,
        [
            ("id", None),
            ("born", Some(AutoTimestamp::Created)),
            ("changedAt", Some(AutoTimestamp::Updated)),
            ("moment", Some(AutoTimestamp::Updated)),
            ("at", None),
        ]
    );
}
