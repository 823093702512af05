use datus_store::ColumnStruct;

struct Point;

#[derive(ColumnStruct)]
struct Place {
    city: String,
    position: Point,
}

fn main() {}
