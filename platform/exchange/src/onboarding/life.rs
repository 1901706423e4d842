//! Going offline and closing: how long, how often, and the day that the public is told (国办发〔2017〕47号).

use std::collections::HashMap;

use base::Timestamp;
use base::store::TenantRow;
use base::tenancy::TenantState;

use super::check::Fault;
use super::model::Declared;
use crate::rules::LifecycleRule;

const DAY: i64 = 24;

/// The same declaration with a day where a state needs one and none was said: the one that was announced, or the last day
/// that a suspension may have, or the first on which a portal may close.
pub(super) fn dated(
    declared: &[Declared],
    present: &[TenantRow],
    rule: &LifecycleRule,
    now: Timestamp,
) -> Vec<Declared> {
    let present: HashMap<&str, &TenantRow> = present.iter().map(|row| (row.slug.as_str(), row)).collect();
    let day = |at: Timestamp| Timestamp::parse(&at.date_cst());
    let mut dated = declared.to_vec();
    for one in dated.iter_mut().map(|one| &mut one.row).filter(|row| row.state_until.is_none()) {
        let same = present.get(one.slug.as_str()).filter(|was| was.state == one.state);
        one.state_until = match (one.state, same) {
            (TenantState::Suspended | TenantState::Closing, Some(was)) => was.state_until,
            (TenantState::Suspended, None) => day(now.plus_hours(rule.suspension_max_days * DAY)),
            (TenantState::Closing, None) => day(now.plus_hours((rule.closing_min_days + 1) * DAY)),
            _ => None,
        };
    }
    dated
}

/// What a declaration would make of a portal's life that the rule does not allow.
pub(super) fn check(
    row: &TenantRow,
    was: Option<&TenantRow>,
    rule: &LifecycleRule,
    now: Timestamp,
    faults: &mut Vec<Fault>,
) {
    let same = was.filter(|was| was.state == row.state);
    // What stands and is not touched was judged when it began.
    if same.is_some_and(|was| was.state_until == row.state_until) {
        return;
    }
    let begin = same.and_then(|was| was.state_since).unwrap_or(now);
    let after = |days: i64| begin.plus_hours(days * DAY);
    let mut refuse = |what: String| {
        faults.push(Fault::Lifecycle { slug: row.slug.clone(), what, basis: rule.source.clone() });
    };
    match (row.state, row.state_until) {
        (TenantState::Suspended, Some(until)) if until > after(rule.suspension_max_days) || until <= begin => {
            refuse(format!("a suspension lasts at most {} days", rule.suspension_max_days));
        }
        (TenantState::Closing, Some(until)) if until < after(rule.closing_min_days) => {
            refuse(format!("the notice of a closing portal stands for at least {} days", rule.closing_min_days));
        }
        (TenantState::Draft | TenantState::Live | TenantState::Closed, Some(_)) => {
            refuse("only a suspended or closing portal has a day on which that ends".to_owned());
        }
        _ => {}
    }
    let Some(was) = was.filter(|_| same.is_none()) else { return };
    let again = was.suspended_at.map(|at| at.plus_hours(rule.suspension_every_days * DAY));
    if row.state == TenantState::Suspended && again.is_some_and(|again| now < again) {
        refuse(format!("a portal is suspended at most once in {} days", rule.suspension_every_days));
    }
    let since = was.state_since.map(|since| since.plus_hours(rule.closing_min_days * DAY));
    if row.state == TenantState::Closed && since.max(was.state_until).is_some_and(|end| now < end) {
        let stands = since.max(was.state_until).map(Timestamp::date_cst).unwrap_or_default();
        refuse(format!("its notice stands until {stands}; it cannot close before"));
    }
}

#[cfg(test)]
mod tests {
    use base::tenancy::TenantState as S;

    use super::super::check::tests::one;
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    fn was(state: S, since: &str, suspended_at: Option<&str>) -> TenantRow {
        let mut row = one("a", Some("www")).row;
        (row.state, row.state_since, row.suspended_at) = (state, Some(at(since)), suspended_at.map(at));
        row
    }

    fn refused(was: &TenantRow, state: S, until: Option<&str>, now: &str) -> bool {
        let mut declared = one("a", Some("www"));
        (declared.row.state, declared.row.state_until) = (state, until.map(at));
        let rule = LifecycleRule::default();
        let dated = dated(&[declared], std::slice::from_ref(was), &rule, at(now));
        let mut faults = Vec::new();
        check(&dated[0].row, Some(was), &rule, at(now), &mut faults);
        !faults.is_empty()
    }

    #[test]
    fn a_suspension_lasts_thirty_days_and_comes_once_a_year() {
        let live = was(S::Live, "2020-01-01", None);
        assert!(!refused(&live, S::Suspended, None, "2026-03-02 08:00"));
        assert!(!refused(&live, S::Suspended, Some("2026-04-01"), "2026-03-02 08:00"));
        assert!(refused(&live, S::Suspended, Some("2026-04-02"), "2026-03-02 08:00"));
        assert!(refused(&live, S::Suspended, Some("2026-03-01"), "2026-03-02 08:00"), "over before it began");
        let suspended = was(S::Suspended, "2026-03-02 08:00", Some("2026-03-02 08:00"));
        assert!(!refused(&suspended, S::Suspended, Some("2026-04-01"), "2026-03-20"));
        assert!(
            refused(&suspended, S::Suspended, Some("2026-04-02"), "2026-03-20"),
            "longer is counted from its begin"
        );
        let back = was(S::Live, "2026-04-01", Some("2026-03-02 08:00"));
        assert!(refused(&back, S::Suspended, None, "2027-03-02 07:59"));
        assert!(!refused(&back, S::Suspended, None, "2027-03-02 08:00"));
    }

    #[test]
    fn a_portal_closes_when_its_notice_has_stood() {
        let live = was(S::Live, "2020-01-01", None);
        assert!(!refused(&live, S::Closing, None, "2026-03-02 08:00"));
        assert!(refused(&live, S::Closing, Some("2026-04-01"), "2026-03-02 08:00"));
        assert!(!refused(&live, S::Closing, Some("2026-04-02"), "2026-03-02 08:00"));
        let mut closing = was(S::Closing, "2026-03-02 08:00", None);
        assert!(refused(&closing, S::Closed, None, "2026-04-01 07:59"));
        assert!(!refused(&closing, S::Closed, None, "2026-04-01 08:00"));
        closing.state_until = Some(at("2026-05-01"));
        assert!(refused(&closing, S::Closed, None, "2026-04-30"), "what was announced is kept");
        assert!(refused(&live, S::Live, Some("2026-04-01"), "2026-03-02"), "an open portal ends on no day");
    }
}
