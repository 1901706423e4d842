//! What joint columns show to surfaces: the queue of what came, the box of what was sent, members and subscriptions as each
//! end sees them.

use base::listing::{Cursor, Page};
use base::store::{Held, StoreError};
use base::{TenantId, TenantTx, Timestamp};
use content::document::{EditionKey, EditionRow};
use content::{DocumentId, EditionId};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::Expr,
};

use super::ViaId;
use super::model::{Channel, Item, ItemKey, JointError, Member, Mode, Subscription};
use super::rows::{item, member, open, subscription};
use super::standing::{Flow, Membership, Standing};

/// One line of a box; lists need no texts.
#[derive(Clone, Debug, FromQueryResult)]
#[allow(missing_docs)]
pub struct ItemRow {
    pub via_id: ViaId,
    pub document_id: DocumentId,
    pub channel: String,
    pub tenant_id: TenantId,
    pub sender_id: TenantId,
    pub origin_id: TenantId,
    pub target_key: String,
    pub title: String,
    pub source: String,
    pub standing: String,
    pub arrived_at: i64,
    pub decided_at: Option<i64>,
    pub decided_by: String,
    pub reason: String,
    pub address: String,
}

fn listed(standings: &[Standing], after: Option<Cursor>, limit: u64) -> Select<item::Entity> {
    use item::Column as C;
    let mut select = item::Entity::find()
        .select_only()
        .columns([
            C::ViaId,
            C::DocumentId,
            C::Channel,
            C::TenantId,
            C::SenderId,
            C::OriginId,
            C::TargetKey,
            C::Title,
            C::Source,
            C::Standing,
            C::ArrivedAt,
            C::DecidedAt,
            C::DecidedBy,
            C::Reason,
            C::Address,
        ])
        .order_by_desc(C::ArrivedAt)
        .order_by_desc(C::DocumentId)
        .limit(limit + 1);
    if !standings.is_empty() {
        select = select.filter(C::Standing.is_in(standings.iter().map(|one| one.as_str())));
    }
    if let Some(after) = after {
        let older = Expr::col(C::ArrivedAt).lt(after.at);
        let same = Expr::col(C::ArrivedAt).eq(after.at).and(Expr::col(C::DocumentId).lt(after.id));
        select = select.filter(Condition::any().add(older).add(same));
    }
    select
}

fn cut(rows: Vec<ItemRow>, limit: u64) -> Page<ItemRow> {
    Page::cut(rows, limit as usize, |row| Cursor { at: row.arrived_at, id: row.document_id.0 }.text())
}

/// One page of what came in, newest first; of these standings, or of all when none is named.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn items_received(
    tx: &TenantTx,
    standings: &[Standing],
    after: Option<Cursor>,
    limit: u64,
) -> Result<Page<ItemRow>, StoreError> {
    Ok(cut(tx.pick(listed(standings, after, limit)).await?, limit))
}

/// One page of what went out through a channel, newest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn items_sent(
    tx: &TenantTx,
    channel: Channel,
    standings: &[Standing],
    after: Option<Cursor>,
    limit: u64,
) -> Result<Page<ItemRow>, StoreError> {
    let select = listed(standings, after, limit).filter(item::Column::Channel.eq(channel.as_str()));
    Ok(cut(tx.pick_sent(select).await?, limit))
}

/// How many items wait for a person here.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn waiting(tx: &TenantTx) -> Result<u64, StoreError> {
    tx.count(item::Entity::find().filter(item::Column::Standing.eq(Standing::InReview.as_str()))).await
}

/// One item as either of its two ends sees it; only the receiver's opens the edition.
///
/// # Errors
/// [`JointError::Missing`].
pub async fn find_item(tx: &TenantTx, key: ItemKey) -> Result<Item, JointError> {
    if let Some(held) = tx.hold(by_key(key)).await?.into_iter().next() {
        return Ok(Item::try_from(held)?);
    }
    find_item_sent(tx, key).await
}

