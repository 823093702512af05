use datus_store::EmbeddingRecord;

/// Indexes that LanceDB does not build on columns of these types.
#[derive(EmbeddingRecord)]
struct Reading {
    /// Almost all values are distinct.
    #[datus(index = bitmap)]
    celsius: f32,
    #[datus(index)]
    labels: Vec<String>,
    #[datus(index = fm)]
    station: u32,
    #[datus(index = bloom)]
    raw: Option<Vec<u8>>,
    #[datus(index = zone_map)]
    right: Option<Vec<u8>>,
}

fn main() {}
