//! Verbs of subscriptions: asking for a column, consenting, pausing, ending, and what the subscriber changes about its own.

use base::store::StoreError;
use base::{Sites, Staff, SubtreeTx, TenantId, TenantTx, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};

use super::filter::Filter;
use super::members::{own_column, taken};
use super::model::{Event, JointError, Mode, Subscription, said};
use super::reach::{self, Node};
use super::rows::subscription as rows;
use super::source::SourceColumn;
use super::standing::{Flow, FlowMove};
use super::{ManageJoint, ViaId, jobs, views};

/// How a subscription works at the subscriber's.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Column of the subscriber.
    pub target: String,
    /// Whether its people look first.
    pub mode: Mode,
    /// What passes.
    pub filter: Filter,
    /// Also what stands at the source as a mirror.
    pub forward_mirrors: bool,
    /// What was first published earlier does not pass.
    pub since: Timestamp,
}

/// A letter that is about to be written.
pub(super) struct Draft {
    id: ViaId,
    source: TenantId,
    column: String,
    name: String,
    standing: Flow,
}

impl Draft {
    /// To a portal below: it begins without being asked for.
    pub(super) fn below(id: ViaId, column: reach::ColumnBelow) -> Self {
        Self { id, source: column.tenant_id, column: column.key, name: column.name, standing: Flow::Active }
    }

    /// As evidence binds it.
    pub(super) fn line(&self) -> String {
        format!("{} {} {}", self.id, self.source, self.column)
    }

    pub(super) fn is_among(&self, nodes: &[Node]) -> bool {
        nodes.iter().any(|node| node.tenant_id == self.source.uuid() && node.key == self.column)
    }
}

/// Subscribes a column of this portal to a column of another. It begins at once when the source stands below or said that
/// anybody may; otherwise the source is asked.
///
/// # Errors
/// [`JointError::Loop`] when the column would be fed by itself; [`JointError::OpenAlready`]; [`JointError::Column`].
pub async fn subscribe(
    tx: &SubtreeTx,
    who: &Staff<ManageJoint>,
    sites: &Sites,
    source: &SourceColumn,
    terms: Terms,
    now: Timestamp,
) -> Result<Subscription, JointError> {
    if source.tenant() == tx.tenant() {
        return Err(JointError::Portal);
    }
    let free = source.open() || sites.is_within(source.tenant(), tx.tenant());
    let draft = Draft {
        id: ViaId(tx.ids().new_id(now)),
        source: source.tenant(),
        column: source.key().to_owned(),
        name: source.name().to_owned(),
        standing: if free { Flow::Active } else { Flow::Asked },
    };
    let terms = cleaned(tx, terms).await?;
    begin(tx, who.actor(), std::slice::from_ref(&draft), &terms, now).await?;
    let event = Event::Subscribed {
        subscription: draft.id,
        source: draft.source.to_string(),
        column: draft.column,
        target: terms.target,
        mode: terms.mode,
        standing: draft.standing,
    };
    tx.note(&event, who.actor(), now).await?;
    views::find_subscription(tx, draft.id).await
}

pub(super) async fn cleaned(tx: &TenantTx, mut terms: Terms) -> Result<Terms, JointError> {
    own_column(tx, &terms.target, "target").await?;
    terms.filter = terms.filter.cleaned().map_err(JointError::Filter)?;
    Ok(terms)
}

/// Every column that is fed by a column of this portal, itself included; until the end nobody else draws an edge.
pub(super) async fn fed(tx: &SubtreeTx, target: &str, now: Timestamp) -> Result<Vec<Node>, StoreError> {
    let target = Node { tenant_id: tx.tenant().uuid(), key: target.to_owned() };
    reach::fed_by(tx, &target, now).await
}

pub(super) async fn begin(
    tx: &SubtreeTx,
    actor: &str,
    drafts: &[Draft],
    terms: &Terms,
    now: Timestamp,
) -> Result<(), JointError> {
    let fed = fed(tx, &terms.target, now).await?;
    if drafts.iter().any(|one| one.is_among(&fed)) {
        return Err(JointError::Loop);
    }
    post(tx, actor, drafts, terms, now).await
}

/// Writes the letters, none of which closes a ring.
pub(super) async fn post(
    tx: &SubtreeTx,
    actor: &str,
    drafts: &[Draft],
    terms: &Terms,
    now: Timestamp,
) -> Result<(), JointError> {
    let letter = |one: &Draft| {
        let row = rows::ActiveModel {
            id: Set(one.id),
            column_key: Set(one.column.clone()),
            column_name: Set(one.name.clone()),
            target_key: Set(terms.target.clone()),
            mode: Set(terms.mode.as_str().to_owned()),
            filter: Set(terms.filter.text()),
            forward_mirrors: Set(i32::from(terms.forward_mirrors)),
            since: Set(terms.since.micros()),
            standing: Set(one.standing.as_str().to_owned()),
            asked_at: Set(now.micros()),
            asked_by: Set(actor.to_owned()),
            paused_at: Set(None),
            decided_at: Set(None),
            decided_by: Set(String::new()),
            reason: Set(String::new()),
            version: Set(0),
            ..Default::default()
        };
        (row, one.source)
    };
    tx.post_many::<rows::Entity, _>(drafts.iter().map(letter).collect()).await.map_err(taken)?;
    reach::draw_edges(tx).await?;
    if terms.since < now {
        for one in drafts.iter().filter(|one| one.standing == Flow::Active) {
            fetch(tx, one.id, one.source, terms.since, now).await?;
        }
    }
    Ok(())
}

