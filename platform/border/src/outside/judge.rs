//! Whether a foreign page is the repost that was asked for: the document's number first, then title and text. Pure.

use std::collections::HashSet;

use content::likeness::runs;
use content::text;

use super::rules::OutsideRule;

/// How sure a look is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// Something else.
    No,
    /// A person must say.
    Doubtful,
    /// This is it.
    Sure,
}

/// What was found, and by what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Finding {
    pub verdict: Verdict,
    /// `number`, `title` or `text`.
    pub by: &'static str,
    /// 0 to 1.
    pub title: f64,
    /// Share of the notice's text that stands on the page, 0 to 1.
    pub text: f64,
}

/// A text made ready to be compared many times.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    title: String,
    runs: HashSet<String>,
    // The title and the text without spaces, numbers written in one way.
    plain: String,
}

impl Sample {
    /// Of a title and a visible text.
    pub fn new(title: &str, visible: &str) -> Self {
        let plain = format!("{}\n{}", unified(title), unified(visible));
        Self { title: bare(title), runs: runs(&squeezed(visible)), plain }
    }

    /// Of an edition.
    pub fn of_edition(title: &str, body_html: &str) -> Self {
        Self::new(title, &text::normalise(body_html))
    }

    fn share_on(&self, page: &Self) -> f64 {
        let found = self.runs.intersection(&page.runs).count();
        if self.runs.is_empty() { 0.0 } else { found as f64 / self.runs.len() as f64 }
    }

    fn likeness(&self, page: &Self) -> f64 {
        let common = self.runs.intersection(&page.runs).count();
        let all = self.runs.len() + page.runs.len() - common;
        if all == 0 { 0.0 } else { common as f64 / all as f64 }
    }

    fn title_on(&self, page: &Self) -> f64 {
        // Portals put their own name behind a title, or what they did before it.
        if self.title.chars().count() >= 8 && page.title.contains(&self.title) {
            return 1.0;
        }
        strsim::sorensen_dice(&self.title, &page.title)
    }
}

/// What is looked for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub sample: Sample,
    /// 发文字号 in its one form; empty for what has none.
    pub number: String,
    /// The edition that it corrects: a page that is nearer to that one shows the old text.
    pub replaces: Option<Sample>,
}

/// Judges one page against one order.
pub(super) fn judge(wanted: &Wanted, page: &Sample, rule: &OutsideRule) -> Finding {
    let (title, text) = (wanted.sample.title_on(page), wanted.sample.share_on(page));
    let numbered = !wanted.number.is_empty() && page.plain.contains(&wanted.number);
    let same_title = title >= rule.title_sure;
    let (verdict, by) = match (numbered, same_title) {
        // A number alone proves nothing: whoever cites the notice names it too.
        (true, _) if text >= rule.text_numbered => (Verdict::Sure, "number"),
        (_, true) if text >= rule.text_sure => (Verdict::Sure, "title"),
        (_, true) => (Verdict::Doubtful, "title"),
        _ if text >= rule.text_doubtful => (Verdict::Doubtful, "text"),
        _ => (Verdict::No, ""),
    };
    if verdict > Verdict::No && wanted.replaces.as_ref().is_some_and(|old| nearer(old, &wanted.sample, page)) {
        return Finding { verdict: Verdict::No, by: "", title, text };
    }
    Finding { verdict, by, title, text }
}

/// Whether a page still shows the old text of a document: it is more like that one than like the new one.
fn nearer(old: &Sample, new: &Sample, page: &Sample) -> bool {
    let (was, is) = (old.likeness(page), new.likeness(page));
    was > is || (was >= is && old.title_on(page) > new.title_on(page))
}

/// Whether a page no longer shows a document.
pub(super) fn is_gone(wanted: &Wanted, page: &Sample, rule: &OutsideRule) -> bool {
    judge(wanted, page, rule).verdict == Verdict::No
}

/// A document number in its one form: brackets and digits are written in many ways.
pub(super) fn number(said: &str) -> String {
    unified(said)
}

