//! A declaration is found wrong as a whole, before anything is written.

use base::tenancy::Furniture;
use base::{Level, Timestamp};

use super::{Declared, Fault, TenantRow, TenantState};
use crate::policy::PolicySpec;
use crate::rules::LifecycleRule;

fn check(declared: &[Declared], present: &[TenantRow]) -> Vec<Fault> {
    super::check(declared, present, &LifecycleRule::default(), Timestamp(0))
}

pub(in crate::onboarding) fn one(slug: &str, parent: Option<&str>) -> Declared {
    let row = TenantRow {
        slug: slug.into(),
        name: slug.into(),
        short_name: slug.into(),
        level: Level::County,
        division_code: String::new(),
        site_code: format!("{:010}", slug.bytes().fold(7u64, |sum, b| (sum * 131 + u64::from(b)) % 10_000_000_000)),
        parent: parent.map(str::to_owned),
        owner_unit: "办公室".into(),
        state: TenantState::Live,
        state_reason: String::new(),
        state_until: None,
        state_since: None,
        suspended_at: None,
        successor: String::new(),
        theme: "base".into(),
        skin: "county".into(),
        rehearsal: false,
        furniture: Furniture { sample: true, ..Furniture::default() },
        blueprint: "county".into(),
        hosts: vec![format!("{slug}.localhost")],
    };
    Declared { row, policy: None }
}

#[test]
fn a_sound_tree_has_no_faults() {
    assert_eq!(check(&[one("www", None), one("hubei", Some("www")), one("wuhan", Some("hubei"))], &[]), vec![]);
}

#[test]
fn cycles_are_named_with_everybody_in_them() {
    let faults = check(&[one("www", None), one("a", Some("b")), one("b", Some("a"))], &[]);
    assert_eq!(faults[0], Fault::Cycle { slug: "a".into(), through: "a → b → a".into() });
    assert_eq!(faults.len(), 2);
    let itself = check(&[one("www", None), one("a", Some("a"))], &[]);
    assert_eq!(itself, [Fault::Cycle { slug: "a".into(), through: "a → a".into() }]);
}

#[test]
fn a_host_belongs_to_one_portal_also_against_what_is_there() {
    let mut thief = one("b", Some("www"));
    thief.row.hosts = vec!["a.localhost".into()];
    let present = [one("www", None).row, one("a", Some("www")).row];
    let faults = check(&[thief], &present);
    assert_eq!(faults, [Fault::HostTaken { slug: "b".into(), host: "a.localhost".into(), other: "a".into() }]);
}

#[test]
fn a_closed_portal_never_opens_again() {
    let mut was = one("a", Some("www")).row;
    was.state = TenantState::Closed;
    let faults = check(&[one("a", Some("www"))], &[one("www", None).row, was]);
    assert_eq!(faults, [Fault::WrongState { slug: "a".into(), from: "closed", to: "live" }]);
}

#[test]
fn unknown_parents_second_roots_and_bad_names_are_found_together() {
    let mut bad = one("B_AD", Some("nowhere"));
    bad.row.site_code = "12".into();
    bad.row.hosts = vec!["A.localhost:80".into()];
    let faults = check(&[one("www", None), one("two", None), bad], &[]);
    assert_eq!(faults.iter().filter(|fault| fault.slug() == "B_AD").count(), 4, "{faults:?}");
    assert!(faults.iter().any(|fault| matches!(fault, Fault::SecondRoot { .. })));
}

#[test]
fn hosts_that_the_public_cannot_reach_are_refused() {
    let long = format!("{}.localhost", vec!["a".repeat(60); 5].join("."));
    for host in ["localhost", "intranet", "127.0.0.1", "1.2", "a.0x7f", "[::1]", "::1", "a..b", "a.b.", "", &long] {
        let mut wrong = one("a", Some("www"));
        wrong.row.hosts = vec![host.to_owned()];
        let faults = check(&[one("www", None), wrong], &[]);
        assert!(matches!(&faults[..], [Fault::Unusable { field: "hosts", .. }]), "{host}: {faults:?}");
    }
    let mut good = one("a", Some("www"));
    good.row.hosts =
        ["www.hubei.gov.cn", "xn--fiqs8s.xn--zfr164b", "a.localhost", "0x.gov.cn"].map(str::to_owned).to_vec();
    assert_eq!(check(&[one("www", None), good], &[]), []);
}

#[test]
fn site_codes_name_a_division_or_a_department() {
    let fault = |code: &str, sample: bool, state: TenantState| {
        let mut www = one("www", None);
        www.row.division_code = "420100".to_owned();
        let mut row = one("a", Some("www"));
        (row.row.site_code, row.row.furniture.sample, row.row.state) = (code.to_owned(), sample, state);
        check(&[www, row], &[]).iter().any(|fault| matches!(fault, Fault::Unusable { field: "site_code", .. }))
    };
    let live = TenantState::Live;
    assert!(!fault("4201000002", false, live) && !fault("bm01000001", false, live));
    assert!(fault("9901000002", false, live) && !fault("9901000002", true, live), "a sample has no division");
    for wrong in ["310000000044", "bm0100000", "BM01000001", "S000000001", "42010000x2", "", "四二〇一"] {
        assert!(fault(wrong, true, live), "{wrong}");
    }
    assert!(!fault("", false, TenantState::Draft));
}

#[test]
fn limits_levels_and_division_codes_are_lawful() {
    let mut wrong = one("a", Some("www"));
    wrong.policy = Some(PolicySpec { limit_hours: Some(0), ..PolicySpec::default() });
    assert!(matches!(
        &check(&[one("www", None), wrong], &[])[..],
        [Fault::Unusable { field: "repost.limit_hours", .. }]
    ));
    let mut province = one("b", Some("a"));
    province.row.level = Level::Province;
    let faults = check(&[one("www", None), one("a", Some("www")), province], &[]);
    assert!(matches!(&faults[..], [Fault::AboveItsParent { level: "province", above: "county", .. }]), "{faults:?}");
    let mut wrong = one("a", Some("www"));
    wrong.row.division_code = "4201".to_owned();
    assert!(matches!(&check(&[one("www", None), wrong], &[])[..], [Fault::Unusable { field: "division_code", .. }]));
}
