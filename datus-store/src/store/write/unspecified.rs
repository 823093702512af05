use std::marker::PhantomData;

/// Stands for the rows of a write that has not selected rows. Such a write cannot be awaited. It is a separate type because the
/// compiler shows the message of a trait only if the type that lacks the trait is not the type that is awaited.
#[derive(Debug)]
pub struct Unspecified<R>(PhantomData<fn() -> R>);
