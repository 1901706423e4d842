//! From the way of an item to facts: when a receiver makes something of a submission, every hop on its way is credited at the
//! scorer that stands directly above it, in the same transaction. What a scorer itself records comes through [`note`].

use std::collections::{BTreeMap, BTreeSet};

use base::id::sm3_hex;
use base::store::StoreError;
use base::{Level, TenantId, TenantTx, Timestamp};
use content::DocumentId;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::jobs::RECOMPUTE;
use super::model::{Event, Happened, MeritError, Month, Occasion};
use super::rows::event as rows;
use crate::SubmissionId;
use crate::submission::{Hop, Submission};

/// Name of the job that scores one portal's year again.
pub const SCORE: &str = "points.score";
/// Portals of one scorer that are scored one by one; of more, the scorer's whole year is made again at once.
const ONE_BY_ONE: usize = 20;

/// One fact before it is told.
struct Told {
    scorer: TenantId,
    beneficiary: TenantId,
    occasion: Occasion,
    level_up: i32,
    central: bool,
    channel: String,
    submission: Option<SubmissionId>,
    thread: Option<SubmissionId>,
    document: Option<DocumentId>,
    /// What belongs together; the document, or the event itself, when left out.
    item: Option<Uuid>,
    /// What else tells it apart.
    key: String,
    title: String,
    note: String,
    adjust: i64,
}

/// A UUID made of what a text says.
fn digest(text: &str) -> Uuid {
    let digest = u128::from_str_radix(&sm3_hex(text.as_bytes())[..32], 16).unwrap_or_default();
    uuid::Builder::from_u128(digest)
        .with_variant(uuid::Variant::RFC4122)
        .with_version(uuid::Version::Custom)
        .into_uuid()
}

/// The digest of what happened: told twice, it is one row.
fn id_of(told: &Told, writer: TenantId) -> Uuid {
    let Told { scorer, beneficiary, occasion, channel, submission, document, key, .. } = told;
    let part = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let (submission, document) = (part(submission.map(|id| id.0)), part(document.map(|id| id.0)));
    let occasion = occasion.as_str();
    digest(&format!("{scorer}\n{writer}\n{submission}\n{beneficiary}\n{document}\n{occasion}\n{channel}\n{key}\n"))
}

/// Writes facts in one statement and leaves the scoring behind.
async fn tell(tx: &TenantTx, all: Vec<Told>, by: &str, now: Timestamp) -> Result<Vec<Uuid>, StoreError> {
    let mut concerned: BTreeMap<TenantId, BTreeSet<TenantId>> = BTreeMap::new();
    let (mut ids, mut letters) = (Vec::new(), Vec::new());
    for told in all {
        let id = id_of(&told, tx.tenant());
        concerned.entry(told.scorer).or_default().insert(told.beneficiary);
        ids.push(id);
        let row = rows::ActiveModel {
            id: Set(id),
            beneficiary_id: Set(told.beneficiary),
            occasion: Set(told.occasion.as_str().to_owned()),
            level_up: Set(told.level_up),
            central: Set(i32::from(told.central)),
            channel: Set(told.channel),
            item_id: Set(told.item.or(told.document.map(|document| document.0)).unwrap_or(id)),
            submission_id: Set(told.submission),
            thread_id: Set(told.thread),
            document_id: Set(told.document),
            title: Set(told.title),
            note: Set(told.note),
            adjust: Set(told.adjust),
            at: Set(now.micros()),
            by_whom: Set(by.to_owned()),
            ..Default::default()
        };
        letters.push((row, told.scorer));
    }
    tx.post_each::<rows::Entity, _>(letters).await?;
    leave_scoring(tx, concerned, now).await?;
    Ok(ids)
}

async fn leave_scoring(
    tx: &TenantTx,
    concerned: BTreeMap<TenantId, BTreeSet<TenantId>>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let year = Month::of(now).year();
    for (scorer, portals) in concerned {
        if portals.len() > ONE_BY_ONE {
            let key = format!("{RECOMPUTE}:{scorer}:{year}");
            tx.enqueue_for(scorer, RECOMPUTE, &key, &format!("{{\"year\":{year}}}"), now, now).await?;
            continue;
        }
        for beneficiary in portals {
            let payload = format!("{{\"beneficiary\":\"{beneficiary}\",\"year\":{year}}}");
            let key = format!("{SCORE}:{scorer}:{beneficiary}:{year}");
            tx.enqueue_for(scorer, SCORE, &key, &payload, now, now).await?;
        }
    }
    Ok(())
}

