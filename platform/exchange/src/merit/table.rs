//! Rule tables: what an occasion is worth, as data (`tenants/rules/points/`) or as a scorer's own rows.

use serde::{Deserialize, Serialize};

use super::amount::Points;
use super::model::{MeritError, Occasion, Place, words};

words!(
    /// How several occasions of one item count together.
    Mode {
        /// Each counts.
        Cumulative = "cumulative",
        /// The highest of the item counts once.
        Replace = "replace",
    }
);

words!(
    /// A span within which something is counted.
    Period {
        /// Monday to Sunday.
        Week = "week",
        /// A calendar month.
        Month = "month",
        /// Three calendar months.
        Quarter = "quarter",
        /// A calendar year.
        Year = "year",
    }
);

/// Most rows of a table.
pub const ROWS_MAX: usize = 100;
const NAME_MAX: usize = 60;

/// One row: what one occasion is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleRow {
    /// What happened.
    pub occasion: Occasion,
    /// Where; any place when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The journal 刊物, or the leader's rank of an instruction; any when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// What it is worth.
    pub points: Points,
    /// How it counts with others of the same item.
    pub mode: Mode,
    /// Rows of one group replace each other; empty for the usual one of its occasion.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// At most so many points by this row in a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Points>,
    /// The period of the cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap_period: Option<Period>,
    /// The first so many of a period bring nothing; only what is beyond does.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub beyond: u32,
    /// The period of `beyond`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond_period: Option<Period>,
    /// What the source says, or what we read into it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What must be sent in a period, for people to read; the occasions `quota_met` and `quota_missed` are recorded by whoever counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// What is counted.
    pub what: String,
    /// At least so many.
    pub least: u32,
    /// In which period.
    pub period: Period,
}

/// A whole table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleTable {
    /// Its name among the shipped ones; empty for a scorer's own.
    #[serde(default)]
    pub key: String,
    /// Name.
    pub name: String,
    /// 发文字号 of the document that it comes from; empty for a scorer's own.
    #[serde(default)]
    pub document: String,
    /// First day on which it applies, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Where the numbers come from.
    #[serde(default)]
    pub source: String,
    /// Days within which an event may be disputed.
    #[serde(default = "appeal_days")]
    pub appeal_days: u32,
    /// A year in which so many commissions were missed counts nothing; 0 for never.
    #[serde(default)]
    pub void_after_missed: u32,
    /// Quotas, for people to read.
    #[serde(default)]
    pub quota: Vec<Quota>,
    /// The rows.
    #[serde(rename = "row", default)]
    pub rows: Vec<RuleRow>,
}

/// Days to appeal when a table says nothing: this product's own choice, no source sets one.
fn appeal_days() -> u32 {
    15
}

impl RuleTable {
    /// Looks whether the table can be used.
    ///
    /// # Errors
    /// [`MeritError::Table`] naming row and field.
    pub fn check(&self) -> Result<(), MeritError> {
        let wrong = |row, field, code| Err(MeritError::Table { row, field, code });
        let long = |text: &str| text.chars().count() > NAME_MAX;
        if self.name.trim().is_empty() || long(&self.name) {
            return wrong(0, "name", "missing");
        }
        if long(&self.document) {
            return wrong(0, "document", "too_long");
        }
        if base::Timestamp::parse(&self.effective_from).is_none() || self.effective_from.len() != 10 {
            return wrong(0, "effective_from", "unusable");
        }
        if !(1..=365).contains(&self.appeal_days) {
            return wrong(0, "appeal_days", "out_of_range");
        }
        if self.rows.is_empty() || self.rows.len() > ROWS_MAX {
            return wrong(0, "row", "out_of_range");
        }
        for (index, row) in self.rows.iter().enumerate() {
            let number = index + 1;
            if !row.occasion.is_scored() {
                return wrong(number, "occasion", "unusable");
            }
            if long(&row.channel) || long(&row.group) {
                return wrong(number, "channel", "too_long");
            }
            if row.points.0.abs() > Points::MOST.0 {
                return wrong(number, "points", "out_of_range");
            }
            if row.cap.is_some() != row.cap_period.is_some() || row.cap.is_some_and(|cap| cap.0 <= 0) {
                return wrong(number, "cap", "unusable");
            }
            if (row.beyond > 0) != row.beyond_period.is_some() {
                return wrong(number, "beyond", "unusable");
            }
            let same = |other: &RuleRow| {
                (other.occasion, other.place, &other.channel) == (row.occasion, row.place, &row.channel)
            };
            if self.rows[..index].iter().any(same) {
                return wrong(number, "occasion", "taken");
            }
        }
        Ok(())
    }

