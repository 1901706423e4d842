//! Verbs of orders: preview, issue, extend.

use base::duty::Role;
use base::store::{Reaching, StoreError};
use base::{Duty, Staff, SubtreeTx, Timestamp};
use content::document::{self, DocumentError, EditionState, EditionView, LOCALE};
use content::{DocumentId, EditionId, column, text};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde::Serialize;

use super::board::{Coverage, coverage};
use super::model::{Audience, Event, Kind, Limit, Order, OrderError, OrderState};
use super::reach::{self, Copied, Debt};
use super::{OrderId, rows};
use crate::obligation::Placer;
use crate::policy;
use crate::rules::RepostRule;

/// May issue orders to the tenants below.
pub struct IssueOrder;
impl Duty for IssueOrder {
    const NAME: &'static str = "issue_order";
    const ROLES: &'static [Role] = &[Role::CentralDuty, Role::Operator];
}
impl Reaching for IssueOrder {}

/// What a duty officer wants issued.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// A live edition of the issuer.
    pub edition: EditionId,
    /// `Mandatory` or `Recommended`; a recall is proposed, not issued.
    pub kind: Kind,
    /// For whom.
    pub audience: Audience,
    /// Natural hours; the rule's default when none is given.
    pub deadline_hours: Option<i32>,
    /// Standard code of the column; the rule's when none is given.
    pub target_code: Option<String>,
    /// Why, for those who receive it.
    pub reason: String,
}

/// What an order would do, seen before it is sent.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// Portals addressed.
    pub audience_count: i64,
    /// Of these, live at once because they accept by themselves.
    pub auto_accept: i64,
    /// Of these, without the target column.
    pub without_column: i64,
    /// Of these, under a tighter limit than the order's.
    pub tighter: i64,
    /// Of these, where the platform may not fall back.
    pub without_fallback: i64,
    /// Per level.
    pub levels: Vec<Coverage>,
    /// Hours that the order would carry.
    pub deadline_hours: i32,
    /// When they end.
    pub due_at: Timestamp,
    /// Standard code of the column.
    pub target_code: String,
}

/// An order that was issued or extended.
#[derive(Clone, Debug, Serialize)]
pub struct Issued {
    /// The order.
    pub id: OrderId,
    /// When it was issued first.
    pub issued_at: Timestamp,
    /// Its general limit; a tenant's own may be tighter.
    pub due_at: Timestamp,
    /// Portals addressed now.
    pub audience_count: i64,
    /// Mirrors that went live in this transaction.
    pub live_now: u64,
    /// An open order with the same edition and audience was extended instead of a new one issued.
    pub extended: bool,
}

struct Ready {
    edition: EditionView,
    hours: i32,
    clock_start: Timestamp,
    target_code: String,
}

/// Checks everything that does not depend on who will be addressed.
async fn ready(tx: &SubtreeTx, new: &NewOrder, rule: &RepostRule, now: Timestamp) -> Result<Ready, OrderError> {
    let edition = document::edition(tx, new.edition).await.map_err(|error| match error {
        document::DocumentError::Missing => OrderError::NotPublished,
        other => OrderError::Document(other),
    })?;
    if edition.state != EditionState::Live {
        return Err(OrderError::NotPublished);
    }
    if text::strip_controls(&new.reason).chars().count() > 500 {
        return Err(OrderError::Reason);
    }
    let inherited = policy::find(tx).await?.strictest;
    let strictest = match inherited {
        Some((hours, _)) if hours < rule.default_hours => {
            Limit { hours, from: inherited.map(|(_, from)| from.to_string()).unwrap_or_default() }
        }
        _ => Limit { hours: rule.default_hours, from: rule.source.clone() },
    };
    let hours = new.deadline_hours.unwrap_or(strictest.hours);
    if hours < 1 {
        return Err(OrderError::NoTime);
    }
    if hours > strictest.hours {
        return Err(OrderError::Looser { hours, limit: strictest });
    }
    // The clock counts from the first publication; a correction does not start it anew. When that would already be over, from the order: nobody is late by no fault.
    let published = edition.first_published_at.or(edition.published_at).unwrap_or(now);
    let clock_start = if published.plus_hours(i64::from(hours)) <= now { now } else { published };
    let target_code =
        new.target_code.clone().filter(|code| !code.is_empty()).unwrap_or_else(|| rule.target_column.clone());
    if !column::is_key(&target_code) {
        return Err(DocumentError::Field { field: "target_code", code: "unknown", limit: 64 }.into());
    }
    Ok(Ready { edition, hours, clock_start, target_code })
}

