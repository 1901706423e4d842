//! What an answer says about an address, and which addresses a text leads to. Pure.

use base::outbound::{Fetched, OutboundError};
use content::link::{LinkRule, address};
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::model::Fault;

/// What one look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Sound,
    /// In vain this time.
    Vain(Fault, String),
    /// Wrong whatever the server answers next time.
    Condemned(Fault, String),
}

/// Judges what came back for an address.
pub fn judge(url: &Url, answer: &Result<Fetched, OutboundError>, text: &str, rule: &LinkRule) -> Verdict {
    let answer = match answer {
        Ok(answer) => answer,
        Err(OutboundError::Private(_)) => return Verdict::Condemned(Fault::Wrong, "private_address".to_owned()),
        Err(OutboundError::Redirects) => return Verdict::Vain(Fault::Wrong, "redirects".to_owned()),
        // Something is there, and it is large.
        Err(OutboundError::TooLarge(_)) => return Verdict::Sound,
        Err(error) => return unanswered(error),
    };
    match answer.status {
        404 | 410 | 500.. => return Verdict::Vain(Fault::Dead, format!("status_{}", answer.status)),
        // The server is there and does not speak with programs.
        400..=499 => return Verdict::Sound,
        _ => {}
    }
    let said = text.to_lowercase();
    if let Some(phrase) = rule.parked.iter().find(|phrase| said.contains(phrase.as_str())) {
        return Verdict::Vain(Fault::ExpiredDomain, format!("says: {phrase}"));
    }
    if let Some(word) = rule.foul.iter().find(|word| text.contains(word.as_str())) {
        return Verdict::Condemned(Fault::Wrong, format!("says: {word}"));
    }
    let home = |url: &Url| url.path() == "/" && url.query().is_none();
    if answer.url.host_str() != url.host_str() && !home(url) && home(&answer.url) {
        return Verdict::Vain(Fault::Wrong, format!("leads to {}", answer.url));
    }
    Verdict::Sound
}

fn unanswered(error: &OutboundError) -> Verdict {
    let mut said = error.to_string();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(deeper) = cause {
        said = deeper.to_string();
        cause = deeper.source();
    }
    let lower = said.to_lowercase();
    let no_name = ["failed to lookup", "name or service", "no address", "nodename", "dns error"];
    if no_name.iter().any(|words| lower.contains(words)) {
        return Verdict::Vain(Fault::ExpiredDomain, "no_such_name".to_owned());
    }
    Verdict::Vain(Fault::Dead, "no_answer".to_owned())
}

/// The outside addresses to which a text leads, each with its words, once.
pub fn outside_links(html: &str, own_hosts: impl Fn(&str) -> bool) -> Vec<(Url, String)> {
    let mut found: Vec<(Url, String)> = Vec::new();
    for (url, anchor) in anchors(html) {
        let own = url.host_str().is_some_and(&own_hosts);
        if !own && found.iter().all(|(known, _)| *known != url) {
            found.push((url, seen(&anchor)));
        }
    }
    found
}

/// Of these, the ones that nobody can see: an anchor without a word and without a picture.
pub fn hidden_links(html: &str) -> Vec<Url> {
    let visible = |anchor: &str| !seen(anchor).is_empty() || anchor.contains("<img");
    anchors(html).into_iter().filter(|(_, anchor)| !visible(anchor)).map(|(url, _)| url).collect()
}

fn anchors(html: &str) -> Vec<(Url, String)> {
    let Ok(selector) = Selector::parse("a[href]") else { return Vec::new() };
    let page = Html::parse_fragment(html);
    let read = |anchor: ElementRef<'_>| Some((address(anchor.value().attr("href")?)?, anchor.html()));
    page.select(&selector).filter_map(read).collect()
}

fn seen(html: &str) -> String {
    content::text::excerpt(html, 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> LinkRule {
        let text = include_str!("../../../../tenants/rules/link.toml");
        let rules: content::link::LinkRules = toml::from_str(text).expect("rules");
        rules.rules.into_iter().next().expect("a rule")
    }

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    fn fetched(status: u16, at: &str) -> Result<Fetched, OutboundError> {
        Ok(Fetched {
            status,
            headers: Default::default(),
            location: None,
            body: Default::default(),
            url: url(at),
            elapsed_micros: 0,
        })
    }

    #[test]
    fn what_answers_say() {
        let asked = url("https://a.example.cn/item/1");
        let judged = |answer: Result<Fetched, OutboundError>, text: &str| judge(&asked, &answer, text, &rule());
        assert_eq!(judged(fetched(200, asked.as_str()), "正文"), Verdict::Sound);
        assert_eq!(judged(fetched(403, asked.as_str()), ""), Verdict::Sound);
        assert_eq!(judged(fetched(404, asked.as_str()), ""), Verdict::Vain(Fault::Dead, "status_404".into()));
        assert!(matches!(judged(fetched(200, "https://b.example.cn/"), ""), Verdict::Vain(Fault::Wrong, _)));
        assert!(matches!(
            judged(fetched(200, asked.as_str()), "Buy this domain"),
            Verdict::Vain(Fault::ExpiredDomain, _)
        ));
        assert!(matches!(judged(fetched(200, asked.as_str()), "线上博彩"), Verdict::Condemned(Fault::Wrong, _)));
        assert!(matches!(judged(Err(OutboundError::Private("x".into())), ""), Verdict::Condemned(Fault::Wrong, _)));
    }

    #[test]
    fn links_of_a_text() {
        let html = "<p><a href=\"https://a.example.cn/\">甲</a><a href=\"/own\">x</a><a href=\"https://own.gov.cn/x\">己</a>\
                    <a href=\"https://b.example.cn/\"> </a><a href=\"https://c.example.cn/\"><img src=\"/p.png\"></a></p>";
        let out = outside_links(html, |host| host == "own.gov.cn");
        let hosts: Vec<_> = out.iter().filter_map(|(url, _)| url.host_str()).collect();
        assert_eq!(hosts, ["a.example.cn", "b.example.cn", "c.example.cn"]);
        assert_eq!(hidden_links(html), [url("https://b.example.cn/")]);
    }
}
