//! Pictures and attachments: pulled through the guard into our own store, within bounds; what does not come leaves a note.

use base::outbound::Limits;
use content::media::StoredFile;
use url::Url;

use super::article::{ADDRESS, FileLink, escaped, squeezed, unescaped};
use super::rules::CrawlRule;
use super::visit::{Came, Missed, Patience, Reader};
use crate::polite::{self, Seen};

/// Kinds that a link in the text must name to be pulled in as an attachment.
const KINDS: [&str; 9] = [".pdf", ".doc", ".docx", ".xls", ".xlsx", ".pptx", ".zip", ".csv", ".txt"];

/// A body whose pictures and attachments are ours, and these files in order.
#[derive(Debug, Default)]
pub(super) struct Pulled {
    pub body_html: String,
    pub files: Vec<StoredFile>,
    /// How many could not be had.
    pub missed: usize,
}

/// How the body refers to the file at a position; the page of the article leads it to the file (`web/public/article.rs`).
fn reference(position: usize, name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let coded: String = name
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    format!("files/{position}-{coded}")
}

/// The body when its files stand elsewhere: the one that was `n`th stands at `at[n - 1]` now.
pub(super) fn moved(body_html: &str, at: &[i32]) -> String {
    let Ok(refers) = regex::Regex::new(r#"((?:src|href)="files/)(\d+)(-[^"]*")"#) else { return body_html.to_owned() };
    refers
        .replace_all(body_html, |found: &regex::Captures<'_>| {
            let position = found[2].parse::<usize>().ok().and_then(|nth| at.get(nth.checked_sub(1)?));
            position.map_or_else(|| found[0].to_owned(), |position| format!("{}{position}{}", &found[1], &found[3]))
        })
        .into_owned()
}

struct Pull<'a> {
    reader: &'a Reader<'a>,
    rule: &'a CrawlRule,
    millis: i64,
    had: Vec<(String, Option<usize>)>,
    out: Pulled,
    bytes: usize,
}

/// Pulls in what an article shows and offers.
///
/// # Errors
/// [`Missed::Store`] only: what cannot be had is counted.
pub(super) async fn pull(
    reader: &Reader<'_>,
    rule: &CrawlRule,
    millis: i64,
    body_html: &str,
    offered: &[FileLink],
) -> Result<Pulled, Missed> {
    let mut pull = Pull { reader, rule, millis, had: Vec::new(), out: Pulled::default(), bytes: 0 };
    let mut body = String::with_capacity(body_html.len());
    let mut from = 0;
    let address = ADDRESS.as_ref();
    for found in address.into_iter().flat_map(|address| address.captures_iter(body_html)) {
        let (Some(whole), picture) = (found.get(0), found[1].starts_with("<img")) else { continue };
        let url = unescaped(&found[3]);
        if !picture && !KINDS.iter().any(|kind| path_of(&url).ends_with(kind)) {
            continue;
        }
        body.push_str(&body_html[from..whole.start()]);
        from = whole.end();
        match pull.one(&url, "").await? {
            Some(position) => {
                let own = reference(position, &pull.out.files[position - 1].name);
                body.push_str(&format!("{}{}=\"{}\"", &found[1], &found[2], escaped(&own)));
            }
            // The tag goes on without an address: a picture keeps its words, and the note stands behind it.
            None if picture => body.push_str(&found[1]),
            None => body.push_str(whole.as_str()),
        }
    }
    body.push_str(&body_html[from..]);
    for file in offered {
        pull.one(&file.url, &file.name).await?;
    }
    let mut out = pull.out;
    out.body_html = noted(&body);
    Ok(out)
}

/// A picture that did not come says so.
fn noted(body: &str) -> String {
    let Ok(bare) = regex::Regex::new(r"<img\b([^>]*)>") else { return body.to_owned() };
    let alt = regex::Regex::new(r#"alt="([^"]*)""#).ok();
    bare.replace_all(body, |found: &regex::Captures<'_>| {
        if found[1].contains("src=\"") {
            return found[0].to_owned();
        }
        let words = alt.as_ref().and_then(|alt| alt.captures(&found[1])).map(|words| words[1].to_owned());
        let words = words.filter(|words| !words.is_empty()).map(|words| format!("：{words}")).unwrap_or_default();
        format!("<em>〔图片未能抓取{words}〕</em>")
    })
    .into_owned()
}

fn path_of(address: &str) -> String {
    Url::parse(address).map(|url| url.path().to_ascii_lowercase()).unwrap_or_default()
}

