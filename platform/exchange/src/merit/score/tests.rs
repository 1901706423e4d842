//! The arithmetic of points.

use super::*;
use crate::merit::table::RuleTable;

fn table(text: &str) -> Version {
    let table: RuleTable = toml::from_str(text).expect("a table");
    table.check().expect("usable");
    Version { number: 1, table }
}

fn fact(item: u128, occasion: Occasion, place: Place, channel: &str, at: &str) -> Fact {
    Fact {
        id: Uuid::nil(),
        beneficiary: Uuid::from_u128(1),
        occasion,
        place,
        channel: channel.to_owned(),
        item: Uuid::from_u128(item),
        submission: Some(Uuid::from_u128(item)),
        writer: Uuid::from_u128(9),
        adjust: 0,
        at: Timestamp::parse(at).expect("a time"),
    }
}

fn points(facts: &[Fact], versions: &[Version]) -> Vec<i64> {
    score(facts, versions).iter().map(|worth| worth.points / 100).collect()
}

const LADDER: &str = r#"
name = "阶梯"
effective_from = "2026-01-01"
[[row]]
occasion = "adopted"
place = "here"
points = 5
mode = "MODE"
[[row]]
occasion = "adopted"
place = "here"
channel = "专报"
points = 10
mode = "MODE"
[[row]]
occasion = "adopted"
place = "up"
points = 40
mode = "MODE"
[[row]]
occasion = "instruction"
points = 30
mode = "cumulative"
"#;

fn climb() -> Vec<Fact> {
    use {Occasion as O, Place as P};
    vec![
        fact(1, O::Adopted, P::Here, "", "2026-01-05"),
        fact(1, O::Adopted, P::Here, "专报", "2026-01-06"),
        fact(1, O::Adopted, P::Up, "", "2026-03-01"),
        fact(1, O::Instruction, P::Here, "市长", "2026-03-02"),
        fact(1, O::Instruction, P::Here, "书记", "2026-03-02"),
        fact(2, O::Merged, P::Here, "", "2026-03-03"),
    ]
}

#[test]
fn the_highest_counts_once_where_the_table_replaces() {
    let rule = table(&LADDER.replace("MODE", "replace"));
    assert_eq!(points(&climb(), &[rule]), [5, 5, 30, 30, 30, 5]);
}

#[test]
fn each_place_counts_where_the_table_adds_but_a_journal_does_not_count_twice() {
    let rule = table(&LADDER.replace("MODE", "cumulative"));
    assert_eq!(points(&climb(), &[rule]), [5, 5, 40, 30, 30, 5]);
}

#[test]
fn what_is_revoked_is_taken_away_in_the_month_of_the_revocation() {
    let rule = table(&LADDER.replace("MODE", "replace"));
    let mut facts = climb();
    // The one above takes back what it made of its own submission.
    facts[2].writer = Uuid::from_u128(8);
    let mut back = fact(1, Occasion::Revoked, Place::Up, "", "2026-04-01");
    back.writer = Uuid::from_u128(8);
    facts.push(back);
    let mut all = fact(1, Occasion::Revoked, Place::Here, "", "2026-05-01");
    all.submission = None;
    facts.push(all);
    let worth = score(&facts, &[rule]);
    assert_eq!(worth.iter().map(|one| one.points / 100).collect::<Vec<_>>(), [5, 5, 30, 30, 30, 5, -30, -70]);
    assert_eq!((worth[6].month, worth[7].month), (202_604, 202_605));
}

#[test]
fn caps_hold_in_their_period_and_the_first_of_a_week_bring_nothing() {
    let rule = table(
        r#"
name = "限额"
effective_from = "2026-01-01"
[[row]]
occasion = "quota_met"
points = 10
mode = "cumulative"
cap = 25
cap_period = "year"
[[row]]
occasion = "submitted"
points = 1
mode = "cumulative"
beyond = 2
beyond_period = "week"
"#,
    );
    let met = |item, at| fact(item, Occasion::QuotaMet, Place::Here, "", at);
    let sent = |item, at| fact(item, Occasion::Submitted, Place::Here, "", at);
    // 2026-03-02 is a Monday.
    let facts = [
        met(1, "2026-01-31"),
        met(2, "2026-02-28"),
        sent(3, "2026-03-02"),
        sent(4, "2026-03-03"),
        sent(5, "2026-03-08"),
        sent(6, "2026-03-09"),
        met(7, "2026-03-31"),
        met(8, "2026-04-30"),
    ];
    assert_eq!(points(&facts, &[rule]), [10, 10, 0, 0, 1, 0, 5, 0]);
}

