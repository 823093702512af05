//! How deep filters are nested, counted while they are built, so that nothing ever walks one that is too deep.

use super::Predicate;

/// The greatest depth of a filter. The engine walks a filter by recursion and does not count: on the stack of a tokio worker a
/// debug build ends the process at 32 levels of SQL text, and at some 100 of an expression.
pub(crate) const DEEPEST: u32 = 20;

/// The most values and comparisons in a filter. The engine's time grows with their number: a debug build took 2 seconds for
/// 10,000 comparisons and 29 for 50,000, and a tenth of that for the values of `is_in`.
#[cfg(feature = "store")]
pub(crate) const MOST_CONDITIONS: usize = 100_000;

impl Predicate {
    /// The levels that it adds to those of its members. A chain is lowered as a balanced tree.
    pub(crate) fn own_levels(&self) -> u32 {
        match self {
            Self::And(members) | Self::Or(members) => tree_levels(members.len()),
            Self::Not(_) => 1,
            Self::List { values, .. } => tree_levels(values.len()),
            _ => 0,
        }
    }

    /// Its depth; `None` if that is more than `most`. Goes no deeper than `most`.
    fn depth_within(&self, most: u32) -> Option<u32> {
        let most = most.checked_sub(self.own_levels())?;
        let deepest = match self {
            Self::And(members) | Self::Or(members) => {
                members.iter().try_fold(0, |deepest, member| Some(member.depth_within(most)?.max(deepest)))?
            }
            Self::Not(inner) => inner.depth_within(most)?,
            _ => 0,
        };
        Some(deepest + self.own_levels())
    }
}

/// The levels of a balanced tree. A chain of one member is a level too: it is one for whatever walks it.
fn tree_levels(members: usize) -> u32 {
    members.next_power_of_two().ilog2().max(1)
}

/// A predicate with its depth, which is never more than [`DEEPEST`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Nested {
    predicate: Predicate,
    depth: u32,
}

impl Nested {
    /// Measures a predicate that somebody else put together.
    pub(super) fn measured(predicate: Predicate) -> Self {
        match predicate.depth_within(DEEPEST) {
            Some(depth) => Self { predicate, depth },
            None => {
                take_apart(predicate);
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
        let always = |nested: &Self| matches!(nested.predicate, Predicate::Constant(true));
        if always(&self) || always(&other) {
            return if always(&self) { other } else { self };
        }
        let is_chain = |predicate: &Predicate| matches!(predicate, Predicate::And(_));
        let members = self.members(is_chain).max(other.members(is_chain));
        Self::of(self.predicate.and(other.predicate), members)
    }

    pub(super) fn or(self, other: Self) -> Self {
        let is_chain = |predicate: &Predicate| matches!(predicate, Predicate::Or(_));
        let members = self.members(is_chain).max(other.members(is_chain));
        Self::of(self.predicate.or(other.predicate), members)
    }

    pub(super) fn not(self) -> Self {
        match self.predicate {
            Predicate::Not(inner) => Self { predicate: *inner, depth: self.depth - 1 },
            predicate => Self::of(predicate.not(), self.depth),
        }
    }

    /// The depth of what it adds to a chain: its own members where it is one.
    fn members(&self, is_chain: impl Fn(&Predicate) -> bool) -> u32 {
        match is_chain(&self.predicate) {
            true => self.depth - self.predicate.own_levels(),
            false => self.depth,
        }
    }

    fn of(predicate: Predicate, members: u32) -> Self {
        let depth = members + predicate.own_levels();
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

/// The reason of a filter that is too deep.
pub(crate) fn too_deep() -> String {
    format!("the filter is nested more than {DEEPEST} levels deep")
}

/// Drops a predicate of any depth without recursion.
fn take_apart(predicate: Predicate) {
    let mut left = vec![predicate];
    while let Some(predicate) = left.pop() {
        match predicate {
            Predicate::And(members) | Predicate::Or(members) => left.extend(members),
            Predicate::Not(inner) => left.push(*inner),
            _ => {}
        }
    }
}