/// Counts what an order would do: audience, coverage, gaps. Nothing is written.
///
/// # Errors
/// See [`OrderError`].
pub async fn preview(
    tx: &SubtreeTx,
    _who: &Staff<IssueOrder>,
    new: &NewOrder,
    rule: &RepostRule,
    now: Timestamp,
) -> Result<Preview, OrderError> {
    let ready = ready(tx, new, rule, now).await?;
    let levels = coverage(tx, &new.audience, &ready.target_code, ready.hours).await?;
    let sum = |of: fn(&Coverage) -> i64| levels.iter().map(of).sum();
    Ok(Preview {
        audience_count: sum(|level| level.count),
        auto_accept: sum(|level| level.auto_accept),
        without_column: sum(|level| level.without_column),
        tighter: sum(|level| level.tighter),
        without_fallback: sum(|level| level.without_fallback),
        deadline_hours: ready.hours,
        due_at: ready.clock_start.plus_hours(i64::from(ready.hours)),
        target_code: ready.target_code,
        levels,
    })
}

/// Issues an order: the obligations of the whole audience, the mirrors of those who accept by themselves, one event that
/// binds them all, and the follow-up work, in one transaction. Issued twice for the same edition and audience, it extends
/// the open order to tenants that joined.
///
/// # Errors
/// See [`OrderError`]; nothing is half done.
pub async fn issue(
    tx: &SubtreeTx,
    who: &Staff<IssueOrder>,
    new: NewOrder,
    rule: &RepostRule,
    now: Timestamp,
) -> Result<Issued, OrderError> {
    let ready = ready(tx, &new, rule, now).await?;
    let audience_key = new.audience.key();
    if let Some(open) = open_order(tx, ready.edition.document, new.kind, new.audience.rehearsal).await? {
        let same =
            open.edition_id == new.edition && open.audience_key == audience_key && open.deadline_hours == ready.hours;
        if !same {
            return Err(OrderError::OpenAlready(open.id));
        }
        let open = Order::try_from(open)?;
        let joined = extend(tx, &open, &new.audience, who.actor(), now).await?;
        return Ok(Issued {
            id: open.id,
            issued_at: open.issued_at,
            due_at: open.due_at,
            audience_count: open.audience_count + joined.0,
            live_now: joined.1,
            extended: true,
        });
    }
    let id = OrderId(tx.ids().new_id(now));
    let due_at = ready.clock_start.plus_hours(i64::from(ready.hours));
    let fields = &ready.edition.fields;
    let debt = Debt {
        order: id,
        kind: new.kind,
        document: ready.edition.document,
        edition: new.edition,
        audience: &new.audience,
        hours: ready.hours,
        clock_start: ready.clock_start,
        target_code: &ready.target_code,
        joining: false,
    };
    reach::oblige(tx, &debt, now).await?;
    let (count, digest) = reach::digest_of_audience(tx, id, now).await?;
    if count == 0 {
        return Err(OrderError::NobodyAddressed);
    }
    let row = rows::ActiveModel {
        id: Set(id),
        document_id: Set(ready.edition.document),
        edition_id: Set(new.edition),
        locale: Set(LOCALE.to_owned()),
        kind: Set(new.kind.as_str().to_owned()),
        state: Set(OrderState::Open.as_str().to_owned()),
        audience: Set(new.audience.text()),
        audience_key: Set(audience_key),
        audience_count: Set(count),
        audience_digest: Set(digest.clone()),
        deadline_hours: Set(ready.hours),
        clock_start: Set(ready.clock_start.micros()),
        due_at: Set(due_at.micros()),
        target_code: Set(ready.target_code.clone()),
        reason: Set(text::strip_controls(&new.reason).trim().to_owned()),
        legal_basis: Set(String::new()),
        rule_version: Set(rule.effective_from.clone()),
        issued_at: Set(now.micros()),
        issued_by: Set(who.actor().to_owned()),
        issued_by_id: Set(who.id()),
        confirmed_by: Set(String::new()),
        withdrawal: Set(None),
        answer: Set(String::new()),
        rehearsal: Set(i32::from(new.audience.rehearsal)),
        ..Default::default()
    };
    if !tx.insert_if_free(row).await? {
        return Err(taken(tx, ready.edition.document, new.kind, new.audience.rehearsal).await?);
    }
    let summary = summary_of(&ready.edition);
    let copied = copied(&ready.edition, &summary, now);
    let live_now = put_mirrors(tx, id, Placer::AutoAccept, &ready.target_code, &copied, now).await?;
    let event = Event::Issued {
        order: id,
        document: ready.edition.document,
        edition: new.edition,
        kind: new.kind,
        audience: new.audience.text(),
        count,
        digest,
        due_at,
        rule: rule.effective_from.clone(),
    };
    tx.note(&event, who.actor(), now).await?;
    tracing::debug!(title = %fields.title, count, live_now, "order issued");
    follow_up(tx, id, now).await?;
    Ok(Issued { id, issued_at: now, due_at, audience_count: count, live_now, extended: false })
}

