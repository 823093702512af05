use datus_store::Projection;

#[derive(Projection)]
struct Summary {
    title: String,
}

#[derive(Projection)]
#[datus(of = "not a path")]
struct Quoted {
    title: String,
}

fn main() {}
