use std::marker::PhantomData;

/// The rows of a write that does not say which rows it concerns. No write can be awaited with them. It is a type of its own
/// because the compiler shows the message of a trait only if the trait is missing for a different type than the one that
/// is awaited.
#[derive(Debug)]
pub struct Unspecified<R>(PhantomData<fn() -> R>);
