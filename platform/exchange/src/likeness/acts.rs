//! How a submission comes among those that are compared and leaves them again, and what is done to duplicates. Arrivals and
//! departures at one desk take turns on a row of their own; a cluster changes in one statement.

use base::store::StoreError;
use base::{Staff, TenantTx, Timestamp};
use content::likeness::{Fingerprint, bucket_bytes, buckets_of, sketch_bytes, sketch_of};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, Order, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};

use super::model::{Member, groups, name};
use super::rows::{band, fingerprint, head};
use super::rules::{LikenessRule, LikenessRules};
use crate::submission::{self, DecideSubmission, Submission, SubmissionError, SubmissionId};

/// A stored submission that is like another one.
#[derive(Clone, Debug)]
pub(super) struct Alike {
    pub(super) id: SubmissionId,
    pub(super) cluster: Option<SubmissionId>,
    pub(super) likeness: f64,
}

#[derive(FromQueryResult)]
struct Candidate {
    submission_id: SubmissionId,
}

#[derive(FromQueryResult)]
struct Kept {
    submission_id: SubmissionId,
    thread_id: SubmissionId,
    cluster_id: Option<SubmissionId>,
    sketch: Vec<u8>,
}

/// What is stored here and like a text, most alike first: candidates by the key of the buckets, then each compared by its
/// sketch. Letters of the same thread are left out.
pub(super) async fn alike(
    tx: &TenantTx,
    rule: &LikenessRule,
    one: &Submission,
    print: &Fingerprint,
) -> Result<Vec<Alike>, StoreError> {
    let shared = band::Entity::find()
        .select_only()
        .column(band::Column::SubmissionId)
        .filter(band::Column::Bucket.is_in(print.buckets.iter().copied()))
        .group_by(band::Column::SubmissionId)
        .order_by(band::Column::Bucket.count(), Order::Desc)
        .order_by_desc(band::Column::SubmissionId)
        .limit(rule.candidates);
    let candidates: Vec<Candidate> = tx.pick(shared).await?;
    let others = candidates.into_iter().map(|found| found.submission_id).filter(|id| *id != one.id);
    let kept = kept(tx, fingerprint::Column::SubmissionId.is_in(others).into()).await?;
    let mut alike: Vec<Alike> = kept
        .into_iter()
        .filter(|row| row.thread_id != one.thread)
        .map(|row| Alike {
            id: row.submission_id,
            cluster: row.cluster_id,
            likeness: content::likeness::sketch_likeness(&print.sketch, &sketch_of(&row.sketch), rule.sketch),
        })
        .filter(|found| found.likeness >= rule.threshold)
        .collect();
    alike.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then(a.id.cmp(&b.id)));
    Ok(alike)
}

async fn kept(tx: &TenantTx, which: Condition) -> Result<Vec<Kept>, StoreError> {
    let select = fingerprint::Entity::find().select_only().columns([
        fingerprint::Column::SubmissionId,
        fingerprint::Column::ThreadId,
        fingerprint::Column::ClusterId,
        fingerprint::Column::Sketch,
    ]);
    tx.pick(select.filter(which)).await
}

/// Waits for whoever changes this desk's clusters right now; until the commit nobody else does.
async fn take_turn(tx: &TenantTx) -> Result<(), StoreError> {
    let free = head::ActiveModel { moves: Set(0), ..Default::default() };
    tx.insert_if_free::<head::Entity, _>(free).await?;
    let next = Expr::col(head::Column::Moves).add(1);
    tx.change_one(head::Entity::update_many().col_expr(head::Column::Moves, next)).await
}

