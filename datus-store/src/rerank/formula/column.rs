//! The methods of a column that create a term of a formula.

use std::time::Duration;

use super::Formula;
use super::number::{NumberColumn, seconds};
use super::term::{Function, Part, ReadNumber};
use crate::record::{Col, TimestampColumn};

/// The terms of a [`Formula`], which ranks the hits of a search.
impl<R, T, A> Col<R, T, A> {
    /// Uses the number as a term of a [`Formula`]. `true` is 1 and `false` is 0.
    pub fn value(self) -> Formula
    where
        T: NumberColumn<A>,
    {
        self.term(<T as NumberColumn<A>>::number, Function::Identity)
    }

    /// Uses ln(1 + number) as a term of a [`Formula`], so that 1,000 counts twice as much as 30.
    pub fn ln_1p(self) -> Formula
    where
        T: NumberColumn<A>,
    {
        self.term(<T as NumberColumn<A>>::number, Function::Ln1p)
    }

    /// Uses number / (number + `half`) as a term of a [`Formula`]. It is 0 for the number 0, ½ for the number `half`, and
    /// close to 1 for large numbers.
    pub fn saturation(self, half: f64) -> Formula
    where
        T: NumberColumn<A>,
    {
        self.term(<T as NumberColumn<A>>::number, Function::Saturation(half))
    }

    /// Uses the recency as a term of a [`Formula`]: 1 for a time that is now or in the future, halved for each half-life
    /// that has passed since a time in the past.
    pub fn half_life(self, half_life: Duration) -> Formula
    where
        T: TimestampColumn<A>,
    {
        self.term(seconds, Function::HalfLife(half_life))
    }

    fn term(self, read: ReadNumber, function: Function) -> Formula {
        Formula::of(Part::Column { path: self.path(), read, function })
    }
}