    /// The row for an occasion: the most particular one. A merged item is an adopted one where the table does not tell them
    /// apart, and a place without a row of its own above the first superior counts as the first superior.
    pub fn row_for(&self, occasion: Occasion, place: Place, channel: &str) -> Option<usize> {
        let with = |occasion: Occasion, place: Place| {
            let fits = |row: &&(usize, &RuleRow)| {
                row.1.occasion == occasion
                    && row.1.place.is_none_or(|is| is == place)
                    && (row.1.channel.is_empty() || row.1.channel == channel)
            };
            let rows: Vec<(usize, &RuleRow)> = self.rows.iter().enumerate().collect();
            rows.iter()
                .filter(fits)
                .max_by_key(|(index, row)| (!row.channel.is_empty(), row.place.is_some(), std::cmp::Reverse(*index)))
                .map(|(index, _)| *index)
        };
        let placed = |occasion| match place {
            Place::Higher => with(occasion, place).or_else(|| with(occasion, Place::Up)),
            Place::Centre => {
                with(occasion, place).or_else(|| with(occasion, Place::Higher)).or_else(|| with(occasion, Place::Up))
            }
            _ => with(occasion, place),
        };
        let also = (occasion == Occasion::Merged).then_some(Occasion::Adopted);
        placed(occasion).or_else(|| also.and_then(placed))
    }
}

/// The tables that the platform ships, by key.
#[derive(Clone, Debug, Default)]
pub struct PointTables(pub Vec<RuleTable>);

impl PointTables {
    /// The table with this key.
    pub fn find(&self, key: &str) -> Option<&RuleTable> {
        self.0.iter().find(|table| table.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(occasion: Occasion, place: Option<Place>, channel: &str) -> RuleRow {
        RuleRow {
            occasion,
            place,
            channel: channel.to_owned(),
            points: Points(100),
            mode: Mode::Replace,
            group: String::new(),
            cap: None,
            cap_period: None,
            beyond: 0,
            beyond_period: None,
            note: String::new(),
        }
    }

    fn table(rows: Vec<RuleRow>) -> RuleTable {
        RuleTable {
            key: String::new(),
            name: "表".to_owned(),
            document: String::new(),
            effective_from: "2026-01-01".to_owned(),
            source: String::new(),
            appeal_days: 15,
            void_after_missed: 0,
            quota: Vec::new(),
            rows,
        }
    }

    #[test]
    fn the_most_particular_row_counts() {
        use {Occasion as O, Place as P};
        let table = table(vec![
            row(O::Adopted, Some(P::Here), ""),
            row(O::Adopted, Some(P::Here), "专报"),
            row(O::Adopted, Some(P::Up), ""),
            row(O::Instruction, None, "市主要领导"),
        ]);
        assert_eq!(table.row_for(O::Adopted, P::Here, ""), Some(0));
        assert_eq!(table.row_for(O::Adopted, P::Here, "快讯"), Some(0));
        assert_eq!(table.row_for(O::Adopted, P::Here, "专报"), Some(1));
        assert_eq!(table.row_for(O::Merged, P::Here, "专报"), Some(1));
        assert_eq!(table.row_for(O::Adopted, P::Higher, ""), Some(2));
        assert_eq!(table.row_for(O::Adopted, P::Centre, ""), Some(2));
        assert_eq!(table.row_for(O::Instruction, P::Here, "科长"), None);
        assert_eq!(table.row_for(O::Submitted, P::Here, ""), None);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let mut wrong = table(vec![row(Occasion::Adopted, None, ""), row(Occasion::Adopted, None, "")]);
        assert!(matches!(wrong.check(), Err(MeritError::Table { row: 2, field: "occasion", code: "taken" })));
        wrong.rows.pop();
        wrong.check().expect("usable");
        wrong.rows[0].cap = Some(Points(100));
        assert!(matches!(wrong.check(), Err(MeritError::Table { row: 1, field: "cap", .. })));
        wrong.rows[0].occasion = Occasion::Revoked;
        assert!(matches!(wrong.check(), Err(MeritError::Table { row: 1, field: "occasion", .. })));
        wrong.effective_from = "2026-13-01".to_owned();
        assert!(matches!(wrong.check(), Err(MeritError::Table { row: 0, field: "effective_from", .. })));
    }
}
