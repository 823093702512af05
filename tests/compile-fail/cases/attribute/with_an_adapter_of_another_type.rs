use std::net::IpAddr;
use std::path::PathBuf;

use datus_store::EmbeddingRecord;
use datus_store::record::DisplayFromStr;

struct NoAdapter;

#[derive(EmbeddingRecord)]
struct Visit {
    #[datus(with = NoAdapter)]
    from: IpAddr,
    #[datus(with = DisplayFromStr)]
    path: PathBuf,
}

fn main() {}
