//! What the platform does for the receiver of letters, as the receiver: judge what arrived by the receiver's own rules; and
//! for a source, send what a new subscription missed.

use std::collections::{HashMap, HashSet};

use base::duty::PLATFORM;
use base::queue::{Claimed, Outcome};
use base::store::StoreError;
use base::{Sites, Store, SubtreeTx, Timestamp};
use content::document::{self, EditionView};
use content::placement::{self, Present};
use content::{DocumentId, EditionId, column};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use uuid::Uuid;

use super::filter::Subject;
use super::model::{Event, Item, JointError, Member, Mode, Subscription};
use super::rows::{item, member, subscription};
use super::settle::{AT_ONCE, Chosen, moved, place};
use super::standing::{Flow, Membership, Standing};
use super::{ViaId, news, reach, views};

pub use super::below::{JOIN, join};

/// Name of the job that judges what arrived from one sender.
pub const FILL: &str = "joint.fill";
/// Name of the job by which a source sends what a subscription missed.
pub const CATCH_UP: &str = "joint.catch_up";
/// Name of the job by which a publisher with many subscribers wakes them.
pub const SUMMON: &str = "joint.summon";
/// Most documents that a subscription fetches when it begins or goes on.
const CATCH_UP_MOST: u64 = 500;

#[derive(Deserialize)]
struct From {
    sender: Uuid,
}

#[derive(Deserialize)]
struct Missed {
    subscription: ViaId,
    from: i64,
}

#[derive(Deserialize)]
struct About {
    document: DocumentId,
}

pub(super) fn missed(id: ViaId, from: Timestamp) -> String {
    format!("{{\"subscription\":\"{id}\",\"from\":{}}}", from.micros())
}

/// Judges what arrived from one sender. Nothing is placed but by an active subscription or an open membership of this portal
/// itself, read here and now. Run twice it finds nothing.
///
/// # Errors
/// [`JointError`]; the job is tried again.
pub async fn fill(store: &Store, digest_minutes: i64, job: &Claimed, now: Timestamp) -> Result<Outcome, JointError> {
    let Ok(about) = serde_json::from_str::<From>(&job.payload) else { return Ok(Outcome::Done) };
    let tx = store.subtree(job.reach()).await?;
    reach::in_turn(&tx).await?;
    let arrived = item::Entity::find()
        .filter(item::Column::SenderId.eq(about.sender))
        .filter(item::Column::Standing.eq(Standing::Arrived.as_str()))
        .order_by_asc(item::Column::ArrivedAt)
        .limit(AT_ONCE);
    let items = views::held(&tx, arrived).await?;
    let Some(first) = items.first() else { return Ok(Outcome::Done) };
    let from = first.sender.to_string();
    match settle(&tx, store.sites(), &items, from, now).await {
        // The origin was quicker with a newer edition or a withdrawal.
        Err(JointError::Store(StoreError::Stale)) => return Ok(Outcome::Again(now)),
        queued => news::waiting(&tx, queued?, digest_minutes, now).await?,
    }
    tx.commit().await?;
    Ok(if items.len() as u64 == AT_ONCE { Outcome::Again(now) } else { Outcome::Done })
}