/// Where a portal is scored, and how far above that scorer `at` stands; none when nobody scores it, or when `at` no longer
/// stands above.
fn seen_from(tx: &TenantTx, portal: &str, at: TenantId) -> Option<(TenantId, TenantId, i32, bool)> {
    let portal = tx.sites().by_record(portal)?;
    let scorer = portal.parent?;
    let line = tx.sites().lineage(scorer);
    let up = line.iter().position(|site| site.tenant == at)?;
    let central = up > 0 && line[up].level == Level::Central;
    Some((scorer, portal.tenant, i32::try_from(up).unwrap_or(i32::MAX), central))
}

/// One fact for every hop of a way.
fn each_hop(tx: &TenantTx, at: TenantId, hops: &[Hop], like: impl Fn() -> Pattern) -> Vec<Told> {
    let one = |hop: &Hop| {
        let (scorer, beneficiary, level_up, central) = seen_from(tx, &hop.tenant, at)?;
        let Pattern { occasion, channel, submission, thread, key, title } = like();
        let document = Some(hop.document);
        let note = String::new();
        Some(Told {
            scorer,
            beneficiary,
            occasion,
            level_up,
            central,
            channel,
            submission: Some(submission),
            thread: Some(thread),
            document,
            item: None,
            key,
            title,
            note,
            adjust: 0,
        })
    };
    hops.iter().filter_map(one).collect()
}

struct Pattern {
    occasion: Occasion,
    channel: String,
    submission: SubmissionId,
    thread: SubmissionId,
    key: String,
    title: String,
}

fn of(one: &Submission, occasion: Occasion, channel: &str, key: &str) -> Pattern {
    Pattern {
        occasion,
        channel: channel.to_owned(),
        submission: one.id,
        thread: one.thread,
        key: key.to_owned(),
        title: one.fields.title.clone(),
    }
}

/// A letter was sent: `submitted` for the sender, `reported_up` for those whose item goes on.
pub(crate) async fn submitted(tx: &TenantTx, one: &Submission, by: &str, now: Timestamp) -> Result<(), StoreError> {
    let Some((last, before)) = one.provenance.split_last() else { return Ok(()) };
    let mut all = each_hop(tx, one.receiver, std::slice::from_ref(last), || of(one, Occasion::Submitted, "", ""));
    all.extend(each_hop(tx, one.receiver, before, || of(one, Occasion::ReportedUp, "", "")));
    tell(tx, all, by, now).await.map(drop)
}

/// The receiver made something of it: every hop is credited, in a merged document every sender's.
pub(crate) async fn adopted(
    tx: &TenantTx,
    one: &Submission,
    merged: bool,
    by: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let occasion = if merged { Occasion::Merged } else { Occasion::Adopted };
    let all = each_hop(tx, tx.tenant(), &one.provenance, || of(one, occasion, "", ""));
    tell(tx, all, by, now).await.map(drop)
}

/// The receiver's document is before the public.
pub(crate) async fn published(tx: &TenantTx, one: &Submission, by: &str, now: Timestamp) -> Result<(), StoreError> {
    let all = each_hop(tx, tx.tenant(), &one.provenance, || of(one, Occasion::Published, "", ""));
    tell(tx, all, by, now).await.map(drop)
}

/// The receiver says in which journal an adopted item stands: credited along the whole chain.
pub(super) async fn in_journal(
    tx: &TenantTx,
    one: &Submission,
    channel: &str,
    by: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let all = each_hop(tx, tx.tenant(), &one.provenance, || of(one, Occasion::Adopted, channel, "journal"));
    tell(tx, all, by, now).await.map(drop)
}

/// The sender took a letter back before it was adopted.
pub(crate) async fn recalled(tx: &TenantTx, one: &Submission, by: &str, now: Timestamp) -> Result<(), StoreError> {
    let key = now.micros().to_string();
    let all = each_hop(tx, one.receiver, &one.provenance, || of(one, Occasion::Revoked, "", &key));
    tell(tx, all, by, now).await.map(drop)
}

