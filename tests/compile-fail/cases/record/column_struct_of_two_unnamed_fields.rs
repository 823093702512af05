use datus_store::ColumnStruct;

#[derive(ColumnStruct)]
struct Position(f64, f64);

fn main() {}
