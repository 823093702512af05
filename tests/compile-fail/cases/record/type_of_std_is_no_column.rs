use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Server {
    name: String,
    address: std::net::IpAddr,
    size: usize,
}

fn main() {}