/// A document was taken back. Whoever wrote it loses what it brought; what it was made of loses what it brought here. What
/// superiors made of it is their own affair, and stands until they take it back.
pub(crate) async fn withdrawn(tx: &TenantTx, document: DocumentId, by: &str, now: Timestamp) -> Result<(), StoreError> {
    use crate::submission::rows::submission;
    let key = now.micros().to_string();
    let mut all = Vec::new();
    let offered = tx.sent(submission::Entity::find().filter(submission::Column::DocumentId.eq(document))).await?;
    if let Some(row) = offered.into_iter().next()
        && let Some(scorer) = tx.sites().by_record(&tx.tenant().to_string()).and_then(|site| site.parent)
    {
        all.push(Told {
            scorer,
            beneficiary: tx.tenant(),
            occasion: Occasion::Revoked,
            level_up: 0,
            central: false,
            channel: String::new(),
            submission: None,
            thread: None,
            document: Some(document),
            item: None,
            key: key.clone(),
            title: row.title,
            note: String::new(),
            adjust: 0,
        });
    }
    let made = submission::Entity::find().filter(submission::Column::AdoptedDocument.eq(document));
    for row in tx.all(made).await? {
        let one = Submission::try_from(row)?;
        all.extend(each_hop(tx, tx.tenant(), &one.provenance, || of(&one, Occasion::Revoked, "", &key)));
    }
    tell(tx, all, by, now).await.map(drop)
}

/// How a portal came out under something that was asked of it: a commission, or the quota of a period.
#[derive(Clone, Debug)]
pub(crate) struct CameOut {
    /// Whose points.
    pub beneficiary: Uuid,
    /// What; `Revoked` takes back what was told under the same key.
    pub occasion: Occasion,
    /// What was asked, and which round of it: told twice, it counts once.
    pub asked: String,
    /// What people read.
    pub title: String,
}

/// Tells how portals came out whom this portal asked for something, each at the scorer directly above it, however far below.
/// Whoever calls writes the evidence: its own entry names the portals.
pub(crate) async fn came_out(tx: &TenantTx, all: Vec<CameOut>, by: &str, now: Timestamp) -> Result<(), StoreError> {
    let one = |out: CameOut| {
        let (scorer, beneficiary, level_up, central) = seen_from(tx, &out.beneficiary.to_string(), tx.tenant())?;
        Some(Told {
            scorer,
            beneficiary,
            occasion: out.occasion,
            level_up,
            central,
            channel: String::new(),
            submission: None,
            thread: None,
            document: None,
            item: Some(digest(&format!("asked\n{}\n{beneficiary}\n", out.asked))),
            key: out.asked,
            title: out.title,
            note: String::new(),
            adjust: 0,
        })
    };
    tell(tx, all.into_iter().filter_map(one).collect(), by, now).await.map(drop)
}

/// Records what a scorer knows of one directly below it, such as a leader's note; the
/// caller has proven its own duty. Told twice with the same key, it counts once. Answers the event.
///
/// # Errors
/// [`MeritError::NotBelow`] when nobody here scores it.
pub async fn note(tx: &TenantTx, happened: Happened, by: &str, now: Timestamp) -> Result<Uuid, MeritError> {
    adjusting(tx, happened, 0, by, now).await
}

/// The same with points of its own: what an appeal gives.
pub(super) async fn adjusting(
    tx: &TenantTx,
    happened: Happened,
    adjust: i64,
    by: &str,
    now: Timestamp,
) -> Result<Uuid, MeritError> {
    let Happened { beneficiary, occasion, channel, key, submission, thread, document, title, note } = happened;
    let below = tx.sites().by_record(&beneficiary.to_string()).is_some_and(|site| site.parent == Some(tx.tenant()));
    if !below {
        return Err(MeritError::NotBelow);
    }
    let event = Told {
        scorer: tx.tenant(),
        beneficiary,
        occasion,
        level_up: 0,
        central: false,
        channel: channel.clone(),
        submission,
        thread,
        document,
        item: None,
        key,
        title,
        note: note.clone(),
        adjust,
    };
    let id = tell(tx, vec![event], by, now).await?.first().copied().ok_or(MeritError::Missing)?;
    let noted = Event::Noted { event: id, occasion, beneficiary: beneficiary.to_string(), channel, note };
    tx.note(&noted, by, now).await?;
    Ok(id)
}
