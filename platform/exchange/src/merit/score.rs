//! From facts to points: one pass in the order of time, pure. Each event is worth what it adds to its item, so that points
//! are the sum over the events of a chain, and a month that is over does not change when an item climbs later.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use base::Timestamp;
use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use super::model::{Occasion, Place};
use super::table::{Mode, Period, RuleRow, RuleTable};

/// What happened, as far as it matters for points.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The event.
    pub id: Uuid,
    /// Whose points.
    pub beneficiary: Uuid,
    /// What.
    pub occasion: Occasion,
    /// Where.
    pub place: Place,
    /// Journal or rank.
    pub channel: String,
    /// What belongs together: the beneficiary's document, or the event itself.
    pub item: Uuid,
    /// The submission that it is about.
    pub submission: Option<Uuid>,
    /// Who told it.
    pub writer: Uuid,
    /// Points of an adjustment.
    pub adjust: i64,
    /// When.
    pub at: Timestamp,
}

impl Fact {
    /// How lists count it: saying in which journal an adopted item stands is no second adoption.
    pub fn counted(&self) -> &'static str {
        if self.occasion.is_adoption() && !self.channel.is_empty() { "journal" } else { self.occasion.as_str() }
    }
}

/// A version of a scorer's rule.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its number, from 1.
    pub number: i32,
    /// The table.
    pub table: RuleTable,
}

/// What a fact is worth. In the order of the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    /// What it brings, in hundredths.
    pub points: i64,
    /// What its row says, before caps and before what the item had already.
    pub row_points: i64,
    /// The version; 0 for none.
    pub version: i32,
    /// The row, from 1; 0 for none.
    pub row: i32,
    /// The month in which it counts.
    pub month: i32,
}

/// The version in force on a day: the latest chosen one that has begun. A new version replaces, from its first day on, what
/// earlier versions said.
fn in_force<'a>(versions: &'a [Version], day: &str) -> Option<&'a Version> {
    versions.iter().filter(|version| version.table.effective_from.as_str() <= day).max_by_key(|version| version.number)
}

/// Something that counts for an item at present.
#[derive(Debug)]
struct Live {
    group: Group,
    value: i64,
    submission: Option<Uuid>,
    writer: Uuid,
    /// How much of which cap it used up.
    used: Option<(Span, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Group {
    /// Counts by itself.
    Alone(usize),
    /// The highest of its group counts: a number of [`Groups`].
    Shared(u32),
}

/// A row of a version in one period.
type Span = (i32, usize, i64);

#[derive(Default)]
struct Unit {
    items: HashMap<Uuid, Vec<Live>>,
    used: HashMap<Span, i64>,
    seen: HashMap<Span, u32>,
    /// Commissions that were missed: item, submission, writer.
    missed: Vec<(Uuid, Option<Uuid>, Uuid)>,
    /// So many missed ones void the year.
    void_from: usize,
    /// What everything is worth, as if nothing voided the year.
    earned: i64,
    /// What appeals gave.
    given: i64,
}

fn worth_of(lives: &[Live]) -> i64 {
    match lives {
        [] => 0,
        [one] => one.value,
        many => {
            let mut sum = 0;
            for (at, live) in many.iter().enumerate() {
                // Counted where the highest of its group stands first.
                let beaten = |(other, than): (usize, &Live)| {
                    than.group == live.group && (than.value > live.value || (than.value == live.value && other < at))
                };
                if !many.iter().enumerate().any(beaten) {
                    sum += live.value;
                }
            }
            sum
        }
    }
}

fn span(period: Period, day: NaiveDate) -> i64 {
    match period {
        Period::Week => i64::from(day.num_days_from_ce() - 1).div_euclid(7),
        Period::Quarter => i64::from(day.year()) * 4 + i64::from(day.month0() / 3),
        Period::Month => i64::from(day.year()) * 12 + i64::from(day.month0()),
        Period::Year => i64::from(day.year()),
    }
}

/// The words of groups as numbers.
#[derive(Default)]
struct Groups(HashMap<String, u32>);

impl Groups {
    fn number(&mut self, word: String) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(word).or_insert(next)
    }

    fn of(&mut self, row: &RuleRow, fact: &Fact, index: usize) -> Group {
        let family = if fact.occasion.is_adoption() { "adopted" } else { fact.occasion.as_str() };
        match row.mode {
            Mode::Replace if row.group.is_empty() => Group::Shared(self.number(family.to_owned())),
            Mode::Replace => Group::Shared(self.number(format!("={}", row.group))),
            // The same place is credited once, whichever journal it was said to be in first.
            Mode::Cumulative if fact.occasion.is_adoption() => {
                Group::Shared(self.number(format!("{family}@{}", fact.place.as_str())))
            }
            Mode::Cumulative => Group::Alone(index),
        }
    }
}

/// Scores the facts of one year; they are given in the order of time. Within a year an item's highest counts once where the
/// table says `replace`; what began in an earlier year begins anew.
pub fn score(facts: &[Fact], versions: &[Version]) -> Vec<Worth> {
    let mut units: HashMap<Uuid, Unit> = HashMap::new();
    let mut groups = Groups::default();
    let mut today: (NaiveDate, Option<&Version>) = (NaiveDate::MIN, None);
    let mut all = Vec::with_capacity(facts.len());
    for (index, fact) in facts.iter().enumerate() {
        let day = fact.at.day_cst();
        if day != today.0 {
            today = (day, in_force(versions, &fact.at.date_cst()));
        }
        let month = day.year() * 100 + i32::try_from(day.month()).unwrap_or(1);
        let mut worth = Worth { points: 0, row_points: 0, version: 0, row: 0, month };
        if let Some(version) = today.1 {
            worth.version = version.number;
            let unit = units.entry(fact.beneficiary).or_default();
            let before = unit.counts();
            unit.take(fact, index, day, version, &mut groups, &mut worth);
            worth.points = unit.counts() - before;
        }
        all.push(worth);
    }
    all
}

impl Unit {
    fn take(
        &mut self,
        fact: &Fact,
        index: usize,
        day: NaiveDate,
        version: &Version,
        groups: &mut Groups,
        worth: &mut Worth,
    ) {
        match fact.occasion {
            Occasion::Adjusted => {
                self.given += fact.adjust;
                worth.row_points = fact.adjust;
            }
            Occasion::Revoked => self.earned += self.revoke(fact),
            _ => {
                self.earned += self.earn(fact, index, day, version, groups, worth);
                if fact.occasion == Occasion::CommissionMissed {
                    self.missed.push((fact.item, fact.submission, fact.writer));
                    let least = usize::try_from(version.table.void_after_missed).unwrap_or(usize::MAX);
                    if least > 0 && self.missed.len() >= least && !self.void() {
                        self.void_from = least;
                    }
                }
            }
        }
    }