/// Gives tenants that joined an open order's audience their obligations. Answers how many joined and how many of these are
/// live now.
///
/// # Errors
/// [`OrderError::Store`].
pub async fn extend(
    tx: &SubtreeTx,
    order: &Order,
    audience: &Audience,
    actor: &str,
    now: Timestamp,
) -> Result<(i64, u64), OrderError> {
    if order.state != OrderState::Open || order.kind == Kind::Recall {
        return Err(OrderError::WrongState(order.state));
    }
    let debt = Debt {
        order: order.id,
        kind: order.kind,
        document: order.document,
        edition: order.edition,
        audience,
        hours: order.deadline_hours,
        clock_start: now,
        target_code: &order.target_code,
        joining: true,
    };
    if reach::oblige(tx, &debt, now).await? == 0 {
        return Ok((0, 0));
    }
    let (count, digest) = reach::digest_of_audience(tx, order.id, now).await?;
    let edition = document::edition(tx, order.edition).await?;
    let summary = summary_of(&edition);
    let live = put_mirrors(tx, order.id, Placer::AutoAccept, &order.target_code, &copied(&edition, &summary, now), now)
        .await?;
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::AudienceCount, Expr::col(rows::Column::AudienceCount).add(count))
        .filter(rows::Column::Id.eq(order.id));
    tx.change_one(update).await?;
    tx.note(&Event::Extended { order: order.id, joined_at: now, count, digest }, actor, now).await?;
    follow_up(tx, order.id, now).await?;
    Ok((count, live))
}

/// Mirrors for everybody whom `placer` counts as placed; their pages are old then.
pub(super) async fn put_mirrors(
    tx: &SubtreeTx,
    order: OrderId,
    placer: Placer,
    target: &str,
    copied: &Copied<'_>,
    now: Timestamp,
) -> Result<u64, OrderError> {
    // What stood already comes first: afterwards it would have to be found among all that were just written.
    let stood = reach::adopt_standing(tx, order, copied, now).await?;
    let made = reach::mirror(tx, order, placer, target, copied, now).await?;
    reach::touch_mirrors(tx, copied.document, made + stood, now).await?;
    Ok(made + stood)
}

pub(super) async fn follow_up(tx: &SubtreeTx, order: OrderId, now: Timestamp) -> Result<(), StoreError> {
    let payload = format!("{{\"order\":\"{order}\"}}");
    tx.enqueue("order.fan_out", &format!("fan_out:{order}"), &payload, now, now).await?;
    tx.enqueue("order.keep_time", &format!("keep_time:{order}"), &payload, now, now).await?;
    announce(tx, order, now).await
}

/// Asks for what follows an order outside the platform: feed, mail, and a look at portals that are not ours. Whoever stands
/// at the border does it; here only the job's name is known. The feed of orders is a page of the issuer: it is old with this
/// commit.
pub(crate) async fn announce(tx: &SubtreeTx, order: OrderId, now: Timestamp) -> Result<(), StoreError> {
    let payload = format!("{{\"order\":\"{order}\"}}");
    tx.touch_pages(now).await?;
    tx.enqueue("outside.follow", &format!("outside.follow:{order}"), &payload, now, now).await
}

pub(super) fn summary_of(edition: &EditionView) -> String {
    if edition.fields.summary.is_empty() {
        text::excerpt(&edition.fields.body_html, 120)
    } else {
        edition.fields.summary.clone()
    }
}

pub(super) fn copied<'a>(edition: &'a EditionView, summary: &'a str, now: Timestamp) -> Copied<'a> {
    Copied {
        document: edition.document,
        edition: edition.edition,
        title: &edition.fields.title,
        summary,
        doc_number: &edition.fields.header.doc_number,
        source: &edition.fields.source,
        published_at: edition.first_published_at.unwrap_or(now),
    }
}

/// Somebody else was quicker: the order that is there.
pub(super) async fn taken(
    tx: &SubtreeTx,
    document: DocumentId,
    kind: Kind,
    rehearsal: bool,
) -> Result<OrderError, StoreError> {
    Ok(open_order(tx, document, kind, rehearsal)
        .await?
        .map_or(OrderError::Store(StoreError::Stale), |there| OrderError::OpenAlready(there.id)))
}

pub(super) async fn open_order(
    tx: &SubtreeTx,
    document: DocumentId,
    kind: Kind,
    rehearsal: bool,
) -> Result<Option<rows::Model>, StoreError> {
    let select = rows::Entity::find()
        .filter(rows::Column::DocumentId.eq(document))
        .filter(rows::Column::Locale.eq(LOCALE))
        .filter(rows::Column::Kind.eq(kind.as_str()))
        .filter(rows::Column::Rehearsal.eq(i32::from(rehearsal)))
        .filter(rows::Column::State.is_in([OrderState::Open.as_str(), OrderState::Proposed.as_str()]));
    tx.one(select).await
}
