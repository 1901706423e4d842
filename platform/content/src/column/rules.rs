//! What applies to columns, as data (`tenants/rules/column.toml`).

use base::Timestamp;
use serde::Deserialize;

/// All versions of the rule.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ColumnRules {
    /// The versions, in any order.
    #[serde(rename = "rule")]
    pub rules: Vec<ColumnRule>,
}

/// One version of the rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnRule {
    /// First day on which it applies, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Where it comes from.
    pub source: String,
    /// Levels of the tree (count).
    pub max_depth: usize,
    /// Minutes within which an act can be taken back.
    pub undo_minutes: i64,
    /// Days before a limit on which the owner is told, when nobody says otherwise.
    pub remind_days: i32,
    /// The types of columns.
    #[serde(rename = "type")]
    pub types: Vec<ColumnType>,
}

/// A type of columns, and the rule that a new one begins with.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnType {
    /// Name in the list of the page labels.
    pub name: String,
    /// Days; 0 = no rule.
    pub update_window_days: i32,
    /// Items wanted within the window.
    pub update_min: i32,
}

impl ColumnRules {
    /// The version in force at an instant; the oldest one before any was.
    pub fn at(&self, now: Timestamp) -> Option<&ColumnRule> {
        let today = now.date_cst();
        let mut known: Vec<&ColumnRule> = self.rules.iter().collect();
        known.sort_by(|a, b| a.effective_from.cmp(&b.effective_from));
        known.iter().rev().find(|rule| rule.effective_from <= today).or(known.first()).copied()
    }
}

impl ColumnRule {
    /// A type by its name.
    pub fn kind(&self, name: &str) -> Option<&ColumnType> {
        self.types.iter().find(|kind| kind.name == name)
    }
}
