use datus_store::Projection;

struct Book {
    title: String,
}

#[derive(Projection)]
#[datus(of = Book)]
struct Summary {
    title: String,
}

fn main() {}