/// What becomes of one item.
enum Verdict {
    Place,
    Queue(&'static str),
    Filter,
    Skip,
    Void(&'static str),
}

struct Rules {
    subscriptions: HashMap<ViaId, Subscription>,
    members: HashMap<ViaId, Member>,
    /// Where each key of a column leads.
    columns: HashMap<String, String>,
    editions: HashMap<EditionId, EditionView>,
    present: HashMap<DocumentId, Present>,
}

impl Rules {
    async fn read(tx: &SubtreeTx, items: &[Item]) -> Result<Self, JointError> {
        let vias: Vec<ViaId> = items.iter().map(|item| item.key.via).collect::<HashSet<_>>().into_iter().collect();
        let own = subscription::Entity::find().filter(subscription::Column::Id.is_in(vias.iter().copied()));
        let mut subscriptions = HashMap::new();
        for row in tx.sent(own).await? {
            subscriptions.insert(row.id, Subscription::try_from(row)?);
        }
        let own = member::Entity::find().filter(member::Column::Id.is_in(vias));
        let mut members = HashMap::new();
        for row in tx.sent(own).await? {
            members.insert(row.id, Member::try_from(row)?);
        }
        Ok(Self {
            subscriptions,
            members,
            columns: column::landings(tx).await?,
            editions: document::opened_many(tx, items).await?,
            present: placement::present(tx, items.iter().map(|item| item.key.document)).await?,
        })
    }

    fn judge(&self, sites: &Sites, item: &Item) -> Verdict {
        let Some(edition) = self.editions.get(&item.edition) else { return Verdict::Void("taken_back") };
        let mode = match (self.subscriptions.get(&item.key.via), self.members.get(&item.key.via)) {
            (Some(one), _) if one.source == item.sender && one.target == item.target => match one.standing {
                Flow::Active | Flow::Paused => {
                    let code = sites.by_id(item.origin).map(|site| site.division_code.to_string()).unwrap_or_default();
                    let first = edition.first_published_at.unwrap_or(item.arrived_at);
                    let subject = Subject {
                        fields: &edition.fields,
                        column_type: &item.column_type,
                        division_code: &code,
                        first_published_at: first,
                    };
                    if !one.filter.passes(one.since, &subject) {
                        return Verdict::Filter;
                    }
                    if one.standing == Flow::Active { one.mode } else { Mode::Review }
                }
                _ => return Verdict::Void("ended"),
            },
            (_, Some(one))
                if one.member == item.sender && one.column == item.target && one.standing == Membership::Accepted =>
            {
                one.mode
            }
            _ => return Verdict::Void("no_right"),
        };
        match self.present.get(&item.key.document) {
            Some(Present::Live) => Verdict::Skip,
            _ if item.origin == item.receiver => Verdict::Skip,
            Some(Present::Gone) => Verdict::Queue("was_here"),
            None if !self.columns.contains_key(&item.target) => Verdict::Queue("no_column"),
            None if mode == Mode::Automatic => Verdict::Place,
            None => Verdict::Queue(""),
        }
    }
}

/// Answers how many wait for a person now.
async fn settle(
    tx: &SubtreeTx,
    sites: &Sites,
    items: &[Item],
    from: String,
    now: Timestamp,
) -> Result<usize, JointError> {
    let rules = Rules::read(tx, items).await?;
    let mut seen: HashSet<DocumentId> = HashSet::new();
    let mut placing: Vec<Chosen<'_>> = Vec::new();
    let mut others: HashMap<(Standing, &'static str), Vec<&Item>> = HashMap::new();
    let (mut queued, mut filtered, mut skipped) = (0, 0, 0);
    for item in items {
        let verdict = match rules.judge(sites, item) {
            // Two subscriptions of one document: the first places it.
            Verdict::Place if !seen.insert(item.key.document) => Verdict::Skip,
            other => other,
        };
        let to = match verdict {
            Verdict::Place => {
                let edition = rules.editions.get(&item.edition).ok_or(JointError::TakenBack)?;
                let column = rules.columns.get(&item.target).map_or(item.target.as_str(), String::as_str);
                placing.push(Chosen { item, edition, column });
                continue;
            }
            Verdict::Queue(why) => (Standing::InReview, why),
            Verdict::Filter => (Standing::Filtered, ""),
            Verdict::Skip => (Standing::Skipped, ""),
            Verdict::Void(why) => (Standing::Void, why),
        };
        queued += usize::from(to.0 == Standing::InReview);
        filtered += usize::from(to.0 == Standing::Filtered);
        skipped += usize::from(to.0 == Standing::Skipped);
        others.entry(to).or_default().push(item);
    }
    for ((is, why), items) in &others {
        moved(tx, items, *is, why, &HashMap::new(), PLATFORM, now).await?;
    }
    let placed = place(tx, &placing, &rules.present, PLATFORM, now).await?;
    tx.note(&Event::Filled { from, placed, queued, filtered, skipped }, PLATFORM, now).await?;
    Ok(queued)
}

/// The publisher wakes the receivers of a document's letters: not in the publication itself, which is not to wait for a
/// hundred rows of the queue.
///
/// # Errors
/// [`JointError`]; the job is tried again.
pub async fn summon(store: &Store, job: &Claimed, now: Timestamp) -> Result<Outcome, JointError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let tx = store.subtree(job.reach()).await?;
    reach::summon_for(&tx, about.document, now).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// The source sends what stands in its column and a subscription missed before it began or while it was paused.
///
/// # Errors
/// [`JointError`]; the job is tried again.
pub async fn catch_up(store: &Store, job: &Claimed, now: Timestamp) -> Result<Outcome, JointError> {
    let Ok(about) = serde_json::from_str::<Missed>(&job.payload) else { return Ok(Outcome::Done) };
    let tx = store.subtree(job.reach()).await?;
    reach::catch_up(&tx, about.subscription, Timestamp(about.from), CATCH_UP_MOST, now).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}
