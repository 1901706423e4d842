//! Every pair of standing and move, every pair of states, and what a number of answers means.

use super::{Move as M, Standing as S, State};

#[test]
fn every_pair_of_standing_and_move() {
    let moves = [M::Accept, M::Deliver, M::DeliverLate, M::Miss, M::Decline, M::Excuse, M::Reopen, M::End];
    let mut allowed = vec![
        (S::Declined, M::Accept, S::Accepted),
        (S::Called, M::Accept, S::Accepted),
        (S::Missed, M::DeliverLate, S::Late),
        (S::Missed, M::Excuse, S::Excused),
        (S::Delivered, M::Reopen, S::Accepted),
        (S::Late, M::Reopen, S::Accepted),
    ];
    for owing in S::OWING {
        allowed.extend([
            (owing, M::Deliver, S::Delivered),
            (owing, M::DeliverLate, S::Late),
            (owing, M::Miss, S::Missed),
            (owing, M::Decline, S::Declined),
            (owing, M::Excuse, S::Excused),
            (owing, M::End, S::Ended),
        ]);
    }
    for standing in S::ALL {
        assert_eq!(S::parse(standing.as_str()), Some(standing));
        for attempted in moves {
            let wanted = allowed.iter().find(|row| row.0 == standing && row.1 == attempted).map(|row| row.2);
            assert_eq!(standing.step(attempted).ok(), wanted, "{standing:?} {attempted:?}");
        }
    }
}

#[test]
fn every_pair_of_states() {
    let allowed = [
        (State::Draft, State::Open),
        (State::Draft, State::Cancelled),
        (State::Open, State::Closed),
        (State::Open, State::Cancelled),
    ];
    for from in State::ALL {
        assert_eq!(State::parse(from.as_str()), Some(from));
        for to in State::ALL {
            assert_eq!(from.may_become(to), allowed.contains(&(from, to)), "{from:?} {to:?}");
        }
    }
}

#[test]
fn answers_are_counted() {
    for (standing, answered, on_time, wanted) in [
        (S::Called, 0, true, None),
        (S::Called, 1, true, Some(M::Accept)),
        (S::Accepted, 1, true, None),
        (S::Accepted, 2, true, Some(M::Deliver)),
        (S::Called, 2, false, Some(M::DeliverLate)),
        (S::Missed, 1, false, None),
        (S::Missed, 2, false, Some(M::DeliverLate)),
        // A miss stays a miss though the clock was set later for the portal.
        (S::Missed, 2, true, Some(M::DeliverLate)),
        (S::Delivered, 1, false, Some(M::Reopen)),
        (S::Late, 0, false, Some(M::Reopen)),
        (S::Delivered, 2, true, None),
        (S::Excused, 2, true, None),
        (S::Declined, 2, true, None),
        (S::Ended, 2, true, None),
    ] {
        assert_eq!(standing.counted(answered, 2, on_time), wanted, "{standing:?} {answered}");
        if let Some(attempted) = wanted {
            assert!(standing.step(attempted).is_ok(), "{standing:?} {attempted:?}");
        }
    }
}
