//! Every pair of standing and move, for each of the three.

use super::{Flow as F, FlowMove as FM, MemberMove as MM, Membership as M, Move, Standing as S};

#[test]
fn every_pair_of_membership_and_move() {
    let allowed = [
        (M::Invited, MM::Accept, M::Accepted),
        (M::Invited, MM::Refuse, M::Refused),
        (M::Invited, MM::Remove, M::Removed),
        (M::Accepted, MM::Leave, M::Left),
        (M::Accepted, MM::Remove, M::Removed),
    ];
    for standing in M::ALL {
        assert_eq!(M::parse(standing.as_str()), Some(standing));
        for attempted in [MM::Accept, MM::Refuse, MM::Leave, MM::Remove] {
            let wanted = allowed.iter().find(|row| row.0 == standing && row.1 == attempted).map(|row| row.2);
            assert_eq!(standing.step(attempted).ok(), wanted, "{standing:?} {attempted:?}");
        }
    }
}

#[test]
fn every_pair_of_subscription_and_move() {
    let allowed = [
        (F::Asked, FM::Consent, F::Active),
        (F::Asked, FM::Refuse, F::Refused),
        (F::Asked, FM::End, F::Ended),
        (F::Active, FM::Pause, F::Paused),
        (F::Active, FM::End, F::Ended),
        (F::Paused, FM::Resume, F::Active),
        (F::Paused, FM::End, F::Ended),
    ];
    for standing in F::ALL {
        assert_eq!(F::parse(standing.as_str()), Some(standing));
        for attempted in FM::ALL {
            assert_eq!(FM::parse(attempted.as_str()), Some(attempted));
            let wanted = allowed.iter().find(|row| row.0 == standing && row.1 == attempted).map(|row| row.2);
            assert_eq!(standing.step(attempted).ok(), wanted, "{standing:?} {attempted:?}");
        }
    }
}

#[test]
fn every_pair_of_item_and_move() {
    let moves = [
        Move::Queue,
        Move::Place,
        Move::Filter,
        Move::Skip,
        Move::Decline,
        Move::Return,
        Move::TakeDown,
        Move::Reopen,
        Move::Withdraw,
        Move::Offer,
        Move::Correct,
        Move::Void,
    ];
    let mut allowed = vec![
        (S::Arrived, Move::Queue, S::InReview),
        (S::Arrived, Move::Place, S::Placed),
        (S::Arrived, Move::Filter, S::Filtered),
        (S::Arrived, Move::Skip, S::Skipped),
        (S::InReview, Move::Place, S::Placed),
        (S::InReview, Move::Skip, S::Skipped),
        (S::InReview, Move::Decline, S::Declined),
        (S::InReview, Move::Return, S::Returned),
        (S::Placed, Move::TakeDown, S::TakenDown),
        (S::Filtered, Move::Correct, S::Arrived),
        (S::Returned, Move::Correct, S::InReview),
        (S::Void, Move::Correct, S::InReview),
    ];
    allowed.extend([S::Placed, S::Declined, S::TakenDown, S::Filtered].map(|from| (from, Move::Reopen, S::InReview)));
    allowed.extend([S::Arrived, S::InReview, S::Placed, S::Returned].map(|from| (from, Move::Withdraw, S::Withdrawn)));
    allowed.extend([S::Withdrawn, S::Returned, S::Void].map(|from| (from, Move::Offer, S::Arrived)));
    allowed.extend(S::BOUND.map(|from| (from, Move::Void, S::Void)));
    for standing in S::ALL {
        assert_eq!(S::parse(standing.as_str()), Some(standing));
        for attempted in moves {
            let wanted = allowed.iter().find(|row| row.0 == standing && row.1 == attempted).map(|row| row.2);
            assert_eq!(standing.step(attempted).ok(), wanted, "{standing:?} {attempted:?}");
        }
    }
}
