/// The generated `…Query` of a record. It holds the state `S` of a query builder and has two methods for each column.
pub trait QueryMethods<S>: Send + Sync {
    /// Wraps the state.
    fn new(state: S) -> Self;

    /// Returns the state.
    fn state(&self) -> &S;

    /// Converts the query into its state.
    fn into_state(self) -> S;
}
