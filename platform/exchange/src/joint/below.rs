//! Flows that are declared for a whole subtree: what is there is subscribed to at once, and whoever joins later by the platform,
//! until the declaration is ended. What people ended or refused once is not begun again.

use base::queue::{Claimed, Outcome};
use base::store::StoreError;
use base::{Staff, Store, SubtreeTx, TenantId, TenantTx, Timestamp, sm3_hex};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, UpdateMany, sea_query::Expr};
use serde::Deserialize;

use super::filter::Filter;
use super::model::{Event, JointError, Mode};
use super::reach::{self, But};
use super::rows::below as rows;
use super::subscriptions::{self, Draft, Terms};
use super::{ManageJoint, ViaId};

/// Which columns below.
#[derive(Clone, Debug)]
pub struct Below {
    /// The portal and all below it; the subscriber itself or somebody in its subtree.
    pub root: TenantId,
    /// A standard code; or else
    pub code: String,
    /// the type of column.
    pub kind: String,
}

/// A flow that was declared for a whole subtree.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Declaration {
    pub id: ViaId,
    pub below: Below,
    pub terms: Terms,
    /// Whoever joins is subscribed to.
    pub active: bool,
    pub declared_at: Timestamp,
    pub declared_by: String,
    /// Changes with every change; whoever edits the filter names the one that was read.
    pub version: i32,
}

/// Name of the job that subscribes to portals that joined.
pub const JOIN: &str = "joint.join";
/// Minutes between two looks for columns that are new at portals that were there; a portal that joins wakes the job.
const LOOK_MINUTES: i64 = 60;
/// Most columns that one act subscribes to.
const MOST: usize = 5_000;
const ACTIVE: &str = "active";

fn key(id: ViaId) -> String {
    format!("{JOIN}:{id}")
}

/// Subscribes a column of this portal to the same column of everybody below, in one act: what it does not feed yet. Portals
/// that join later are subscribed to on the same terms. Said once more for the same columns, the newer terms hold for those.
///
/// # Errors
/// [`JointError::NothingBelow`]; [`JointError::Loop`] when one of them is fed by the target.
pub async fn subscribe_below(
    tx: &SubtreeTx,
    who: &Staff<ManageJoint>,
    below: Below,
    terms: Terms,
    now: Timestamp,
) -> Result<usize, JointError> {
    let terms = subscriptions::cleaned(tx, terms).await?;
    if below.code.is_empty() && below.kind.is_empty() {
        return Err(JointError::Column("code"));
    }
    let drafts = drafts(tx, &below, &terms.target, But::Feeding, now).await?;
    if drafts.is_empty() || drafts.len() > MOST {
        return Err(JointError::NothingBelow);
    }
    subscriptions::begin(tx, who.actor(), &drafts, &terms, now).await?;
    let declaration = declare(tx, who.actor(), &below, &terms, now).await?;
    let event = Event::SubscribedBelow {
        declaration,
        below: below.root.to_string(),
        columns: drafts.len(),
        target: terms.target,
        mode: terms.mode,
        digest: digest(&drafts),
    };
    tx.note(&event, who.actor(), now).await?;
    tx.enqueue(JOIN, &key(declaration), &about(declaration), now.plus_minutes(LOOK_MINUTES), now).await?;
    Ok(drafts.len())
}

async fn drafts(
    tx: &SubtreeTx,
    below: &Below,
    target: &str,
    but: But,
    now: Timestamp,
) -> Result<Vec<Draft>, StoreError> {
    let columns = reach::columns_below(tx, below.root, &below.code, &below.kind, target, but).await?;
    Ok(columns.into_iter().map(|column| Draft::below(ViaId(tx.ids().new_id(now)), column)).collect())
}

/// One entry binds them all, as an order binds its audience.
fn digest(drafts: &[Draft]) -> String {
    let lines: Vec<String> = drafts.iter().map(Draft::line).collect();
    sm3_hex(lines.join("\n").as_bytes())
}

