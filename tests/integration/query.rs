//! Filters, orders and selections against the engine.

mod names;
mod nesting;
mod patterns;
mod random;
mod values;
