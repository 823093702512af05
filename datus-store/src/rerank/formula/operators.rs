use std::ops::{Add, Mul, Neg, Sub};

use super::Formula;

impl Add for Formula {
    type Output = Self;

    /// Adds the terms of both formulas. If both set a relevance or a time, those of the left operand are used.
    fn add(mut self, other: Self) -> Self {
        self.terms.extend(other.terms);
        self.relevance = self.relevance.or(other.relevance);
        self.now = self.now.or(other.now);
        self
    }
}

impl Sub for Formula {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Formula {
    type Output = Self;

    fn neg(self) -> Self {
        self * -1.0
    }
}

impl Mul<f64> for Formula {
    type Output = Self;

    /// Multiplies the weight of each term.
    fn mul(mut self, weight: f64) -> Self {
        for term in &mut self.terms {
            term.weight *= weight;
        }
        self
    }
}

impl Mul<Formula> for f64 {
    type Output = Formula;

    fn mul(self, formula: Formula) -> Formula {
        formula * self
    }
}