async fn declare(
    tx: &TenantTx,
    actor: &str,
    below: &Below,
    terms: &Terms,
    now: Timestamp,
) -> Result<ViaId, JointError> {
    let same = rows::Entity::find()
        .filter(rows::Column::RootId.eq(below.root))
        .filter(rows::Column::Code.eq(below.code.as_str()))
        .filter(rows::Column::Kind.eq(below.kind.as_str()))
        .filter(rows::Column::TargetKey.eq(terms.target.as_str()))
        .filter(rows::Column::Standing.eq(ACTIVE));
    if let Some(row) = tx.one(same).await? {
        let update = guarded(row.id, row.version)
            .col_expr(rows::Column::Mode, Expr::value(terms.mode.as_str()))
            .col_expr(rows::Column::Filter, Expr::value(terms.filter.text()))
            .col_expr(rows::Column::ForwardMirrors, Expr::value(i32::from(terms.forward_mirrors)))
            .col_expr(rows::Column::Since, Expr::value(terms.since.micros()));
        tx.change_one(update).await?;
        return Ok(row.id);
    }
    let id = ViaId(tx.ids().new_id(now));
    let row = rows::ActiveModel {
        id: Set(id),
        root_id: Set(below.root),
        code: Set(below.code.clone()),
        kind: Set(below.kind.clone()),
        target_key: Set(terms.target.clone()),
        mode: Set(terms.mode.as_str().to_owned()),
        filter: Set(terms.filter.text()),
        forward_mirrors: Set(i32::from(terms.forward_mirrors)),
        since: Set(terms.since.micros()),
        standing: Set(ACTIVE.to_owned()),
        declared_at: Set(now.micros()),
        declared_by: Set(actor.to_owned()),
        ended_at: Set(None),
        ended_by: Set(String::new()),
        version: Set(0),
        ..Default::default()
    };
    tx.insert(row).await?;
    Ok(id)
}

fn guarded(id: ViaId, version: i32) -> UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::Version, Expr::value(version + 1))
        .filter(rows::Column::Id.eq(id))
        .filter(rows::Column::Version.eq(version))
        .filter(rows::Column::Standing.eq(ACTIVE))
}

/// The flows that this portal declared for a subtree; those that are active first, and the newest of them.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn declarations(tx: &TenantTx) -> Result<Vec<Declaration>, StoreError> {
    let select = rows::Entity::find()
        .order_by_asc(rows::Column::Standing)
        .order_by_desc(rows::Column::DeclaredAt)
        .order_by_desc(rows::Column::Id);
    tx.all(select).await?.into_iter().map(Declaration::try_from).collect()
}

/// One of them.
///
/// # Errors
/// [`JointError::Missing`].
pub async fn find_declaration(tx: &TenantTx, id: ViaId) -> Result<Declaration, JointError> {
    let row = tx.one(rows::Entity::find().filter(rows::Column::Id.eq(id))).await?;
    Ok(Declaration::try_from(row.ok_or(JointError::Missing)?)?)
}

/// What whoever joins from now on lets through; the subscriptions that there are keep theirs.
///
/// # Errors
/// [`StoreError::Stale`] when it was changed or ended since `version` was read; [`JointError::Filter`].
pub async fn change_declared_filter(
    tx: &TenantTx,
    who: &Staff<ManageJoint>,
    id: ViaId,
    version: i32,
    filter: Filter,
    now: Timestamp,
) -> Result<Declaration, JointError> {
    find_declaration(tx, id).await?;
    let filter = filter.cleaned().map_err(JointError::Filter)?;
    tx.change_one(guarded(id, version).col_expr(rows::Column::Filter, Expr::value(filter.text()))).await?;
    tx.note(&Event::FilterChanged { subscription: id, filter }, who.actor(), now).await?;
    find_declaration(tx, id).await
}