/// The source will send what was missed since `from`.
async fn fetch(tx: &TenantTx, id: ViaId, source: TenantId, from: Timestamp, now: Timestamp) -> Result<(), JointError> {
    let key = format!("{}:{id}", jobs::CATCH_UP);
    Ok(tx.enqueue_for(source, jobs::CATCH_UP, &key, &jobs::missed(id, from), now, now).await?)
}

fn guarded(was: &Subscription, is: Flow) -> UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::Id.eq(was.id))
        .filter(rows::Column::Version.eq(was.version))
}

/// Moves a subscription: consent and refusal are the source's, pausing and resuming the subscriber's, either end ends it. The
/// source says why. What was placed stays and follows its origin; what waits for review is void when it ends.
///
/// # Errors
/// [`JointError::Missing`] when the move is the other end's; [`JointError::WrongTurn`]; [`JointError::Text`].
pub async fn step(
    tx: &SubtreeTx,
    who: &Staff<ManageJoint>,
    id: ViaId,
    attempted: FlowMove,
    reason: &str,
    now: Timestamp,
) -> Result<Subscription, JointError> {
    reach::in_turn(tx).await?;
    let was = views::find_subscription(tx, id).await?;
    let at_source = was.source == tx.tenant();
    if attempted != FlowMove::End && attempted.is_sources() != at_source {
        return Err(JointError::Missing);
    }
    let is = was.standing.step(attempted)?;
    let over = matches!(is, Flow::Ended | Flow::Refused);
    let reason = said("reason", reason, usize::from(at_source && over))?;
    let mut update = guarded(&was, is)
        .col_expr(rows::Column::DecidedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::DecidedBy, Expr::value(who.actor()))
        .col_expr(rows::Column::Reason, Expr::value(reason.as_str()));
    if is == Flow::Paused {
        update = update.col_expr(rows::Column::PausedAt, Expr::value(now.micros()));
    }
    if at_source {
        tx.change_one(update).await?
    } else {
        tx.change_sent(update).await?
    }
    let mut void = 0;
    if over {
        reach::cut_edge(tx, id).await?;
        void = reach::void_waiting(tx, id, &reason, now).await?;
    }
    match attempted {
        FlowMove::Consent => fetch(tx, id, was.source, was.since, now).await?,
        FlowMove::Resume => fetch(tx, id, was.source, was.paused_at.unwrap_or(now), now).await?,
        _ => {}
    }
    tx.note(&Event::SubscriptionMoved { subscription: id, standing: is, reason, void }, who.actor(), now).await?;
    views::find_subscription(tx, id).await
}

/// The subscriber changes whether its people look first; it holds for what comes from now on.
///
/// # Errors
/// [`JointError::Missing`] at the source; [`JointError::WrongTurn`] when it is over.
pub async fn change_mode(
    tx: &TenantTx,
    who: &Staff<ManageJoint>,
    id: ViaId,
    mode: Mode,
    now: Timestamp,
) -> Result<Subscription, JointError> {
    let was = views::find_subscription(tx, id).await?;
    if was.subscriber != tx.tenant() {
        return Err(JointError::Missing);
    }
    // Only what could still end is open.
    was.standing.step(FlowMove::End)?;
    let update = guarded(&was, was.standing).col_expr(rows::Column::Mode, Expr::value(mode.as_str()));
    tx.change_sent(update).await?;
    tx.note(&Event::SubscriptionChanged { subscription: id, mode }, who.actor(), now).await?;
    views::find_subscription(tx, id).await
}

/// The subscriber changes what passes; it holds for what is judged from now on. What came in earlier stays, and what the old
/// filter stopped is judged anew with its next edition.
///
/// # Errors
/// [`JointError::Missing`] at the source; [`JointError::WrongTurn`] when it is over; [`StoreError::Stale`] when it was changed
/// since `version` was read; [`JointError::Filter`].
pub async fn change_filter(
    tx: &TenantTx,
    who: &Staff<ManageJoint>,
    id: ViaId,
    version: i32,
    filter: Filter,
    now: Timestamp,
) -> Result<Subscription, JointError> {
    let was = views::find_subscription(tx, id).await?;
    if was.subscriber != tx.tenant() {
        return Err(JointError::Missing);
    }
    // Only what could still end is open.
    was.standing.step(FlowMove::End)?;
    if was.version != version {
        return Err(StoreError::Stale.into());
    }
    let filter = filter.cleaned().map_err(JointError::Filter)?;
    let update = guarded(&was, was.standing).col_expr(rows::Column::Filter, Expr::value(filter.text()));
    tx.change_sent(update).await?;
    tx.note(&Event::FilterChanged { subscription: id, filter }, who.actor(), now).await?;
    views::find_subscription(tx, id).await
}
