//! The limits on filters. The depth is tracked while a filter is built, so that no code recurses too deeply.

use super::Predicate;

/// The maximum depth of a filter. The engine recurses into filters without a limit. In a debug build, the stack of a tokio
/// worker overflows at 32 levels of SQL text and at about 100 levels of an expression.
pub(crate) const DEEPEST: u32 = 20;

/// The maximum number of values and comparisons in a filter. The running time of the engine grows with this number: a debug
/// build took 2 seconds for 10,000 comparisons and 29 seconds for 50,000. The values of `is_in` took a tenth of that.
#[cfg(feature = "store")]
pub(crate) const MAX_CONDITIONS: usize = 100_000;

impl Predicate {
    /// Returns the number of levels that this predicate adds to those of its members. A chain is lowered as a balanced tree.
    pub(crate) fn own_levels(&self) -> u32 {
        match self {
            Self::And(members) | Self::Or(members) => tree_levels(members.len()),
            Self::Not(_) => 1,
            Self::List { values, .. } => tree_levels(values.len()),
            _ => 0,
        }
    }

    /// Returns the depth, or `None` if it exceeds `limit`. Does not recurse deeper than `limit`.
    fn depth_within(&self, limit: u32) -> Option<u32> {
        let limit = limit.checked_sub(self.own_levels())?;
        let members = match self {
            Self::And(members) | Self::Or(members) => {
                members.iter().try_fold(0, |depth, member| Some(member.depth_within(limit)?.max(depth)))?
            }
            Self::Not(inner) => inner.depth_within(limit)?,
            _ => 0,
        };
        Some(members + self.own_levels())
    }
}

/// Returns the number of levels of a balanced tree. A chain of one member is one level, because a traversal recurses into it.
fn tree_levels(members: usize) -> u32 {
    members.next_power_of_two().ilog2().max(1)
}

/// A predicate with its depth, which never exceeds [`DEEPEST`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DepthLimited {
    predicate: Predicate,
    depth: u32,
}

impl DepthLimited {
    /// Measures the depth of a predicate, and replaces one that is too deep with an invalid predicate.
    pub(super) fn new(predicate: Predicate) -> Self {
        match predicate.depth_within(DEEPEST) {
            Some(depth) => Self { predicate, depth },
            None => {
                drop_iteratively(predicate);
                Self::too_deep()
            }
        }
    }

    pub(super) fn predicate(&self) -> &Predicate {
        &self.predicate
    }

    pub(super) fn into_predicate(self) -> Predicate {
        self.predicate
    }

    pub(super) fn and(self, other: Self) -> Self {
        let is_true = |filter: &Self| matches!(filter.predicate, Predicate::Constant(true));
        if is_true(&self) || is_true(&other) {
            return if is_true(&self) { other } else { self };
        }
        let is_chain = |predicate: &Predicate| matches!(predicate, Predicate::And(_));
        let members = self.member_depth(is_chain).max(other.member_depth(is_chain));
        Self::with_members(self.predicate.and(other.predicate), members)
    }

    pub(super) fn or(self, other: Self) -> Self {
        let is_chain = |predicate: &Predicate| matches!(predicate, Predicate::Or(_));
        let members = self.member_depth(is_chain).max(other.member_depth(is_chain));
        Self::with_members(self.predicate.or(other.predicate), members)
    }

    pub(super) fn not(self) -> Self {
        match self.predicate {
            Predicate::Not(inner) => Self { predicate: *inner, depth: self.depth - 1 },
            predicate => Self::with_members(predicate.not(), self.depth),
        }
    }

    /// Returns the depth of the members that this predicate adds to a chain: its own members if it is a chain, or the
    /// predicate itself otherwise.
    fn member_depth(&self, is_chain: impl Fn(&Predicate) -> bool) -> u32 {
        match is_chain(&self.predicate) {
            true => self.depth - self.predicate.own_levels(),
            false => self.depth,
        }
    }

    /// Creates the predicate with members that are `member_depth` levels deep.
    fn with_members(predicate: Predicate, member_depth: u32) -> Self {
        let depth = member_depth + predicate.own_levels();
        match predicate {
            Predicate::Invalid(_) => Self { predicate, depth: 0 },
            _ if depth > DEEPEST => Self::too_deep(),
            _ => Self { predicate, depth },
        }
    }

    fn too_deep() -> Self {
        Self { predicate: Predicate::Invalid(too_deep()), depth: 0 }
    }
}

/// Returns the message for a filter that is too deep.
pub(crate) fn too_deep() -> String {
    format!("the filter is nested more than {DEEPEST} levels deep")
}

/// Drops a predicate of any depth without recursion.
fn drop_iteratively(predicate: Predicate) {
    let mut stack = vec![predicate];
    while let Some(predicate) = stack.pop() {
        match predicate {
            Predicate::And(members) | Predicate::Or(members) => stack.extend(members),
            Predicate::Not(inner) => stack.push(*inner),
            _ => {}
        }
    }
}