/// Puts a submission among those that are compared: its fingerprint, its buckets, and one cluster with everything like it.
/// Done twice, it changes nothing.
pub(super) async fn join(
    tx: &TenantTx,
    rule: &LikenessRule,
    one: &Submission,
    print: &Fingerprint,
) -> Result<(), StoreError> {
    take_turn(tx).await?;
    let there = fingerprint::Entity::find().filter(fingerprint::Column::SubmissionId.eq(one.id));
    if tx.count(there).await? > 0 {
        return Ok(());
    }
    let alike = alike(tx, rule, one, print).await?;
    // Whatever its fellows were called, they are one cluster now, named by the earliest of those names.
    let names = alike.iter().map(|found| found.cluster.unwrap_or(found.id));
    let cluster = names.chain((!alike.is_empty()).then_some(one.id)).min();
    let row = fingerprint::ActiveModel {
        submission_id: Set(one.id),
        thread_id: Set(one.thread),
        cluster_id: Set(cluster),
        rule: Set(rule.effective_from.clone()),
        submitted_at: Set(one.submitted_at.micros()),
        sketch: Set(sketch_bytes(&print.sketch)),
        buckets: Set(bucket_bytes(&print.buckets)),
        ..Default::default()
    };
    tx.insert::<fingerprint::Entity, _>(row).await?;
    let mut buckets = print.buckets.clone();
    buckets.sort_unstable();
    buckets.dedup();
    let bands = buckets.into_iter().map(|bucket| band::ActiveModel {
        bucket: Set(bucket),
        submission_id: Set(one.id),
        ..Default::default()
    });
    tx.insert_many::<band::Entity, _>(bands.collect()).await?;
    if let Some(cluster) = cluster {
        let named: Vec<SubmissionId> = alike.iter().filter_map(|found| found.cluster).collect();
        let lone = alike.iter().filter(|found| found.cluster.is_none()).map(|found| found.id);
        let theirs = Condition::any()
            .add(fingerprint::Column::SubmissionId.is_in(lone))
            .add(fingerprint::Column::ClusterId.is_in(named));
        call(tx, Some(cluster), theirs).await?;
    }
    Ok(())
}

async fn call(tx: &TenantTx, cluster: Option<SubmissionId>, which: Condition) -> Result<(), StoreError> {
    let update =
        fingerprint::Entity::update_many().col_expr(fingerprint::Column::ClusterId, Expr::value(cluster)).filter(which);
    tx.change(update).await.map(drop)
}

/// Takes a submission away from those that are compared. What it held together falls apart where nothing else does. Done
/// twice, it changes nothing.
pub(super) async fn leave(tx: &TenantTx, rules: &LikenessRules, id: SubmissionId) -> Result<(), StoreError> {
    take_turn(tx).await?;
    let mine = fingerprint::Entity::find().filter(fingerprint::Column::SubmissionId.eq(id));
    let Some(row) = tx.one(mine).await? else { return Ok(()) };
    let bands = band::Entity::delete_many()
        .filter(band::Column::Bucket.is_in(buckets_of(&row.buckets)))
        .filter(band::Column::SubmissionId.eq(id));
    tx.remove(bands).await?;
    tx.remove(fingerprint::Entity::delete_many().filter(fingerprint::Column::SubmissionId.eq(id))).await?;
    let (Some(was), Some(rule)) = (row.cluster_id, rules.named(&row.rule)) else { return Ok(()) };
    let rest = kept(tx, fingerprint::Column::ClusterId.eq(was).into()).await?;
    let member = |row: Kept| Member { id: row.submission_id, thread: row.thread_id, sketch: sketch_of(&row.sketch) };
    for group in groups(rest.into_iter().map(member).collect(), rule) {
        let name = name(was, &group);
        if name != Some(was) {
            call(tx, name, fingerprint::Column::SubmissionId.is_in(group).into()).await?;
        }
    }
    Ok(())
}

/// Declines submissions as duplicates, all with one reason that their senders read; all or none.
///
/// # Errors
/// [`SubmissionError::Text`] without a reason; [`SubmissionError::WrongTurn`] when one is decided already.
pub async fn decline_duplicates(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    ids: &[SubmissionId],
    reason: &str,
    now: Timestamp,
) -> Result<(), SubmissionError> {
    for id in ids {
        submission::decline(tx, who, *id, reason, now).await?;
    }
    Ok(())
}