pub(super) fn by_key(key: ItemKey) -> Select<item::Entity> {
    item::Entity::find().filter(item::Column::ViaId.eq(key.via)).filter(item::Column::DocumentId.eq(key.document))
}

pub(super) async fn find_item_received(tx: &TenantTx, key: ItemKey) -> Result<Item, JointError> {
    let held = tx.hold(by_key(key)).await?.into_iter().next().ok_or(JointError::Missing)?;
    Ok(Item::try_from(held)?)
}

pub(super) async fn find_item_sent(tx: &TenantTx, key: ItemKey) -> Result<Item, JointError> {
    let row = tx.sent(by_key(key)).await?.into_iter().next().ok_or(JointError::Missing)?;
    Ok(Item::try_from(row)?)
}

/// Items of mine, each with its key to the edition.
pub(super) async fn held(tx: &TenantTx, select: Select<item::Entity>) -> Result<Vec<Item>, StoreError> {
    tx.hold(select).await?.into_iter().map(Item::try_from).collect()
}

/// The columns that this portal may contribute to, or is asked to; open ones first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn memberships(tx: &TenantTx) -> Result<Vec<Member>, StoreError> {
    let select = member::Entity::find().order_by_desc(member::Column::InvitedAt).order_by_desc(member::Column::Id);
    members(tx.received(select).await?)
}

/// The members of this portal's joint columns, column by column.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn members_of_mine(tx: &TenantTx) -> Result<Vec<Member>, StoreError> {
    let select = member::Entity::find()
        .order_by_asc(member::Column::ColumnKey)
        .order_by_desc(member::Column::InvitedAt)
        .order_by_desc(member::Column::Id);
    members(tx.sent(select).await?)
}

fn members(rows: Vec<member::Model>) -> Result<Vec<Member>, StoreError> {
    let mut found: Vec<Member> = rows.into_iter().map(Member::try_from).collect::<Result<_, _>>()?;
    found.sort_by_key(|one| !Membership::OPEN.contains(&one.standing));
    Ok(found)
}

/// One membership as either end sees it.
///
/// # Errors
/// [`JointError::Missing`].
pub async fn find_member(tx: &TenantTx, id: ViaId) -> Result<Member, JointError> {
    let by_id = || member::Entity::find().filter(member::Column::Id.eq(id));
    let row = match tx.received(by_id()).await?.into_iter().next() {
        Some(row) => Some(row),
        None => tx.sent(by_id()).await?.into_iter().next(),
    };
    Ok(Member::try_from(row.ok_or(JointError::Missing)?)?)
}

/// The subscriptions that feed this portal; open ones first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn as_subscriber(tx: &TenantTx) -> Result<Vec<Subscription>, StoreError> {
    flows(tx.sent(newest()).await?)
}

/// The subscriptions that this portal feeds; open ones first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn as_source(tx: &TenantTx) -> Result<Vec<Subscription>, StoreError> {
    flows(tx.received(newest()).await?)
}

fn newest() -> Select<subscription::Entity> {
    subscription::Entity::find()
        .order_by_desc(subscription::Column::AskedAt)
        .order_by_desc(subscription::Column::Id)
        .limit(1000)
}

fn flows(rows: Vec<subscription::Model>) -> Result<Vec<Subscription>, StoreError> {
    let mut found: Vec<Subscription> = rows.into_iter().map(Subscription::try_from).collect::<Result<_, _>>()?;
    found.sort_by_key(|one| !Flow::OPEN.contains(&one.standing));
    Ok(found)
}

/// One subscription as either end sees it.
///
/// # Errors
/// [`JointError::Missing`].
pub async fn find_subscription(tx: &TenantTx, id: ViaId) -> Result<Subscription, JointError> {
    let by_id = || subscription::Entity::find().filter(subscription::Column::Id.eq(id));
    let row = match tx.sent(by_id()).await?.into_iter().next() {
        Some(row) => Some(row),
        None => tx.received(by_id()).await?.into_iter().next(),
    };
    Ok(Subscription::try_from(row.ok_or(JointError::Missing)?)?)
}

