use std::fmt;
use std::marker::PhantomData;

/// A vector column of the record `R` with vectors of the model `M`: the `v.field` in `.vector(|v| v.field)`.
pub struct VectorCol<R, M> {
    index: usize,
    types: PhantomData<fn() -> (R, M)>,
}

impl<R, M> VectorCol<R, M> {
    /// Creates a handle for the vector at position `index`. Called by generated code.
    pub const fn new(index: usize) -> Self {
        Self { index, types: PhantomData }
    }

    /// Returns the position among the vectors of the record.
    pub fn index(self) -> usize {
        self.index
    }
}

impl<R, M> Clone for VectorCol<R, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, M> Copy for VectorCol<R, M> {}

impl<R, M> fmt::Debug for VectorCol<R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VectorCol({})", self.index)
    }
}