impl Pull<'_> {
    /// The position of a file among the attachments; none when it could not be had.
    async fn one(&mut self, address: &str, name: &str) -> Result<Option<usize>, Missed> {
        if let Some((_, position)) = self.had.iter().find(|(known, _)| known == address) {
            return Ok(*position);
        }
        let position = match self.fetch(address, name).await {
            Err(Missed::Why(_)) => None,
            Err(other) => return Err(other),
            Ok(found) => found,
        };
        self.out.missed += usize::from(position.is_none());
        self.had.push((address.to_owned(), position));
        Ok(position)
    }

    async fn fetch(&mut self, address: &str, name: &str) -> Result<Option<usize>, Missed> {
        let left = self.rule.files_bytes.saturating_sub(self.bytes).min(self.rule.file_bytes);
        let Ok(url) = Url::parse(address) else { return Ok(None) };
        if self.out.files.len() >= self.rule.files_max || left == 0 {
            return Ok(None);
        }
        let limits = Limits { bytes: left, redirects: 3 };
        // The files of one page belong to one visit, as a browser takes them: they take no turn of their own.
        let came = self.reader.visit(&url, &Seen::default(), self.millis, limits, Patience::Person).await?;
        let Came::Here(fetched) = came else { return Ok(None) };
        let mime = fetched.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let name = file_name(&fetched.url, mime, name);
        match self.reader.files.put(&name, fetched.body.clone()).await {
            Ok(stored) => {
                self.bytes += fetched.body.len();
                self.out.files.push(stored);
                Ok(Some(self.out.files.len()))
            }
            Err(content::media::FileError::Store(error)) => {
                tracing::warn!(%error, "a crawled file could not be kept");
                Ok(None)
            }
            Err(_) => Ok(None),
        }
    }
}

/// A name with the ending of what it is: what the link says, or the end of the address.
fn file_name(url: &Url, mime: &str, said: &str) -> String {
    let last = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
    let last = String::from_utf8_lossy(&polite::percent_decoded(last)).into_owned();
    let known =
        |ending: &str| (2..=4).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let ending = last.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).filter(|ending| known(ending));
    let ending = ending.or_else(|| of_mime(mime).map(str::to_owned)).unwrap_or_default();
    let said: String = squeezed(said).chars().take(80).collect();
    match (said.as_str(), last.as_str()) {
        ("", "") => format!("file.{ending}"),
        ("", last) if last.to_ascii_lowercase().ends_with(&format!(".{ending}")) => tail(last),
        ("", last) => format!("{}.{ending}", tail(last)),
        (said, _) if said.to_ascii_lowercase().ends_with(&format!(".{ending}")) => said.to_owned(),
        (said, _) => format!("{said}.{ending}"),
    }
}

/// The end of a long name, where its ending is.
fn tail(name: &str) -> String {
    let length = name.chars().count();
    name.chars().skip(length.saturating_sub(80)).collect()
}

fn of_mime(mime: &str) -> Option<&'static str> {
    match mime.split(';').next().unwrap_or_default().trim() {
        "image/jpeg" => Some("jpg"),
        "image/png" => Some("png"),
        "image/gif" => Some("gif"),
        "image/webp" => Some("webp"),
        "application/pdf" => Some("pdf"),
        "application/msword" => Some("doc"),
        "application/zip" => Some("zip"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_links_and_addresses() {
        let name = |url: &str, mime: &str, said: &str| file_name(&Url::parse(url).expect("an address"), mime, said);
        assert_eq!(name("http://a.cn/f/P0203.pdf", "", "附件1：目录"), "附件1：目录.pdf");
        assert_eq!(name("http://a.cn/f/%E8%A1%A8.xlsx?x=1", "", ""), "表.xlsx");
        assert_eq!(name("http://a.cn/download", "image/png", ""), "download.png");
        assert_eq!(name("http://a.cn/", "image/jpeg", ""), "file.jpg");
        assert_eq!(reference(2, "表 1.png"), "files/2-%E8%A1%A8%201.png");
    }

    #[test]
    fn references_follow_their_files() {
        let body = "<p><img src=\"files/1-a.png\" alt=\"files/1-a\"><a href=\"files/2-b.pdf\">附件</a><a href=\"files/9-c.pdf\">无</a>\
                    <a href=\"http://a.cn/files/1-a.png\">原</a></p>";
        assert_eq!(
            moved(body, &[4, 5]),
            "<p><img src=\"files/4-a.png\" alt=\"files/1-a\"><a href=\"files/5-b.pdf\">附件</a><a href=\"files/9-c.pdf\">无</a>\
             <a href=\"http://a.cn/files/1-a.png\">原</a></p>"
        );
    }

    #[test]
    fn a_lost_picture_leaves_its_words() {
        let body = noted("<p><img src=\"files/1-a.png\" alt=\"表\"><img alt=\"图一\"><img ></p>");
        assert_eq!(
            body,
            "<p><img src=\"files/1-a.png\" alt=\"表\"><em>〔图片未能抓取：图一〕</em><em>〔图片未能抓取〕</em></p>"
        );
    }
}
