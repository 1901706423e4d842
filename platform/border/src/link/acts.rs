//! Verbs of findings: gathered, recorded, called right.

use base::store::StoreError;
use base::{Staff, TenantTx, Timestamp, sm3_hex};
use content::DocumentId;
use content::link::{KeepLinks, LinkRule};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use url::Url;

use super::judge::Verdict;
use super::model::{Event, Fault, Finding, FindingError, Move, Standing};
use super::news;
use super::rows;

/// One address to be looked at.
pub(super) struct Due {
    pub subject: DocumentId,
    pub key: String,
    pub url: Url,
}

/// Remembers the addresses to which a subject leads now, and forgets those to which it no longer does. `hidden` ones are
/// findings at once.
pub(super) async fn gather(
    tx: &TenantTx,
    subject: DocumentId,
    of_entry: bool,
    title: &str,
    (links, hidden): (&[Url], &[Url]),
    rule: &LinkRule,
    now: Timestamp,
) -> Result<(), StoreError> {
    let keys: Vec<String> = links.iter().map(|url| sm3_hex(url.as_str().as_bytes())).collect();
    let gone = rows::Entity::delete_many()
        .filter(rows::Column::SubjectId.eq(subject))
        .filter(rows::Column::UrlKey.is_not_in(keys.iter().map(String::as_str)));
    tx.remove(gone).await?;
    let titled = rows::Entity::update_many()
        .col_expr(rows::Column::Title, Expr::value(title))
        .filter(rows::Column::SubjectId.eq(subject));
    tx.change(titled).await?;
    for (url, key) in links.iter().zip(keys) {
        let row = rows::ActiveModel {
            subject_id: Set(subject),
            url_key: Set(key.clone()),
            url: Set(url.to_string()),
            of_entry: Set(i32::from(of_entry)),
            title: Set(title.to_owned()),
            standing: Set(Standing::Unseen.as_str().to_owned()),
            kind: Set(String::new()),
            detail: Set(String::new()),
            misses: Set(0),
            checked_at: Set(None),
            next_at: Set(now.micros()),
            found_at: Set(None),
            note: Set(String::new()),
            noted_by: Set(String::new()),
            version: Set(0),
            ..Default::default()
        };
        tx.insert_if_free(row).await?;
        if hidden.contains(url) {
            let due = Due { subject, key, url: url.clone() };
            record(tx, &due, &Verdict::Condemned(Fault::Hidden, "no_words".to_owned()), rule, now).await?;
        }
    }
    Ok(())
}

/// The addresses whose time to be looked at has come, the longest waiting first.
pub(super) async fn due(tx: &TenantTx, limit: u64, now: Timestamp) -> Result<Vec<Due>, StoreError> {
    use sea_orm::QueryOrder;
    let select = rows::Entity::find()
        .filter(rows::Column::NextAt.lte(now.micros()))
        .order_by_asc(rows::Column::NextAt)
        .limit(limit);
    let rows = tx.all(select).await?;
    let read =
        |row: rows::Model| Some(Due { subject: row.subject_id, key: row.url_key, url: Url::parse(&row.url).ok()? });
    Ok(rows.into_iter().filter_map(read).collect())
}

/// When the next address is to be looked at.
pub(super) async fn next(tx: &TenantTx) -> Result<Option<Timestamp>, StoreError> {
    use sea_orm::QueryOrder;
    let row = tx.one(rows::Entity::find().order_by_asc(rows::Column::NextAt)).await?;
    Ok(row.map(|row| Timestamp(row.next_at)))
}

/// Looks at an address later, for a reason that is not its own.
pub(super) async fn postpone(tx: &TenantTx, due: &Due, to: Timestamp) -> Result<(), StoreError> {
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::NextAt, Expr::value(to.micros()))
        .filter(rows::Column::SubjectId.eq(due.subject))
        .filter(rows::Column::UrlKey.eq(due.key.as_str()));
    tx.change(update).await.map(|_| ())
}

/// Records what one look found; a finding that is new or another one than before is on record and told, a mended one is on
/// record.
pub(super) async fn record(
    tx: &TenantTx,
    due: &Due,
    verdict: &Verdict,
    rule: &LinkRule,
    now: Timestamp,
) -> Result<(), StoreError> {
    let select = rows::Entity::find()
        .filter(rows::Column::SubjectId.eq(due.subject))
        .filter(rows::Column::UrlKey.eq(due.key.as_str()));
    let Some(row) = tx.one(select).await? else { return Ok(()) };
    let (misses, found_before, hidden) = (row.misses, row.found_at, row.kind == Fault::Hidden.as_str());
    let was = Finding::try_from(row)?;
    let later = now.plus_hours(rule.check_hours);
    let (attempted, fault, detail, misses, next_at) = match verdict {
        // What nobody can see stays wrong, whatever it answers.
        _ if hidden => (Move::Condemn, Some(Fault::Hidden), was.detail.as_str(), 0, later),
        Verdict::Sound => (Move::Pass, None, "", 0, later),
        Verdict::Condemned(fault, detail) => (Move::Condemn, Some(*fault), detail.as_str(), misses, later),
        Verdict::Vain(fault, detail) => {
            let last = misses + 1 >= rule.misses;
            let next = if last { later } else { now.plus_minutes(rule.again_minutes) };
            (Move::Miss { last }, Some(*fault), detail.as_str(), misses + 1, next)
        }
    };
    let Ok(is) = was.standing.step(attempted) else { return Ok(()) };
    let found_at = if is == Standing::Bad { found_before.or(Some(now.micros())) } else { None };
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::Kind, Expr::value(fault.map_or("", Fault::as_str)))
        .col_expr(rows::Column::Detail, Expr::value(detail))
        .col_expr(rows::Column::Misses, Expr::value(misses))
        .col_expr(rows::Column::CheckedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::NextAt, Expr::value(next_at.micros()))
        .col_expr(rows::Column::FoundAt, Expr::value(found_at))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::SubjectId.eq(due.subject))
        .filter(rows::Column::UrlKey.eq(due.key.as_str()))
        .filter(rows::Column::Version.eq(was.version));
    // Somebody decided about it meanwhile: that stands.
    if tx.change(update).await? == 0 {
        return Ok(());
    }
    news::follow(tx, &was, is, fault.map(|fault| (fault, detail)), rule, now).await
}

/// The owner looked and says that it is right as it is; it is not reported again until it has passed once.
///
/// # Errors
/// [`FindingError::Note`] without a word why.
pub async fn dismiss(
    tx: &TenantTx,
    who: &Staff<KeepLinks>,
    subject: DocumentId,
    key: &str,
    note: &str,
    now: Timestamp,
) -> Result<(), FindingError> {
    let note = content::text::strip_controls(note).trim().to_owned();
    if note.is_empty() || note.chars().count() > 500 {
        return Err(FindingError::Note);
    }
    let select = rows::Entity::find().filter(rows::Column::SubjectId.eq(subject)).filter(rows::Column::UrlKey.eq(key));
    let was = Finding::try_from(tx.one(select).await?.ok_or(FindingError::Missing)?)?;
    let is = was.standing.step(Move::Dismiss)?;
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::Note, Expr::value(note.as_str()))
        .col_expr(rows::Column::NotedBy, Expr::value(who.actor()))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::SubjectId.eq(subject))
        .filter(rows::Column::UrlKey.eq(key))
        .filter(rows::Column::Version.eq(was.version));
    tx.change_one(update).await?;
    tx.note(&Event::Dismissed { subject, url: was.url, note }, who.actor(), now).await?;
    Ok(())
}
