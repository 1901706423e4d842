//! The superior's side: what an inferior's installation asks and reports, answered in the name of the tenant that it speaks for.

use base::people::Peer;
use base::{Sites, TenantTx, Timestamp};
use content::EditionId;
use content::document::{self, DocumentError};
use content::media::{FileError, Files};
use exchange::OrderId;
use exchange::obligation::{self, Report, Standing};
use exchange::order::{Counts, Kind, OrderState};
use exchange::submission::relay::{self, Posted};
use exchange::submission::{SubmissionRules, Uses};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::rows::peer_receipt;
use super::wire::{EditionItem, Fate, Heard, Letter, OrderItem, Receipt};
use super::{FederationError, portals};

/// Orders and letters that one message lists; settled ones beyond it are history.
const LISTED: u64 = 500;

/// How every order stands for the tenant.
///
/// # Errors
/// [`FederationError`].
pub async fn orders(tx: &TenantTx, sites: &Sites) -> Result<Vec<OrderItem>, FederationError> {
    let told = obligation::told(tx, LISTED).await?;
    let item = |(debt, order): (obligation::Obligation, exchange::order::Order)| OrderItem {
        order: debt.order,
        kind: debt.kind.as_str().to_owned(),
        ended: match debt.kind {
            Kind::Recall => debt.standing == Standing::Proven,
            _ => !matches!(order.state, OrderState::Open | OrderState::Closed) || debt.standing == Standing::Ended,
        },
        document: debt.document,
        edition: debt.edition,
        hours: debt.limit_hours,
        due_at: debt.due_at,
        issued_at: debt.issued_at,
        reason: order.reason,
        target_code: order.target_code,
        issuer: sites.by_id(debt.issuer).map(|site| site.name.to_string()).unwrap_or_default(),
        issued_by: order.issued_by,
        confirmed_by: order.confirmed_by,
        withdrawal: order.withdrawal,
        exemption: debt.exemption.filter(|asked| asked.granted.is_some()),
    };
    Ok(told.into_iter().map(item).collect())
}

async fn opened(tx: &TenantTx, order: OrderId) -> Result<document::EditionView, FederationError> {
    let debt = obligation::find(tx, order).await.map_err(|_| FederationError::Missing)?;
    document::opened_edition(tx, &debt).await.map_err(|error| match error {
        DocumentError::Missing => FederationError::Missing,
        other => other.into(),
    })
}

/// What an order of the tenant is about.
///
/// # Errors
/// [`FederationError::Missing`] when it was taken back, or is nobody's business here.
pub async fn edition(tx: &TenantTx, order: OrderId, now: Timestamp) -> Result<EditionItem, FederationError> {
    let edition = opened(tx, order).await?;
    Ok(EditionItem {
        document: edition.document,
        edition: edition.edition,
        first_published_at: edition.first_published_at.unwrap_or(now),
        fields: edition.fields,
        files: edition.attachments.into_iter().map(|one| one.file).collect(),
    })
}

/// The bytes of a file of what an order is about.
///
/// # Errors
/// [`FederationError::Missing`].
pub async fn file(tx: &TenantTx, files: &Files, order: OrderId, hash: &str) -> Result<Vec<u8>, FederationError> {
    let edition = opened(tx, order).await?;
    if !edition.attachments.iter().any(|one| one.file.hash == hash) {
        return Err(FederationError::Missing);
    }
    Ok(files.get(hash).await?)
}

/// Takes what the inferior reports of its own portals in sum; answers what is held of them one by one.
///
/// # Errors
/// [`FederationError`]; nothing of it is taken then.
pub async fn take_receipts(
    tx: &TenantTx,
    peer: &Peer,
    receipts: Vec<Receipt>,
    now: Timestamp,
) -> Result<Heard, FederationError> {
    let mut listened = Vec::new();
    for receipt in receipts {
        let Some(standing) = Standing::parse(&receipt.standing) else { continue };
        let debt = match obligation::find(tx, receipt.order).await {
            Ok(debt) => debt,
            // Not this tenant's: whoever says it learns nothing.
            Err(_) => continue,
        };
        let report = Report {
            order: receipt.order,
            edition: EditionId(receipt.edition.0),
            standing,
            published_at: receipt.published_at,
            proven_at: receipt.proven_at,
            url: receipt.url,
            failure: receipt.failure,
            exemption: receipt.exemption,
        };
        obligation::reported(tx, peer, &report, now).await?;
        let old = peer_receipt::Entity::delete_many().filter(peer_receipt::Column::OrderId.eq(receipt.order));
        tx.remove(old).await?;
        let row = peer_receipt::ActiveModel {
            order_id: Set(receipt.order),
            issuer_id: Set(debt.issuer),
            counts: Set(receipt.counts.to_string()),
            at: Set(now.micros()),
            ..Default::default()
        };
        tx.insert(row).await?;
        listened.push(receipt.order);
    }
    Ok(Heard { held: portals::held(tx, peer, &listened).await? })
}

