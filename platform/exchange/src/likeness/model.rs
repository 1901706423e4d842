//! Which submissions are compared, and how they fall into clusters. Pure.

use base::Timestamp;
use content::likeness::sketch_likeness;

use super::rules::LikenessRule;
use crate::submission::{OriginNews, Standing, Submission, SubmissionId};

/// Standings in which a submission is compared: it waits for a decision, or was adopted not long ago, so that whoever sends
/// the same later is seen to be late.
pub(super) const COMPARED: [Standing; 6] = [
    Standing::Submitted,
    Standing::Received,
    Standing::InReview,
    Standing::Adopted,
    Standing::Merged,
    Standing::Published,
];

/// Until when a submission is compared; none when it is not: decided otherwise, taken back, withdrawn at its origin, or old.
pub(super) fn compared_until(one: &Submission, rule: &LikenessRule, now: Timestamp) -> Option<Timestamp> {
    let until = one.submitted_at.plus_hours(rule.window_days * 24);
    let withdrawn = matches!(one.news, Some(OriginNews::Withdrawn { .. }));
    (COMPARED.contains(&one.standing) && !withdrawn && now < until).then_some(until)
}

/// A submission as far as grouping needs it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) id: SubmissionId,
    pub(super) thread: SubmissionId,
    pub(super) sketch: Vec<u32>,
}

impl Member {
    /// Alike, and not two letters about the same document.
    pub(super) fn is_like(&self, other: &Self, rule: &LikenessRule) -> bool {
        self.thread != other.thread && sketch_likeness(&self.sketch, &other.sketch, rule.sketch) >= rule.threshold
    }
}

/// The members in groups that hang together by pairs that are alike.
pub(super) fn groups(mut members: Vec<Member>, rule: &LikenessRule) -> Vec<Vec<SubmissionId>> {
    let mut found = Vec::new();
    while let Some(first) = members.pop() {
        let mut group = vec![first.id];
        let mut open = vec![first];
        // Whoever is reached is not looked at again: a group of near copies costs one pass.
        while let Some(one) = open.pop() {
            let (near, far): (Vec<_>, Vec<_>) = members.into_iter().partition(|other| one.is_like(other, rule));
            members = far;
            group.extend(near.iter().map(|other| other.id));
            open.extend(near);
        }
        group.sort_unstable();
        found.push(group);
    }
    found
}

/// What a group is called after the cluster `was` changed: a cluster is named by one of its own, so that no two are called the
/// same; what is like nothing else has no name.
pub(super) fn name(was: SubmissionId, group: &[SubmissionId]) -> Option<SubmissionId> {
    match group {
        [] | [_] => None,
        group if group.contains(&was) => Some(was),
        group => group.iter().min().copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> LikenessRule {
        LikenessRule {
            effective_from: "2026-01-01".to_owned(),
            source: "test".to_owned(),
            threshold: 0.5,
            window_days: 30,
            bands: 1,
            rows: 1,
            number_weight: 1,
            sketch: 64,
            candidates: 10,
        }
    }

    fn id(number: u128) -> SubmissionId {
        SubmissionId(uuid::Uuid::from_u128(number))
    }

    fn member(number: u128, thread: u128, sketch: &[u32]) -> Member {
        Member { id: id(number), thread: id(thread), sketch: sketch.to_vec() }
    }

    #[test]
    fn a_chain_is_one_group_until_its_middle_leaves() {
        let (a, b, c) = (member(1, 1, &[1, 2]), member(2, 2, &[1, 2, 3, 4]), member(3, 3, &[3, 4]));
        let alone = member(4, 4, &[9]);
        let mut all = groups(vec![a.clone(), b, c.clone(), alone.clone()], &rule());
        all.sort();
        assert_eq!(all, [vec![id(1), id(2), id(3)], vec![id(4)]]);
        let mut left = groups(vec![a, c, alone], &rule());
        left.sort();
        assert_eq!(left, [vec![id(1)], vec![id(3)], vec![id(4)]]);
    }

    #[test]
    fn letters_of_one_thread_are_no_pair_of_their_own() {
        let (first, second) = (member(1, 1, &[1, 2]), member(2, 1, &[1, 2]));
        assert_eq!(groups(vec![first.clone(), second.clone()], &rule()).len(), 2);
        assert_eq!(groups(vec![first, second, member(3, 3, &[1, 2])], &rule()).len(), 1);
    }

    #[test]
    fn a_cluster_is_named_by_one_of_its_own() {
        assert_eq!(name(id(2), &[id(1), id(2)]), Some(id(2)));
        assert_eq!(name(id(9), &[id(3), id(2)]), Some(id(2)));
        assert_eq!(name(id(2), &[id(2)]), None);
    }
}