#[test]
fn a_new_version_replaces_from_its_first_day_on() {
    let old = table(&LADDER.replace("MODE", "replace"));
    let text = LADDER.replace("MODE", "replace").replace("2026-01-01", "2026-03-01").replace("40", "50");
    let new = Version { number: 2, ..table(&text) };
    assert_eq!(points(&climb(), &[old, new]), [5, 5, 40, 30, 30, 5]);
    assert_eq!(points(&climb(), &[]), [0; 6]);
}

#[test]
fn a_year_with_too_many_missed_commissions_counts_nothing_but_what_an_appeal_gave() {
    let rule = table(&format!("void_after_missed = 2\n{}", LADDER.replace("MODE", "replace")));
    let mut facts = climb();
    facts.insert(2, fact(7, Occasion::CommissionMissed, Place::Here, "", "2026-02-01"));
    facts.insert(3, fact(8, Occasion::CommissionMissed, Place::Here, "", "2026-02-02"));
    let mut given = fact(9, Occasion::Adjusted, Place::Here, "", "2026-06-01");
    given.adjust = 700;
    facts.push(given);
    assert_eq!(points(&facts, &[rule]), [5, 5, 0, -10, 0, 0, 0, 0, 7]);
}

#[test]
fn a_missed_commission_that_is_excused_gives_the_year_back() {
    let rule = table(&format!("void_after_missed = 2\n{}", LADDER.replace("MODE", "replace")));
    let mut facts = climb();
    facts.insert(2, fact(7, Occasion::CommissionMissed, Place::Here, "", "2026-02-01"));
    facts.insert(3, fact(8, Occasion::CommissionMissed, Place::Here, "", "2026-02-02"));
    let without = points(&climb(), std::slice::from_ref(&rule)).iter().sum::<i64>();
    let mut excused = fact(9, Occasion::Revoked, Place::Here, "", "2026-06-01");
    excused.item = Uuid::from_u128(8);
    excused.submission = None;
    (facts[2].item, facts[3].item) = (Uuid::from_u128(7), Uuid::from_u128(8));
    facts.push(excused);
    let brought = points(&facts, &[rule]);
    assert_eq!(brought.iter().sum::<i64>(), without, "as if it had not been missed");
    assert_eq!(brought.last(), Some(&without), "all of it comes with the excuse");
}

#[test]
fn points_are_the_sum_over_the_chain_whatever_happened() {
    // The sum of what every event brought is what the living events of each item are worth.
    let rule = table(&LADDER.replace("MODE", "replace"));
    for dropped in 0..climb().len() {
        let mut facts = climb();
        facts.remove(dropped);
        let together: i64 = points(&facts, std::slice::from_ref(&rule)).iter().sum();
        let highest = |item: u128, occasions: &[Occasion]| {
            let of = |fact: &&Fact| fact.item == Uuid::from_u128(item) && occasions.contains(&fact.occasion);
            let worth = |fact: &Fact| match (fact.occasion, fact.place, fact.channel.as_str()) {
                (Occasion::Instruction, ..) => 30,
                (_, Place::Up, _) => 40,
                (_, _, "专报") => 10,
                _ => 5,
            };
            facts.iter().filter(of).map(worth).collect::<Vec<i64>>()
        };
        let mut wanted: i64 = highest(1, &[Occasion::Instruction]).iter().sum();
        for item in [1, 2] {
            wanted += highest(item, &[Occasion::Adopted, Occasion::Merged]).into_iter().max().unwrap_or(0);
        }
        assert_eq!(together, wanted, "without {dropped}");
    }
}
