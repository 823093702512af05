use datus_store::{ColumnStruct, EmbeddingRecord, record::DisplayFromStr, record::Optional};

#[derive(ColumnStruct)]
struct Degrees(f32);

#[derive(EmbeddingRecord)]
struct Measure {
    #[datus(key)]
    at: f64,
}

#[derive(EmbeddingRecord)]
#[datus(key(site, path, north, from))]
struct Visit {
    site: String,
    path: Option<String>,
    north: Degrees,
    #[datus(with = Optional<DisplayFromStr>)]
    from: Option<std::net::IpAddr>,
}

fn main() {}
