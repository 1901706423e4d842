//! Letters: what is due is written with the console's own words and handed to the mail server, one letter after the other.

use std::collections::BTreeMap;

use base::Timestamp;
use base::outbound::mail::{Mail, MailError, Mailer};
use base::queue::{Claimed, Outcome};
use border::delivery::{self, DeliveryError, Letter, Verdict};
use exchange::notice::Notice;
use serde::Serialize;
use web::App;
use web::console::told;

/// Letters of one run.
const MOST: u64 = 20;
/// Characters of a title in a subject.
const SUBJECT_TITLE: usize = 40;

#[derive(Serialize)]
struct Line {
    title: String,
    text: String,
    percent: i64,
    tenants: i64,
    at: String,
    href: String,
}

#[derive(Serialize)]
struct Page<'a> {
    lang: &'a str,
    t: Option<&'a BTreeMap<String, String>>,
    subject: String,
    name: &'a str,
    portal: &'a str,
    urgent: bool,
    from: String,
    until: String,
    lines: Vec<Line>,
    settings: String,
}

/// Sends the due letters of one portal, and comes back for those that wait.
///
/// # Errors
/// [`DeliveryError`]; the job is tried again.
pub async fn work(app: &App, mailer: Option<&Mailer>, job: &Claimed, now: Timestamp) -> Result<Outcome, DeliveryError> {
    // Without a mail server letters wait for one; the desk shows the same notices.
    let Some(mailer) = mailer else { return Ok(Outcome::Again(now.plus_hours(1))) };
    let tenant = job.tenant();
    let due = delivery::due_letters(&app.store, tenant, MOST, now).await?;
    let full = due.len() as u64 == MOST;
    for letter in &due {
        let verdict = match written(app, tenant, letter) {
            Ok(mail) => sent(mailer, &mail, now).await,
            Err(words) => Verdict::Away(words),
        };
        delivery::settle_letter(&app.store, tenant, letter, &verdict, &app.delivery, now).await?;
    }
    if full {
        return Ok(Outcome::Again(now));
    }
    // What could not be read is still due: it is looked at again, and never in a loop.
    let next = delivery::next_letter(&app.store, tenant).await?.map(|at| at.max(now.plus_minutes(1)));
    Ok(next.map_or(Outcome::Done, Outcome::Again))
}

async fn sent(mailer: &Mailer, mail: &Mail, now: Timestamp) -> Verdict {
    match mailer.send(mail, now).await {
        Ok(()) => Verdict::Sent(String::new()),
        Err(error @ (MailError::Refused(_) | MailError::Address(_))) => Verdict::Refused(error.to_string()),
        Err(error @ (MailError::Away(_) | MailError::None)) => Verdict::Away(error.to_string()),
    }
}

/// The letter in the language of whoever gets it, as text and as HTML.
fn written(app: &App, tenant: base::TenantId, letter: &Letter) -> Result<Mail, String> {
    let site = app.store.sites().by_id(tenant).ok_or("the portal is unknown here")?;
    let lang = if letter.lang == "en" { "en" } else { "zh-Hans" };
    let words = app.templates.texts("console", lang);
    let word = |key: &str| words.and_then(|words| words.get(key)).cloned().unwrap_or_else(|| key.to_owned());
    let absolute = |path: &str| {
        let mark = if path.contains('?') { '&' } else { '?' };
        app.addresses.absolute(site.main_host(), &format!("{path}{mark}tenant={}", site.slug))
    };
    let lines: Vec<Line> = letter.digest.notices.iter().map(|notice| line(letter, notice, &word, &absolute)).collect();
    let first: String = lines.first().map(|line| line.title.chars().take(SUBJECT_TITLE).collect()).unwrap_or_default();
    let urgent = if letter.urgent { word("mail_urgent") } else { String::new() };
    let more = if lines.len() > 1 { format!(" {} {}", word("mail_and_more"), lines.len()) } else { String::new() };
    let page = Page {
        lang,
        t: words,
        subject: format!("{urgent}{}{}{first}{more}", site.short_name, word("mail_colon")),
        name: &letter.name,
        portal: &site.name,
        urgent: letter.urgent,
        from: letter.digest.from.minute_cst(),
        until: letter.digest.until.minute_cst(),
        lines,
        settings: absolute("/console/my-notices"),
    };
    let render = |template| app.templates.render("console", template, &page).map_err(|error| error.to_string());
    Ok(Mail {
        to: letter.address.clone(),
        subject: page.subject.clone(),
        text: render("mail/digest.txt")?,
        html: render("mail/digest.html")?,
        key: letter.key.clone(),
        urgent: letter.urgent,
    })
}

fn line(letter: &Letter, notice: &Notice, word: &dyn Fn(&str) -> String, absolute: &dyn Fn(&str) -> String) -> Line {
    let title = letter.titles.get(&notice.key).filter(|title| !title.is_empty()).cloned();
    let text = word(&told::word(notice));
    let items = if notice.items > 0 { format!(" {}", notice.items) } else { String::new() };
    Line {
        title: title.unwrap_or_else(|| word(told::room(notice))),
        text: format!("{text}{items}{}", told::owner(notice, word)),
        percent: notice.percent,
        tenants: notice.tenants,
        at: notice.at.minute_cst(),
        href: absolute(told::path(notice).as_deref().unwrap_or("/console/")),
    }
}
