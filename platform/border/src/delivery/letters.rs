//! Letters: a complete digest becomes one row per person, and each row one letter. Who hears is resolved when the digest is
//! complete: through the roster when it says who is on duty, otherwise through the roles.

use std::collections::{BTreeMap, BTreeSet};

use base::duty::Role;
use base::people::Colleague;
use base::queue::{Claimed, Outcome};
use base::store::StoreError;
use base::{Store, TenantId, TenantTx, Timestamp, sm3_hex};
use content::document::Cause;
use exchange::joint::{self, ItemKey, JointError};
use exchange::notice::{self, Digest, Notice};
use exchange::obligation::ObligationError;
use exchange::roster::{self, Shift};
use exchange::submission::{self, OriginNews, Submission, SubmissionError};
use exchange::{OrderId, SubmissionId, obligation, order};
use sea_orm::ActiveValue::Set;
use serde::Deserialize;
use uuid::Uuid;

use super::acts;
use super::contacts::{Contact, contacts};
use super::model::{Channel, DeliveryError, Standing, Verdict};
use super::rows::delivery as rows;
use super::rules::{AudienceRule, DeliveryRule, DeliveryRules};

/// Notices whose titles one letter names; more are counted.
const TITLES_MOST: usize = 50;

/// The kind of a receiver who hears only of what they answer for.
const OWNER: &str = "owner";

