//! Whether a foreign page is the repost that was asked for: the document's number first, then title and text. Pure.

use std::cmp::Ordering;
use std::collections::HashSet;

use content::likeness::runs;
use content::text;

use super::rules::OutsideRule;

/// Characters from which a title is one of its own kind, wherever it stands.
const TITLE_LEAST: usize = 8;

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
    /// `number`, `title`, `text` or `file`.
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
    // What links to files on the page say.
    files: Vec<String>,
}

impl Sample {
    /// Of a title and a visible text.
    pub fn new(title: &str, visible: &str) -> Self {
        let plain = format!("{}\n{}", unified(title), unified(visible));
        Self { title: bare(title), runs: runs(&squeezed(visible)), plain, files: Vec::new() }
    }

    /// The same with what the links to files say, one a line.
    pub fn with_files(self, files: &str) -> Self {
        Self { files: files.lines().map(unified).collect(), ..self }
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
        if self.title.chars().count() >= TITLE_LEAST && page.title.contains(&self.title) {
            return 1.0;
        }
        alike(&self.title, &page.title)
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
    let (file, named) = attached(wanted, page, rule);
    let (verdict, by, title) = if file > verdict { (file, "file", title.max(named)) } else { (verdict, by, title) };
    if verdict > Verdict::No && wanted.replaces.as_ref().is_some_and(|old| nearer(old, &wanted.sample, page)) {
        return Finding { verdict: Verdict::No, by: "", title, text };
    }
    Finding { verdict, by, title, text }
}

/// Words that a link to the document itself may have besides its number and its title.
const AROUND: [&str; 14] = [
    "附件",
    "全文",
    "原文",
    "正文",
    "文件",
    "下载",
    "点击",
    "查看",
    "扫描件",
    "电子版",
    "红头",
    "盖章",
    "转发",
    "公文",
];

/// What a link to a file says of a document: surely that document when it says its number or its whole title and nothing else
/// but such words; in doubt when it says more, or nearly the title. Answers how near the title is, too.
fn by_file(wanted: &Wanted, said: &str, rule: &OutsideRule) -> (Verdict, f64) {
    let (title, number) = (&wanted.sample.title, bare(&wanted.number));
    let said =
        bare(said.rsplit_once('.').filter(|(_, end)| end.len() <= 5 && end.is_ascii()).map_or(said, |(name, _)| name));
    let titled = title.chars().count() >= TITLE_LEAST && said.contains(title.as_str());
    let numbered = !number.is_empty() && said.contains(&number);
    let likeness = if titled { 1.0 } else { alike(title, &said) };
    if !titled && !numbered {
        return (if likeness >= rule.title_sure { Verdict::Doubtful } else { Verdict::No }, likeness);
    }
    let mut rest = if titled { said.replacen(title.as_str(), "", 1) } else { said };
    if numbered {
        rest = rest.replacen(&number, "", 1);
    }
    for word in AROUND {
        rest = rest.replace(word, "");
    }
    let alone = rest.chars().all(|c| c.is_ascii_alphanumeric() || "一二三四五六七八九十".contains(c));
    (if alone { Verdict::Sure } else { Verdict::Doubtful }, likeness)
}

/// The best that the links to files on a page say.
fn attached(wanted: &Wanted, page: &Sample, rule: &OutsideRule) -> (Verdict, f64) {
    let all = page.files.iter().map(|said| by_file(wanted, said, rule));
    let best = all.max_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
    match best {
        // The file was not opened: whether it is the corrected one, only a person can say.
        Some((Verdict::Sure, likeness)) if wanted.replaces.is_some() => (Verdict::Doubtful, likeness),
        Some(best) => best,
        None => (Verdict::No, 0.0),
    }
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

/// The share of pairs of neighbouring characters that two titles have in common (Sørensen–Dice), counted in characters: three
/// bytes each, Chinese ones would seem three times as different.
fn alike(one: &str, other: &str) -> f64 {
    let pairs = |text: &str| {
        let chars: Vec<char> = text.chars().collect();
        let mut pairs: Vec<(char, char)> = chars.windows(2).map(|pair| (pair[0], pair[1])).collect();
        pairs.sort_unstable();
        pairs
    };
    let (one, other) = (pairs(one), pairs(other));
    let (mut at, mut by, mut common, all) = (0, 0, 0usize, one.len() + other.len());
    while let (Some(here), Some(there)) = (one.get(at), other.get(by)) {
        match here.cmp(there) {
            Ordering::Equal => (at, by, common) = (at + 1, by + 1, common + 1),
            Ordering::Less => at += 1,
            Ordering::Greater => by += 1,
        }
    }
    if all == 0 { 0.0 } else { (2 * common) as f64 / all as f64 }
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
        // One character of the title is another: nearly the same, and no text to prove it.
        assert_eq!(seen(&TITLE.replace("汛期", "汛末"), "请见附件。"), (Verdict::Doubtful, "title"));
        assert_eq!(seen("国务院办公厅关于做好防火工作的通知", "请见附件。"), (Verdict::No, ""));
        assert_eq!(seen("汛期安全工作要抓紧", TEXT), (Verdict::Doubtful, "text"));
        // Whoever cites the notice names its number and is no repost.
        assert_eq!(seen("某市防汛工作会议召开", "会议传达国办发〔2026〕12号精神，部署全市工作。"), (Verdict::No, ""));
        assert_eq!(seen("市图书馆开放", "市图书馆新馆对外开放，读者可以凭身份证借阅图书。"), (Verdict::No, ""));
        assert_eq!(seen("", ""), (Verdict::No, ""));
    }

    #[test]
    fn a_file_is_told_by_what_its_link_says() {
        let seen = |files: &str| {
            let page = Sample::new("转发一个文件", "请见附件。").with_files(files);
            let found = judge(&wanted(), &page, &rule());
            (found.verdict, found.by)
        };
        for sure in [
            TITLE.to_owned(),
            format!("附件：{TITLE}.pdf"),
            format!("附件1.{TITLE}（PDF 1.2MB）.pdf"),
            format!("{TITLE}（国办发［2026］12 号）"),
            "国办发[2026]12号.pdf".to_owned(),
            format!("P020260302.pdf\n点击下载全文\n{TITLE}.pdf"),
        ] {
            assert_eq!(seen(&sure), (Verdict::Sure, "file"), "{sure}");
        }
        for doubtful in [
            format!("《{TITLE}》解读.pdf"),
            "国办发〔2026〕12号文件问答.pdf".to_owned(),
            format!("某省{TITLE}.pdf"),
            TITLE.replace("汛期", "汛末") + ".pdf",
        ] {
            assert_eq!(seen(&doubtful), (Verdict::Doubtful, "file"), "{doubtful}");
        }
        for no in ["市图书馆开放公告.pdf", "国办发〔2025〕12号.pdf", "点击下载", "关于做好工作的通知.pdf", ""]
        {
            assert_eq!(seen(no), (Verdict::No, ""), "{no}");
        }
        // The title of the page alone is in doubt, and its attachment settles it.
        let page = Sample::new(TITLE, "请见附件。").with_files(&format!("{TITLE}.pdf"));
        assert_eq!(judge(&wanted(), &page, &rule()).verdict, Verdict::Sure);
        // What was corrected under the same name is not told apart by a name.
        let corrected = Wanted { replaces: Some(Sample::new(TITLE, "旧文")), ..wanted() };
        let page = Sample::new("转发一个文件", "请见附件。").with_files(&format!("{TITLE}.pdf"));
        assert_eq!(judge(&corrected, &page, &rule()).verdict, Verdict::Doubtful);
        assert!(
            !is_gone(&wanted(), &page, &rule())
                && is_gone(&wanted(), &Sample::new("转发一个文件", "请见附件。"), &rule())
        );
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
