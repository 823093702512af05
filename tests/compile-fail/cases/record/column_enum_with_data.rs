use datus_store::ColumnEnum;

#[derive(ColumnEnum)]
enum State {
    Draft,
    Published(i64),
}

fn main() {}
