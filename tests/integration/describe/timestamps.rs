// Needs the cargo feature `chrono` of datus-store.
use datus_store::EmbeddingRecord;

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<Timestamps>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "timestamps")]
pub struct Timestamps {
    pub created: chrono::DateTime<chrono::Utc>,
    pub local: Option<chrono::NaiveDateTime>,
    #[datus(timestamp(s))]
    pub in_seconds: Option<chrono::NaiveDateTime>,
    #[datus(timestamp(ms))]
    pub in_milliseconds: Option<chrono::DateTime<chrono::Utc>>,
    #[datus(timestamp(ns, "Europe/Oslo"))]
    pub in_oslo: Option<chrono::DateTime<chrono::Utc>>,
    #[datus(timestamp(us, "+02:00"))]
    pub offset: Option<chrono::DateTime<chrono::Utc>>,
}