fn unified(said: &str) -> String {
    let one = |c: char| match c {
        '[' | '［' | '【' | '(' | '（' | '﹝' | '〈' => '〔',
        ']' | '］' | '】' | ')' | '）' | '﹞' | '〉' => '〕',
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        other => other,
    };
    said.chars().filter(|c| !c.is_whitespace() && *c != '\u{a0}').map(one).collect()
}

fn squeezed(said: &str) -> String {
    said.chars().filter(|c| !c.is_whitespace() && *c != '\u{a0}').collect()
}

fn bare(title: &str) -> String {
    title.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLE: &str = "国务院办公厅关于做好汛期安全生产工作的通知";
    const TEXT: &str = "各省、自治区、直辖市人民政府：汛期将至，各地区要落实安全生产责任，加强值班值守，及时报送险情。\
        有关部门要对水库、矿山、桥梁进行检查，发现隐患立即整改，整改不到位的不得开工。";

    fn rule() -> OutsideRule {
        OutsideRule {
            effective_from: "2016-01-01".into(),
            source: String::new(),
            first_minutes: 10,
            every_minutes: 30,
            pages_deep: 3,
            articles: 60,
            pace_ms: 1000,
            follow_days: 30,
            keep_days: 60,
            mail_minutes: 30,
            title_sure: 0.9,
            text_sure: 0.8,
            text_numbered: 0.5,
            text_doubtful: 0.5,
        }
    }

    fn wanted() -> Wanted {
        Wanted { sample: Sample::new(TITLE, TEXT), number: number("国办发〔2026〕12号"), replaces: None }
    }

    fn seen(title: &str, text: &str) -> (Verdict, &'static str) {
        let found = judge(&wanted(), &Sample::new(title, text), &rule());
        (found.verdict, found.by)
    }

    #[test]
    fn a_number_is_one_number_however_it_is_written() {
        for said in ["国办发〔2026〕12号", "国办发[2026]12号", "国办发（２０２６） 12 号", "国办发［2026］12号"]
        {
            assert_eq!(number(said), "国办发〔2026〕12号", "{said}");
        }
    }

    #[test]
    fn the_table_of_verdicts() {
        let numbered = format!("国办发［2026］12号 {TEXT}");
        assert_eq!(seen("转发一个文件", &numbered), (Verdict::Sure, "number"));
        assert_eq!(seen(&format!("{TITLE}_某省人民政府"), TEXT), (Verdict::Sure, "title"));
        assert_eq!(seen(TITLE, "请见附件。"), (Verdict::Doubtful, "title"));
        assert_eq!(seen("汛期安全工作要抓紧", TEXT), (Verdict::Doubtful, "text"));
        // Whoever cites the notice names its number and is no repost.
        assert_eq!(seen("某市防汛工作会议召开", "会议传达国办发〔2026〕12号精神，部署全市工作。"), (Verdict::No, ""));
        assert_eq!(seen("市图书馆开放", "市图书馆新馆对外开放，读者可以凭身份证借阅图书。"), (Verdict::No, ""));
        assert_eq!(seen("", ""), (Verdict::No, ""));
    }

    #[test]
    fn a_corrected_text_is_not_the_old_one() {
        let old = Sample::new(TITLE, TEXT);
        for corrected in
            [format!("{TEXT}本通知自印发之日起施行，以前的规定同时废止。"), TEXT[..TEXT.len() / 2 / 3 * 3].to_owned()]
        {
            let new = Wanted { sample: Sample::new(TITLE, &corrected), replaces: Some(old.clone()), ..wanted() };
            assert_eq!(judge(&new, &old, &rule()).verdict, Verdict::No);
            assert_eq!(judge(&new, &new.sample, &rule()).verdict, Verdict::Sure);
        }
        let renamed = Wanted {
            sample: Sample::new("国务院关于做好汛期工作的意见", TEXT),
            replaces: Some(old.clone()),
            ..wanted()
        };
        assert_eq!(judge(&renamed, &old, &rule()).verdict, Verdict::No);
        assert_eq!(judge(&renamed, &renamed.sample, &rule()).verdict, Verdict::Sure);
    }
}
