use datus_store::Projection;

mod library {
    #[derive(datus_store::EmbeddingRecord)]
    pub struct Book {
        pub title: String,
        shelf: String,
    }
}

#[derive(Projection)]
#[datus(of = library::Book)]
struct Summary {
    title: String,
    shelf: String,
}

fn main() {}