/// Keys of the columns that anybody may subscribe to.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn open_columns(tx: &TenantTx) -> Result<Vec<String>, StoreError> {
    Ok(tx.all(open::Entity::find()).await?.into_iter().map(|row| row.column_key).collect())
}

impl EditionRow for item::Model {
    fn names(&self) -> Option<(TenantId, EditionId)> {
        let closed = Standing::CLOSED.map(Standing::as_str).contains(&self.standing.as_str());
        (!closed).then_some((self.origin_id, self.edition_id))
    }
}

fn unreadable(table: &'static str, what: &str, id: ViaId) -> StoreError {
    StoreError::Suspicious { table, what: format!("{what} of {id}") }
}

impl TryFrom<Held<item::Model>> for Item {
    type Error = StoreError;

    fn try_from(held: Held<item::Model>) -> Result<Self, StoreError> {
        let opens = EditionKey::of(&held);
        Ok(Self { opens, ..Self::try_from(held.into_row())? })
    }
}

/// A letter that was sent: it opens nothing for its sender.
impl TryFrom<item::Model> for Item {
    type Error = StoreError;

    fn try_from(row: item::Model) -> Result<Self, StoreError> {
        let bad = |what: &str| unreadable("joint_item", what, row.via_id);
        Ok(Self {
            channel: Channel::parse(&row.channel).ok_or_else(|| bad("channel"))?,
            standing: Standing::parse(&row.standing).ok_or_else(|| bad("standing"))?,
            key: ItemKey { via: row.via_id, document: row.document_id },
            receiver: row.tenant_id,
            sender: row.sender_id,
            origin: row.origin_id,
            edition: row.edition_id,
            target: row.target_key,
            title: row.title,
            source: row.source,
            column_type: row.column_kind,
            note: row.note,
            arrived_at: Timestamp(row.arrived_at),
            arrived_by: row.arrived_by,
            decided_at: row.decided_at.map(Timestamp),
            decided_by: row.decided_by,
            reason: row.reason,
            address: row.address,
            version: row.version,
            opens: None,
        })
    }
}

impl TryFrom<member::Model> for Member {
    type Error = StoreError;

    fn try_from(row: member::Model) -> Result<Self, StoreError> {
        let bad = |what: &str| unreadable("joint_member", what, row.id);
        Ok(Self {
            mode: Mode::parse(&row.mode).ok_or_else(|| bad("mode"))?,
            standing: Membership::parse(&row.standing).ok_or_else(|| bad("standing"))?,
            id: row.id,
            member: row.tenant_id,
            owner: row.owner_id,
            column: row.column_key,
            column_name: row.column_name,
            note: row.note,
            invited_at: Timestamp(row.invited_at),
            invited_by: row.invited_by,
            decided_at: row.decided_at.map(Timestamp),
            reason: row.reason,
            version: row.version,
        })
    }
}

impl TryFrom<subscription::Model> for Subscription {
    type Error = StoreError;

    fn try_from(row: subscription::Model) -> Result<Self, StoreError> {
        let bad = |what: &str| unreadable("joint_subscription", what, row.id);
        Ok(Self {
            mode: Mode::parse(&row.mode).ok_or_else(|| bad("mode"))?,
            standing: Flow::parse(&row.standing).ok_or_else(|| bad("standing"))?,
            filter: serde_json::from_str(&row.filter).map_err(|_| bad("filter"))?,
            id: row.id,
            source: row.tenant_id,
            subscriber: row.subscriber_id,
            column: row.column_key,
            column_name: row.column_name,
            target: row.target_key,
            forward_mirrors: row.forward_mirrors != 0,
            since: Timestamp(row.since),
            asked_at: Timestamp(row.asked_at),
            asked_by: row.asked_by,
            paused_at: row.paused_at.map(Timestamp),
            decided_at: row.decided_at.map(Timestamp),
            reason: row.reason,
            version: row.version,
        })
    }
}
