//! When two submissions count as alike, as data (`tenants/rules/likeness.toml`).

use base::Timestamp;
use content::likeness::Shape;
use serde::Deserialize;

/// All versions of the rule.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LikenessRules {
    /// The versions, in any order.
    #[serde(rename = "rule")]
    pub rules: Vec<LikenessRule>,
}

/// One version of the rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LikenessRule {
    /// First day on which it applies, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Where the numbers come from.
    pub source: String,
    /// Share of words and numbers in common, 0 to 1, from which two submissions count as alike.
    pub threshold: f64,
    /// Days for which a submission is compared, from when it was sent.
    pub window_days: i64,
    /// Bands of the MinHash signature.
    pub bands: usize,
    /// Rows of a band.
    pub rows: usize,
    /// How often a number counts.
    pub number_weight: usize,
    /// Hashes kept of a text at most.
    pub sketch: usize,
    /// Submissions compared in full at most.
    pub candidates: u64,
}

impl LikenessRules {
    /// The version in force at an instant; the oldest one before any was.
    pub fn at(&self, now: Timestamp) -> Option<&LikenessRule> {
        let today = now.date_cst();
        let mut known: Vec<&LikenessRule> = self.rules.iter().collect();
        known.sort_by(|a, b| a.effective_from.cmp(&b.effective_from));
        known.iter().rev().find(|rule| rule.effective_from <= today).or(known.first()).copied()
    }

    /// The version by which a fingerprint was made.
    pub fn named(&self, name: &str) -> Option<&LikenessRule> {
        self.rules.iter().find(|rule| rule.effective_from == name)
    }
}

impl LikenessRule {
    /// How fingerprints of this version are made.
    pub fn shape(&self) -> Shape {
        Shape {
            name: self.effective_from.clone(),
            bands: self.bands,
            rows: self.rows,
            number_weight: self.number_weight,
            sketch: self.sketch,
        }
    }
}