/// One letter that is due.
#[derive(Debug)]
pub struct Letter {
    row: rows::Model,
    /// Makes the same letter the same letter.
    pub key: String,
    /// To whom.
    pub address: String,
    /// Name of the person; empty for an office.
    pub name: String,
    /// Language.
    pub lang: String,
    /// Whether something in it is urgent.
    pub urgent: bool,
    /// What it tells.
    pub digest: Digest,
    /// Titles of what its notices are about, by their keys.
    pub titles: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct About {
    digest: String,
}

/// Who hears, and where.
struct Receiver {
    key: String,
    address: String,
}

/// Turns a complete digest into one delivery per person of its audience. Run twice, it adds nobody twice.
///
/// # Errors
/// [`DeliveryError`]; the job is tried again.
pub async fn spread(
    store: &Store,
    rules: &DeliveryRules,
    job: &Claimed,
    now: Timestamp,
) -> Result<Outcome, DeliveryError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let rule = rules.at(now).ok_or(DeliveryError::NoRule)?;
    let tx = store.reading(job.tenant()).await?;
    let Some(digest) = notice::digest(&tx, &about.digest).await? else { return Ok(Outcome::Done) };
    let complete = digest.until.plus_minutes(notice::GRACE_MINUTES);
    if now < complete {
        return Ok(Outcome::Again(complete));
    }
    let (Some(audience), false) = (rule.audience(&digest.audience), digest.notices.is_empty()) else {
        return Ok(Outcome::Done);
    };
    let (on_duty, offices) = (roster::on_duty(&tx, now).await?, contacts(&tx).await?);
    tx.commit().await?;
    let people = people(store, job.tenant(), audience, &on_duty).await?;
    let owners = owners(store, job.tenant(), &digest).await?;
    let receivers = receivers(people, offices, owners, &digest.audience);
    if receivers.is_empty() {
        return Ok(Outcome::Done);
    }
    let urgent = digest.notices.iter().any(|one| one.percent >= rule.urgent_percent || one.is_urgent());
    let tx = store.tenant(job.tenant()).await?;
    for receiver in receivers {
        tx.insert_if_free::<rows::Entity, _>(row(&tx, &digest, receiver, urgent, now)).await?;
    }
    acts::wake_mail(&tx, now, now).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// Who of the portal hears: the first manned post whose person can be reached, otherwise everybody with the role. Whoever is
/// on duty hears also what they otherwise do not want by mail.
async fn people(
    store: &Store,
    tenant: TenantId,
    audience: &AudienceRule,
    on_duty: &[Shift],
) -> Result<Vec<Colleague>, StoreError> {
    for post in audience.posts() {
        let Some(shift) = on_duty.iter().find(|shift| shift.post == post) else { continue };
        if let Some(person) = store.colleague(shift.account).await?.filter(|person| !person.mail.address.is_empty()) {
            return Ok(vec![person]);
        }
    }
    let all = store.people_at(tenant, &audience.roles).await?;
    let wants = |person: &Colleague| !person.mail.address.is_empty() && !person.mail.off.contains(&audience.name);
    Ok(all.into_iter().filter(wants).collect())
}

/// Who answers for something that the digest lists and has an account here under that very name. They hear of it whoever is on
/// duty, and whatever else they do not want.
async fn owners(store: &Store, tenant: TenantId, digest: &Digest) -> Result<Vec<Colleague>, StoreError> {
    let named: BTreeSet<&str> =
        digest.notices.iter().map(|one| one.owner.as_str()).filter(|owner| !owner.is_empty()).collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let all = store.people_at(tenant, &Role::ALL).await?;
    let owns = |person: &Colleague| named.contains(person.login.as_str()) && !person.mail.address.is_empty();
    Ok(all.into_iter().filter(owns).collect())
}

/// One receiver per address: whoever hears everything hears it once.
fn receivers(people: Vec<Colleague>, offices: Vec<Contact>, owners: Vec<Colleague>, audience: &str) -> Vec<Receiver> {
    let person = |one: Colleague| Receiver { key: format!("person:{}", one.id), address: one.mail.address };
    let office = |one: Contact| Receiver { key: format!("contact:{}", one.id), address: one.address };
    let offices = offices.into_iter().filter(|one| one.audiences.iter().any(|name| name == audience)).map(office);
    let owner = |one: Colleague| Receiver { key: format!("{OWNER}:{}", one.id), address: one.mail.address };
    let mut seen = BTreeSet::new();
    let all = people.into_iter().map(person).chain(offices).chain(owners.into_iter().map(owner));
    all.filter(|one| seen.insert(one.address.to_ascii_lowercase())).collect()
}

fn row(tx: &TenantTx, digest: &Digest, receiver: Receiver, urgent: bool, now: Timestamp) -> rows::ActiveModel {
    rows::ActiveModel {
        id: Set(tx.ids().new_id(now)),
        channel: Set(Channel::Mail.as_str().to_owned()),
        source: Set(digest.key.clone()),
        receiver: Set(receiver.key),
        seq: Set(0),
        address: Set(receiver.address),
        what: Set(digest.audience.clone()),
        urgent: Set(i32::from(urgent)),
        standing: Set(Standing::Waiting.as_str().to_owned()),
        attempts: Set(0),
        run_at: Set(now.micros()),
        said: Set(String::new()),
        created_at: Set(now.micros()),
        settled_at: Set(None),
        version: Set(0),
        ..Default::default()
    }
}

/// The letters of a portal that are due, with everything that they tell.
///
/// # Errors
/// [`DeliveryError::Store`].
pub async fn due_letters(
    store: &Store,
    tenant: TenantId,
    limit: u64,
    now: Timestamp,
) -> Result<Vec<Letter>, DeliveryError> {
    let tx = store.reading(tenant).await?;
    let (rows, offices) = (acts::due(&tx, Channel::Mail, None, limit, now).await?, contacts(&tx).await?);
    let mut letters = Vec::new();
    for row in rows {
        let Some(digest) = notice::digest(&tx, &row.source).await? else { continue };
        letters.push(Letter {
            key: sm3_hex(format!("{tenant}\n{}\n{}", row.source, row.receiver).as_bytes())[..40].to_owned(),
            address: row.address.clone(),
            name: String::new(),
            lang: "zh-Hans".to_owned(),
            urgent: row.urgent != 0,
            titles: titles(&tx, &digest, now).await?,
            digest,
            row,
        });
    }
    tx.commit().await?;
    for letter in &mut letters {
        address(store, &offices, letter).await?;
    }
    Ok(letters)
}

/// Where the receiver is reached by now, and in which language: a corrected address is used for what is tried again.
async fn address(store: &Store, offices: &[Contact], letter: &mut Letter) -> Result<(), StoreError> {
    let Some((kind, id)) = letter.row.receiver.split_once(':') else { return Ok(()) };
    let Ok(id) = Uuid::try_parse(id) else { return Ok(()) };
    if kind == "contact" {
        if let Some(office) = offices.iter().find(|one| one.id == id) {
            (letter.address, letter.lang) = (office.address.clone(), office.lang.clone());
        }
    } else if let Some(person) = store.colleague(id).await? {
        if kind == OWNER {
            letter.digest.notices.retain(|one| one.owner == person.login);
            letter.urgent &= letter.digest.notices.iter().any(Notice::is_urgent);
        }
        letter.name = person.name;
        letter.lang = person.mail.lang;
        if !person.mail.address.is_empty() {
            letter.address = person.mail.address;
        }
    }
    Ok(())
}

/// What the notices of a digest are about, as far as this portal may know.
async fn titles(tx: &TenantTx, digest: &Digest, now: Timestamp) -> Result<BTreeMap<String, String>, DeliveryError> {
    let mut titles = BTreeMap::new();
    for one in digest.notices.iter().take(TITLES_MOST) {
        let title = match (one.order, one.submission, one.item) {
            (Some(order), _, _) => of_order(tx, order, now).await?,
            (None, Some(id), _) => of_submission(tx, id).await?,
            (None, None, Some(key)) => of_item(tx, key).await?,
            (None, None, None) => Some(one.title.clone()).filter(|title| !title.is_empty()),
        };
        titles.extend(title.map(|title| (one.key.clone(), title)));
    }
    Ok(titles)
}

/// By the obligation that this portal received, or by the order that it issued.
async fn of_order(tx: &TenantTx, id: OrderId, now: Timestamp) -> Result<Option<String>, DeliveryError> {
    match obligation::sight(tx, id, now).await {
        Ok(row) => return Ok(Some(row.title)),
        Err(ObligationError::Store(error)) => return Err(error.into()),
        Err(_) => {}
    }
    let Ok(order) = order::find(tx, id).await else { return Ok(None) };
    Ok(content::document::edition(tx, order.edition).await.ok().map(|edition| edition.fields.title))
}

/// The title of what leaked is part of the leak, and stays in the house.
async fn of_submission(tx: &TenantTx, id: SubmissionId) -> Result<Option<String>, DeliveryError> {
    let one = match submission::find_received(tx, id).await {
        Err(SubmissionError::Store(error)) => return Err(error.into()),
        other => other.ok(),
    };
    let leaked = |one: &Submission| matches!(&one.news, Some(OriginNews::Withdrawn { cause: Cause::Leak, .. }));
    Ok(one.filter(|one| !leaked(one)).map(|one| one.fields.title))
}

async fn of_item(tx: &TenantTx, key: ItemKey) -> Result<Option<String>, DeliveryError> {
    match joint::find_item(tx, key).await {
        Err(JointError::Store(error)) => Err(error.into()),
        other => Ok(other.ok().map(|one| one.title)),
    }
}

/// Records how a letter went.
///
/// # Errors
/// [`DeliveryError::Store`].
pub async fn settle_letter(
    store: &Store,
    tenant: TenantId,
    letter: &Letter,
    verdict: &Verdict,
    rules: &DeliveryRules,
    now: Timestamp,
) -> Result<(), DeliveryError> {
    let rule: &DeliveryRule = rules.at(now).ok_or(DeliveryError::NoRule)?;
    let tx = store.tenant(tenant).await?;
    acts::settle(&tx, &letter.row, verdict, &rule.mail_pauses(), now).await?;
    Ok(tx.commit().await?)
}

/// When the next letter of a portal is due; none when nothing waits.
///
/// # Errors
/// [`DeliveryError::Store`].
pub async fn next_letter(store: &Store, tenant: TenantId) -> Result<Option<Timestamp>, DeliveryError> {
    let tx = store.reading(tenant).await?;
    Ok(acts::next(&tx, Channel::Mail, None).await?)
}
