//! What becomes of an item further up, told to every hand that it went through: where it stands, who holds it, where the
//! public finds it and how often. Earlier senders read no upper letter; they get one of their own about it.

use std::collections::{HashMap, HashSet};

use base::store::StoreError;
use base::{Sites, TenantId, TenantTx, Timestamp};
use content::DocumentId;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};

use super::model::{Standing, Submission};
use super::rows::fate as rows;
use super::{SubmissionId, jobs};

/// What became of a document of mine at one portal above.
#[derive(Clone, Debug)]
pub struct Fate {
    /// The letter that reached that portal.
    pub submission: SubmissionId,
    /// The portal.
    pub at: TenantId,
    /// Where it stands there.
    pub standing: Standing,
    /// Who holds it there.
    pub holder: String,
    /// Path on that portal; empty before it is published.
    pub address: String,
    /// How often the public looked at it there, without robots.
    pub views: i64,
    /// When it reached that portal.
    pub submitted_at: Timestamp,
}

/// Key of the job that tells about one letter.
pub(super) fn key(id: SubmissionId) -> String {
    format!("fate:{id}")
}

/// Leaves the telling to a job, when there is anybody to tell: earlier hands always, the sender itself from publication on,
/// when visits are counted.
pub(super) async fn tell(tx: &TenantTx, was: &Submission, is: Standing, now: Timestamp) -> Result<(), StoreError> {
    if was.provenance.len() < 2 && !matches!(is, Standing::Published | Standing::Superseded) {
        return Ok(());
    }
    tx.enqueue(jobs::FATE, &key(was.id), &jobs::about(was.id), now, now).await
}

/// Writes what every hand of a letter may know of it. Done twice, it says the same.
pub(super) async fn write(tx: &TenantTx, sites: &Sites, one: &Submission, now: Timestamp) -> Result<(), StoreError> {
    let named: HashSet<&str> = one.provenance.iter().map(|hop| hop.tenant.as_str()).collect();
    let known: HashMap<String, TenantId> = sites
        .all()
        .iter()
        .map(|site| (site.tenant.to_string(), site.tenant))
        .filter(|(id, _)| named.contains(id.as_str()))
        .collect();
    let mut told = HashSet::new();
    for hop in &one.provenance {
        // Who moved to another superior since, or is gone, is told nothing.
        let to = known.get(&hop.tenant).filter(|to| **to != tx.tenant() && sites.is_within(**to, tx.tenant()));
        if let Some(to) = to.filter(|to| told.insert((**to, hop.document))) {
            put(tx, *to, hop.document, one, now).await?;
        }
    }
    Ok(())
}

async fn put(
    tx: &TenantTx,
    to: TenantId,
    document: DocumentId,
    one: &Submission,
    now: Timestamp,
) -> Result<(), StoreError> {
    let published = one.adopted_document.filter(|_| !one.address.is_empty());
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(one.standing.as_str()))
        .col_expr(rows::Column::Holder, Expr::value(one.holder.as_str()))
        .col_expr(rows::Column::Address, Expr::value(one.address.as_str()))
        .col_expr(rows::Column::PublishedDocument, Expr::value(published))
        .col_expr(rows::Column::ChangedAt, Expr::value(now.micros()))
        .filter(rows::Column::TenantId.eq(to))
        .filter(rows::Column::DocumentId.eq(document))
        .filter(rows::Column::SubmissionId.eq(one.id));
    match tx.change_sent(update).await {
        Err(StoreError::Stale) => {}
        done => return done,
    }
    let row = rows::ActiveModel {
        document_id: Set(document),
        submission_id: Set(one.id),
        standing: Set(one.standing.as_str().to_owned()),
        holder: Set(one.holder.clone()),
        address: Set(one.address.clone()),
        published_document: Set(published),
        views: Set(0),
        submitted_at: Set(one.submitted_at.micros()),
        changed_at: Set(now.micros()),
        ..Default::default()
    };
    tx.post::<rows::Entity, _>(row, to).await
}

/// What became of a document of mine, the nearest portal first.
///
/// # Errors
/// [`StoreError`].
pub async fn fates(tx: &TenantTx, document: DocumentId) -> Result<Vec<Fate>, StoreError> {
    let select = rows::Entity::find()
        .filter(rows::Column::DocumentId.eq(document))
        .order_by_asc(rows::Column::SubmittedAt)
        .order_by_asc(rows::Column::SubmissionId);
    tx.all(select).await?.into_iter().map(Fate::try_from).collect()
}

/// How often the public looked at what became of some submissions of mine, by submission.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn views_of(tx: &TenantTx, sent: &[SubmissionId]) -> Result<HashMap<SubmissionId, i64>, StoreError> {
    if sent.is_empty() {
        return Ok(HashMap::new());
    }
    let select = rows::Entity::find().filter(rows::Column::SubmissionId.is_in(sent.iter().copied()));
    Ok(tx.all(select).await?.into_iter().map(|row| (row.submission_id, row.views)).collect())
}

impl TryFrom<rows::Model> for Fate {
    type Error = StoreError;

    fn try_from(row: rows::Model) -> Result<Self, StoreError> {
        let unreadable =
            || StoreError::Suspicious { table: "submission_fate", what: format!("standing of {}", row.submission_id) };
        Ok(Self {
            standing: Standing::parse(&row.standing).ok_or_else(unreadable)?,
            submission: row.submission_id,
            at: row.publisher_id,
            holder: row.holder,
            address: row.address,
            views: row.views,
            submitted_at: Timestamp(row.submitted_at),
        })
    }
}
