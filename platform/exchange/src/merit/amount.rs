//! An amount of points.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Points in hundredths: real tables have half points, and sums of binary fractions would not be exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(pub i64);

impl Points {
    /// Most points that one row, one adjustment or one cap may hold.
    pub const MOST: Self = Self(1_000_000);

    /// Reads what people type: `10`, `0.5`, `-3`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if digits.is_empty() || whole.len() > 6 || part.len() > 2 || !numeric(whole) || !numeric(part) {
            return None;
        }
        let hundredths: i64 = format!("{part:0<2}").parse().ok()?;
        Some(Self(sign * (whole.parse::<i64>().unwrap_or(0) * 100 + hundredths)))
    }
}

impl std::fmt::Display for Points {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        match (size / 100, size % 100) {
            (whole, 0) => write!(out, "{sign}{whole}"),
            (whole, part) if part % 10 == 0 => write!(out, "{sign}{whole}.{}", part / 10),
            (whole, part) => write!(out, "{sign}{whole}.{part:02}"),
        }
    }
}

impl Serialize for Points {
    #[allow(clippy::cast_precision_loss, reason = "hundredths up to 2^53 are exact")]
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        if self.0 % 100 == 0 { out.serialize_i64(self.0 / 100) } else { out.serialize_f64(self.0 as f64 / 100.0) }
    }
}

impl<'de> Deserialize<'de> for Points {
    #[allow(clippy::cast_possible_truncation, reason = "out of range is refused before")]
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let points = f64::deserialize(input)?;
        if !points.is_finite() || points.abs() > 10_000.0 {
            return Err(serde::de::Error::custom("points are between -10000 and 10000"));
        }
        Ok(Self((points * 100.0).round() as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_points_are_exact() {
        for (text, hundredths, shown) in
            [("10", 1000, "10"), ("0.5", 50, "0.5"), ("-1.25", -125, "-1.25"), (" 3.0", 300, "3")]
        {
            assert_eq!(Points::parse(text), Some(Points(hundredths)));
            assert_eq!(Points(hundredths).to_string(), shown);
        }
        for wrong in ["", "-", "1e3", "0.125", "12345678", "十"] {
            assert_eq!(Points::parse(wrong), None, "{wrong}");
        }
    }
}
