//! Dates as Chinese portals print them.

use std::sync::LazyLock;

use base::Timestamp;
use regex::Regex;

/// The first date in a text: `2026年3月2日 08:30`, `2026-03-02 08:30:11`, `2026/3/2`, `2026.03.02`, `二〇二六年三月二日`, or an
/// instant of RFC 3339. Times are China Standard Time.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(20\d\d|19\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[\sT]*(\d{1,2})\s*[:：时]\s*(\d{1,2}))?",
        )
        .ok()
    });
    let text = text.trim();
    if let Some(at) = Timestamp::parse(text) {
        return Some(at);
    }
    let plain = in_digits(text);
    let found = FORM.as_ref()?.captures(&plain)?;
    let number = |at: usize| found.get(at).and_then(|text| text.as_str().parse::<u32>().ok());
    let (year, month, day) = (number(1)?, number(2)?, number(3)?);
    let (hour, minute) = (number(4).unwrap_or(0), number(5).unwrap_or(0));
    Timestamp::parse(&format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}"))
}

/// Chinese numerals of dates as digits: 二〇二六年十一月二十四日 → 2026年11月24日.
fn in_digits(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run: Vec<char> = Vec::new();
    for c in text.chars().chain(['\0']) {
        if value(c).is_some() || c == '十' {
            run.push(c);
            continue;
        }
        out.push_str(&number(&run));
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

fn value(c: char) -> Option<u32> {
    "〇一二三四五六七八九"
        .chars()
        .position(|one| one == c)
        .or((matches!(c, '○' | '零' | 'Ｏ')).then_some(0))
        .map(|at| at as u32)
}

fn number(run: &[char]) -> String {
    match run.iter().position(|c| *c == '十') {
        None => run.iter().filter_map(|c| value(*c)).map(|digit| digit.to_string()).collect(),
        Some(ten) => {
            let tens = run[..ten].iter().rev().find_map(|c| value(*c)).unwrap_or(1);
            let ones = run[ten + 1..].iter().find_map(|c| value(*c)).unwrap_or(0);
            (tens * 10 + ones).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_dates_are_read() {
        for (text, wanted) in [
            ("2026年3月2日 08:30", "2026-03-02 08:30"),
            ("发布时间：2026-03-02 08:30:11 来源：示例部", "2026-03-02 08:30"),
            ("2026/3/2", "2026-03-02 00:00"),
            ("[2026.11.24]", "2026-11-24 00:00"),
            ("二〇二六年十一月二十四日", "2026-11-24 00:00"),
            ("二○二六年三月二日", "2026-03-02 00:00"),
            ("2026年10月1日 9时05分", "2026-10-01 09:05"),
            ("2026-03-02T00:30:00Z", "2026-03-02 08:30"),
        ] {
            assert_eq!(read(text).map(Timestamp::minute_cst).as_deref(), Some(wanted), "{text}");
        }
        for text in ["", "昨天", "2026-13-40", "12-24"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