/// Nobody who joins is subscribed to any more. The subscriptions that there are go on.
///
/// # Errors
/// [`StoreError::Stale`] when it is over already.
pub async fn end_declaration(
    tx: &TenantTx,
    who: &Staff<ManageJoint>,
    id: ViaId,
    now: Timestamp,
) -> Result<Declaration, JointError> {
    let was = find_declaration(tx, id).await?;
    let update = guarded(id, was.version)
        .col_expr(rows::Column::Standing, Expr::value("ended"))
        .col_expr(rows::Column::EndedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::EndedBy, Expr::value(who.actor()));
    tx.change_one(update).await?;
    tx.note(&Event::BelowEnded { declaration: id }, who.actor(), now).await?;
    find_declaration(tx, id).await
}

#[derive(Deserialize)]
struct About {
    declaration: ViaId,
}

fn about(id: ViaId) -> String {
    format!("{{\"declaration\":\"{id}\"}}")
}

/// Subscribes to the columns of portals that joined since the last look. Most looks find nobody: they read, and write nothing.
///
/// # Errors
/// [`JointError`]; the job is tried again.
pub async fn join(store: &Store, job: &Claimed, now: Timestamp) -> Result<Outcome, JointError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let tx = store.overlook(job.reach()).await?;
    let Some(one) = active(&tx, about.declaration).await? else { return Ok(Outcome::Done) };
    let (below, target) = (&one.below, &one.terms.target);
    let next = Outcome::Again(now.plus_minutes(LOOK_MINUTES));
    if reach::columns_below(&tx, below.root, &below.code, &below.kind, target, But::EverFed).await?.is_empty() {
        return Ok(next);
    }
    drop(tx);
    let tx = store.subtree(job.reach()).await?;
    match let_in(&tx, about.declaration, now).await {
        // The column is gone, or people were quicker: looked at again at the next look.
        Err(JointError::Column(_) | JointError::OpenAlready | JointError::Store(StoreError::Stale)) => {}
        other => {
            other?;
            tx.commit().await?;
        }
    }
    Ok(next)
}

async fn active(tx: &TenantTx, id: ViaId) -> Result<Option<Declaration>, JointError> {
    match find_declaration(tx, id).await {
        Ok(one) => Ok(Some(one).filter(|one| one.active)),
        Err(JointError::Missing) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Read once more under the lock of the graph; a column that would close a ring is passed over, and counted.
async fn let_in(tx: &SubtreeTx, id: ViaId, now: Timestamp) -> Result<(), JointError> {
    let Some(one) = active(tx, id).await? else { return Ok(()) };
    subscriptions::cleaned(tx, one.terms.clone()).await?;
    let fed = subscriptions::fed(tx, &one.terms.target, now).await?;
    let mut drafts = drafts(tx, &one.below, &one.terms.target, But::EverFed, now).await?;
    let found = drafts.len();
    drafts.retain(|draft| !draft.is_among(&fed));
    let rings = found - drafts.len();
    drafts.truncate(MOST);
    if drafts.is_empty() {
        return Ok(());
    }
    subscriptions::post(tx, base::duty::PLATFORM, &drafts, &one.terms, now).await?;
    let event = Event::JoinedBelow { declaration: id, columns: drafts.len(), rings, digest: digest(&drafts) };
    tx.note(&event, base::duty::PLATFORM, now).await?;
    Ok(())
}

impl TryFrom<rows::Model> for Declaration {
    type Error = StoreError;

    fn try_from(row: rows::Model) -> Result<Self, StoreError> {
        let bad = |what: &str| StoreError::Suspicious { table: "joint_below", what: format!("{what} of {}", row.id) };
        let terms = Terms {
            mode: Mode::parse(&row.mode).ok_or_else(|| bad("mode"))?,
            filter: serde_json::from_str(&row.filter).map_err(|_| bad("filter"))?,
            target: row.target_key,
            forward_mirrors: row.forward_mirrors != 0,
            since: Timestamp(row.since),
        };
        Ok(Self {
            id: row.id,
            below: Below { root: row.root_id, code: row.code, kind: row.kind },
            terms,
            active: row.standing == ACTIVE,
            declared_at: Timestamp(row.declared_at),
            declared_by: row.declared_by,
            version: row.version,
        })
    }
}
