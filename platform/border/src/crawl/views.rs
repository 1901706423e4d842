//! What crawling shows to surfaces: sources, what they found, how their runs ended.

use std::collections::HashMap;

use base::listing::{Cursor, Page};
use base::store::StoreError;
use base::{TenantTx, Timestamp};
use content::DocumentId;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

use super::SourceId;
use super::model::{CrawlError, Kind, Source, SourceState, Standing};
use super::rows::{item, run, source};
use super::said::SourceText;

/// One line of the list of sources.
pub type SourceRow = Source;

/// One found thing; lists need no texts.
#[derive(Clone, Debug, FromQueryResult)]
#[allow(missing_docs)]
pub struct ItemRow {
    pub url_key: String,
    pub url: String,
    pub title: String,
    pub standing: String,
    pub reason: String,
    pub document_id: Option<DocumentId>,
    /// The document that a duplicate is the same as; a mirror when the reason says so.
    pub twin_id: Option<DocumentId>,
    pub due: i32,
    pub tries: i32,
    pub first_seen: i64,
    pub last_seen: i64,
    pub checked_at: i64,
}

/// How one run ended.
#[derive(Clone, Debug, FromQueryResult)]
#[allow(missing_docs)]
pub struct RunRow {
    pub source_id: SourceId,
    pub at: i64,
    pub outcome: String,
    pub found: i32,
    pub landed: i32,
    pub duplicates: i32,
    pub changed: i32,
    pub failed: i32,
    pub note: String,
}

impl TryFrom<source::Model> for Source {
    type Error = StoreError;

    fn try_from(row: source::Model) -> Result<Self, StoreError> {
        let unreadable =
            |what: &str| StoreError::Suspicious { table: "crawl_source", what: format!("{what} of {}", row.id) };
        let words = |text: &str| text.split('\n').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Ok(Self {
            state: SourceState::parse(&row.state).ok_or_else(|| unreadable("state"))?,
            text: SourceText {
                kind: Kind::parse(&row.kind).ok_or_else(|| unreadable("kind"))?,
                rules: serde_json::from_str(&row.rules).map_err(|_| unreadable("rules"))?,
                include: words(&row.include),
                exclude: words(&row.exclude),
                name: row.name,
                address: row.address,
                column: row.column_key,
                source_line: row.source_line,
                every_minutes: row.every_minutes,
                quiet: (row.quiet_from, row.quiet_to),
                pace_ms: row.pace_ms,
                max_items: row.max_items,
            },
            id: row.id,
            tenant: row.tenant_id,
            etag: row.etag,
            modified: row.modified,
            home_title: row.home_title,
            failures: row.failures,
            last_error: row.last_error,
            last_run_at: row.last_run_at.map(Timestamp),
            next_run_at: Timestamp(row.next_run_at),
            changed_at: Timestamp(row.changed_at),
            changed_by: row.changed_by,
            version: row.version,
        })
    }
}

/// One page of the sources of a tenant: the newest first, those that ended only when they are asked for.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    tx: &TenantTx,
    state: Option<SourceState>,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Page<SourceRow>, StoreError> {
    use source::Column as C;
    let mut select = source::Entity::find().order_by_desc(C::Id).limit(limit + 1);
    select = match state {
        Some(state) => select.filter(C::State.eq(state.as_str())),
        None => select.filter(C::State.ne(SourceState::Ended.as_str())),
    };
    if let Some(after) = after {
        select = select.filter(C::Id.lt(SourceId(after.id)));
    }
    let rows = tx.all(select).await?.into_iter().map(Source::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(rows, limit as usize, |row| Cursor { at: 0, id: row.id.0 }.text()))
}

/// One source.
///
/// # Errors
/// [`CrawlError::Missing`].
pub async fn find(tx: &TenantTx, id: SourceId) -> Result<Source, CrawlError> {
    let row = tx.one(source::Entity::find().filter(source::Column::Id.eq(id))).await?;
    Ok(row.ok_or(CrawlError::Missing)?.try_into()?)
}

fn columns() -> [item::Column; 12] {
    use item::Column as C;
    [
        C::UrlKey,
        C::Url,
        C::Title,
        C::Standing,
        C::Reason,
        C::DocumentId,
        C::TwinId,
        C::Due,
        C::Tries,
        C::FirstSeen,
        C::LastSeen,
        C::CheckedAt,
    ]
}

/// What a source found, the newest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn items(
    tx: &TenantTx,
    of: SourceId,
    standing: Option<Standing>,
    skip: u64,
    limit: u64,
) -> Result<Vec<ItemRow>, StoreError> {
    use item::Column as C;
    let mut select = item::Entity::find()
        .select_only()
        .columns(columns())
        .filter(C::SourceId.eq(of))
        .order_by_desc(C::FirstSeen)
        .order_by_asc(C::UrlKey)
        .offset(skip)
        .limit(limit);
    if let Some(standing) = standing {
        select = select.filter(C::Standing.eq(standing.as_str()));
    }
    tx.pick(select).await
}

/// One found thing.
///
/// # Errors
/// [`CrawlError::Missing`].
pub async fn item(tx: &TenantTx, of: SourceId, key: &str) -> Result<ItemRow, CrawlError> {
    use item::Column as C;
    let select = item::Entity::find().select_only().columns(columns());
    let select = select.filter(C::SourceId.eq(of)).filter(C::UrlKey.eq(key));
    tx.pick(select).await?.into_iter().next().ok_or(CrawlError::Missing)
}

#[derive(FromQueryResult)]
struct Counted {
    source_id: SourceId,
    standing: String,
    n: i64,
}

/// How many things of some sources stand where.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn counts(tx: &TenantTx, of: &[SourceId]) -> Result<HashMap<SourceId, HashMap<String, i64>>, StoreError> {
    use item::Column as C;
    let select = item::Entity::find()
        .select_only()
        .columns([C::SourceId, C::Standing])
        .column_as(C::UrlKey.count(), "n")
        .filter(C::SourceId.is_in(of.iter().copied()))
        .group_by(C::SourceId)
        .group_by(C::Standing);
    let mut all: HashMap<SourceId, HashMap<String, i64>> = HashMap::new();
    for row in tx.pick::<_, Counted>(select).await? {
        all.entry(row.source_id).or_default().insert(row.standing, row.n);
    }
    Ok(all)
}

/// How the last runs of some sources ended, the newest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn runs(tx: &TenantTx, of: &[SourceId], since: Timestamp, most: u64) -> Result<Vec<RunRow>, StoreError> {
    use run::Column as C;
    let select = run::Entity::find()
        .select_only()
        .columns([C::SourceId, C::At, C::Outcome, C::Found, C::Landed, C::Duplicates, C::Changed, C::Failed, C::Note])
        .filter(C::SourceId.is_in(of.iter().copied()))
        .filter(C::At.gte(since.micros()))
        .order_by_desc(C::At)
        .limit(most);
    tx.pick(select).await
}