    /// Whether too many commissions were missed. One that is excused later gives the year back.
    fn void(&self) -> bool {
        self.void_from > 0 && self.missed.len() >= self.void_from
    }

    /// All that counts at present: what an appeal gave stands whatever else happened.
    fn counts(&self) -> i64 {
        self.given + if self.void() { 0 } else { self.earned }
    }

    fn earn(
        &mut self,
        fact: &Fact,
        index: usize,
        day: NaiveDate,
        version: &Version,
        groups: &mut Groups,
        worth: &mut Worth,
    ) -> i64 {
        let Some(at) = version.table.row_for(fact.occasion, fact.place, &fact.channel) else { return 0 };
        let row = &version.table.rows[at];
        worth.row = i32::try_from(at + 1).unwrap_or(i32::MAX);
        worth.row_points = row.points.0;
        if let Some(period) = row.beyond_period {
            let seen = self.seen.entry((version.number, at, span(period, day))).or_default();
            *seen += 1;
            if *seen <= row.beyond {
                return 0;
            }
        }
        let capped = row.cap.zip(row.cap_period).map(|(cap, period)| (cap.0, (version.number, at, span(period, day))));
        let mut value = row.points.0;
        if let Some((cap, within)) = capped {
            value = value.min((cap - self.used.get(&within).copied().unwrap_or(0)).max(0));
        }
        let lives = self.items.entry(fact.item).or_default();
        let before = worth_of(lives);
        let group = groups.of(row, fact, index);
        lives.push(Live { group, value, submission: fact.submission, writer: fact.writer, used: None });
        let added = worth_of(lives) - before;
        if let (Some((_, within)), Some(live)) = (capped, lives.last_mut()) {
            live.used = Some((within, added));
            *self.used.entry(within).or_default() += added;
        }
        added
    }

    /// Takes away what does not hold any more: everything about the item, or what one writer told of one submission. What a
    /// cap had held back before does not come back.
    fn revoke(&mut self, fact: &Fact) -> i64 {
        self.missed.retain(|(item, submission, writer)| {
            *item != fact.item
                || (fact.submission.is_some() && (*submission != fact.submission || *writer != fact.writer))
        });
        let Entry::Occupied(mut found) = self.items.entry(fact.item) else { return 0 };
        let before = worth_of(found.get());
        let gone = |live: &Live| match fact.submission {
            None => true,
            Some(_) => live.submission == fact.submission && live.writer == fact.writer,
        };
        for live in found.get().iter().filter(|live| gone(live)) {
            if let Some((within, much)) = live.used
                && let Some(used) = self.used.get_mut(&within)
            {
                *used -= much;
            }
        }
        found.get_mut().retain(|live| !gone(live));
        worth_of(found.get()) - before
    }
}

/// The first and the last instant of a year of points.
pub fn year_span(year: i32) -> Option<(Timestamp, Timestamp)> {
    Some((Timestamp::parse(&format!("{year:04}-01-01"))?, Timestamp::parse(&format!("{:04}-01-01", year + 1))?))
}

#[cfg(test)]
mod tests;
