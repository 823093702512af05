//! Filters, orders and selections against the engine.

mod depth;
mod ends;
mod hostile;
mod names;
mod nesting;
mod patterns;
mod random;
mod values;
