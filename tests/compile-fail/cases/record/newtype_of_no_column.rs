use datus_store::ColumnStruct;

struct Point;

#[derive(ColumnStruct)]
struct Position(Point);

fn main() {}
