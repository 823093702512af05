//! The indexes that a struct declares.

mod columns;
mod damaged;
mod gate;
mod queries;
mod recall;
mod together;
mod vectors;

use datus_store::{Database, EmbeddingRecord, IndexAction, IndexReport, Store, Unscoped};

use crate::support::cloud::Cloud;

/// Records of one table whose vectors have different indexes.
macro_rules! records {
    ($($module:ident: $kind:ident, $metric:ident;)+) => {
        $(pub(in crate::store) mod $module {
            /// A row whose text is the seed of its point.
            #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
            #[datus(table = "points")]
            pub(crate) struct Point {
                pub(crate) number: i64,
                #[datus(embed(index = $kind, metric = $metric))]
                pub(crate) seed: Option<String>,
            }

            impl From<i64> for Point {
                fn from(number: i64) -> Self {
                    Self { number, seed: Some(format!("point {number}")) }
                }
            }
        })+
    };
}

records! {
    auto: auto, l2;
    none: none, l2;
    ivf_flat: ivf_flat, l2;
    ivf_flat_cosine: ivf_flat, cosine;
    ivf_sq: ivf_sq, l2;
    ivf_pq: ivf_pq, l2;
    ivf_rq: ivf_rq, l2;
    hnsw_flat: hnsw_flat, l2;
    hnsw_sq: hnsw_sq, l2;
    hnsw_pq: hnsw_pq, l2;
}

/// Creates the table of a record in a database, and adds one point for each number.
pub(super) async fn points<R>(db: &Database, numbers: std::ops::Range<i64>) -> Store<R>
where
    R: Unscoped + From<i64>,
    Cloud: datus_store::model::IntoModels<R::Models>,
{
    let store: Store<R> = db.store(Cloud::new()).await.unwrap();
    if !numbers.is_empty() {
        store.add(numbers.map(R::from)).await.unwrap();
    }
    store
}

/// Returns the column, the kind, and the action of each entry of a report.
fn actions(report: &IndexReport) -> Vec<(&str, &str, IndexAction)> {
    report.iter().map(|entry| (entry.column.as_str(), entry.kind.as_str(), entry.action)).collect()
}

/// Returns the measurement of the vector index from the metadata of the table.
async fn measured<R: EmbeddingRecord>(store: &Store<R>) -> Option<String> {
    let schema = store.schema().await.unwrap();
    schema.field_with_name("vector").unwrap().metadata().get("datus:vector_index").cloned()
}
