//! Assigns calls to versions where the calls do not say which version they made.

/// Assigns a call to as many versions as possible, each call once. `candidates` has for each version the calls that may
/// have made it, the best one first; `acknowledged` calls have a version before others do.
pub(super) fn assign(candidates: &[Vec<usize>], acknowledged: &[usize]) -> Vec<Option<usize>> {
    let mut makers: Vec<Option<usize>> = vec![None; candidates.len()];
    for &call in acknowledged {
        let mut tried = vec![false; candidates.len()];
        place(call, candidates, &mut makers, &mut tried);
    }
    for version in 0..candidates.len() {
        if makers[version].is_none() {
            let mut tried = Vec::new();
            explain(version, candidates, &mut makers, &mut tried);
        }
    }
    makers
}

/// Finds a version for a call; calls that have one may move to a different one.
fn place(call: usize, candidates: &[Vec<usize>], makers: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for version in 0..candidates.len() {
        if tried[version] || !candidates[version].contains(&call) {
            continue;
        }
        tried[version] = true;
        if makers[version].is_none_or(|other| place(other, candidates, makers, tried)) {
            makers[version] = Some(call);
            return true;
        }
    }
    false
}

/// Finds a call for a version; versions that have one may take a different one.
fn explain(
    version: usize,
    candidates: &[Vec<usize>],
    makers: &mut [Option<usize>],
    tried: &mut Vec<usize>,
) -> bool {
    for &call in &candidates[version] {
        if tried.contains(&call) {
            continue;
        }
        tried.push(call);
        let taken = makers.iter().position(|maker| *maker == Some(call));
        if taken.is_none_or(|other| explain(other, candidates, makers, tried)) {
            makers[version] = Some(call);
            return true;
        }
    }
    false
}

#[test]
fn a_call_moves_where_that_explains_more_versions() {
    assert_eq!(assign(&[vec![1, 2], vec![1]], &[]), [Some(2), Some(1)]);
    assert_eq!(assign(&[vec![1, 2], vec![1], vec![1, 2]], &[]), [Some(2), Some(1), None]);
}

#[test]
fn an_acknowledged_call_has_a_version_before_others_do() {
    assert_eq!(assign(&[vec![1, 2]], &[2]), [Some(2)]);
    assert_eq!(assign(&[vec![1, 2], vec![2]], &[1, 2]), [Some(1), Some(2)]);
}
