use datus_store::ColumnEnum;

#[derive(ColumnEnum)]
struct State {
    draft: bool,
}

fn main() {}