/// What the inferior reported under one order.
#[derive(Clone, Debug)]
pub struct Reported {
    /// Which order.
    pub order: OrderId,
    /// By the words of the board.
    pub counts: serde_json::Value,
    /// When.
    pub at: Timestamp,
}

impl From<&Reported> for Counts {
    fn from(reported: &Reported) -> Self {
        let number = |name: &str| reported.counts.get(name).and_then(serde_json::Value::as_i64).unwrap_or_default();
        Self {
            waiting: number("waiting"),
            live_unverified: number("live_unverified"),
            verified_on_time: number("verified_on_time"),
            verified_late: number("verified_late"),
            overdue: number("overdue"),
            exempt: number("exempt"),
            failed: number("failed"),
            ended: number("ended"),
        }
    }
}

/// What an inferior's installation reported in sum under one order, when it did.
///
/// # Errors
/// [`base::StoreError`].
pub async fn summed(tx: &TenantTx, order: OrderId) -> Result<Option<Reported>, base::StoreError> {
    let select = peer_receipt::Entity::find().filter(peer_receipt::Column::OrderId.eq(order));
    Ok(tx.one(select).await?.map(read))
}

fn read(row: peer_receipt::Model) -> Reported {
    let counts = serde_json::from_str(&row.counts).unwrap_or_default();
    Reported { order: row.order_id, counts, at: Timestamp(row.at) }
}

/// What the inferior reported, newest first.
///
/// # Errors
/// [`base::StoreError`].
pub async fn reports(tx: &TenantTx) -> Result<Vec<Reported>, base::StoreError> {
    let select = peer_receipt::Entity::find().order_by_desc(peer_receipt::Column::At).limit(LISTED);
    Ok(tx.all(select).await?.into_iter().map(read).collect())
}

/// Takes a letter of the inferior's to this tenant's superior; its files came before.
///
/// # Errors
/// [`FederationError::Files`] naming those that did not.
pub async fn take_letter(
    tx: &TenantTx,
    peer: &Peer,
    sites: &Sites,
    files: &Files,
    letter: Letter,
    rules: &SubmissionRules,
    now: Timestamp,
) -> Result<Fate, FederationError> {
    let mut missing = Vec::new();
    for file in &letter.files {
        match files.has(&file.hash).await {
            Ok(true) => {}
            Ok(false) | Err(FileError::Name) => missing.push(file.hash.clone()),
            Err(error) => return Err(error.into()),
        }
    }
    if !missing.is_empty() {
        return Err(FederationError::Files(missing));
    }
    let posted = Posted {
        id: letter.submission,
        thread: letter.thread,
        document: letter.document,
        edition: letter.edition,
        uses: Uses { site: letter.for_site, brief: letter.for_brief },
        fields: letter.fields,
        files: letter.files,
        content_hash: letter.content_hash,
        provenance: letter.provenance,
        note: letter.note,
        submitted_at: letter.submitted_at,
        submitted_by: letter.submitted_by,
        recalled: letter.recalled,
        news: letter.news,
    };
    Ok(fate(relay::post(tx, peer, sites, posted, rules, now).await?))
}

/// What became of the tenant's letters.
///
/// # Errors
/// [`FederationError`].
pub async fn fates(tx: &TenantTx) -> Result<Vec<Fate>, FederationError> {
    Ok(relay::to_report(tx, LISTED).await?.into_iter().map(fate).collect())
}

fn fate(one: exchange::submission::Submission) -> Fate {
    Fate {
        submission: one.id,
        standing: one.standing.as_str().to_owned(),
        holder: one.holder,
        reason: one.reason,
        decided_by: one.decided_by,
        address: one.address,
    }
}
