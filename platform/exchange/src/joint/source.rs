//! The other end before there is a letter: which columns a portal has, and what a filter would have let through lately. Both
//! are what its public pages say anyway; they are read as the portal itself, in a transaction that can only read.

use base::{Sites, Store, TenantId, TenantTx, Timestamp};
use content::column;
use content::document;
use content::placement;

use super::filter::{Filter, Subject};
use super::members::own_column;
use super::model::JointError;
use super::views;

/// A column of a portal, as it was read there: proof that it exists and whether anybody may subscribe to it.
#[derive(Clone, Debug)]
pub struct SourceColumn {
    tenant: TenantId,
    key: String,
    name: String,
    kind: String,
    standard: Option<String>,
    open: bool,
}

impl SourceColumn {
    /// Whose it is.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Its key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Its standard code, when it is the same column everywhere.
    pub fn standard(&self) -> Option<&str> {
        self.standard.as_deref()
    }

    /// Anybody may subscribe to it without asking.
    pub fn open(&self) -> bool {
        self.open
    }
}

/// The columns of a portal.
///
/// # Errors
/// [`JointError::Store`].
pub async fn offered(store: &Store, tenant: TenantId) -> Result<Vec<SourceColumn>, JointError> {
    let tx = store.reading(tenant).await?;
    let open = views::open_columns(&tx).await?;
    let columns = column::list(&tx).await?;
    tx.commit().await?;
    let read = |column: content::Column| SourceColumn {
        tenant,
        open: open.contains(&column.key),
        key: column.key,
        name: column.name,
        kind: column.kind,
        standard: column.standard_code,
    };
    Ok(columns.into_iter().map(read).collect())
}

/// One column of a portal.
///
/// # Errors
/// [`JointError::Column`] when it has none of this key.
pub async fn source_column(store: &Store, tenant: TenantId, key: &str) -> Result<SourceColumn, JointError> {
    let columns = offered(store, tenant).await?;
    columns.into_iter().find(|column| column.key == key).ok_or(JointError::Column("column"))
}

/// What a filter would have let through.
#[derive(Clone, Debug, Default)]
pub struct Forecast {
    /// Columns that were looked at.
    pub columns: usize,
    /// Documents that stood in them in the time.
    pub seen: usize,
    /// Documents that pass.
    pub passes: usize,
    /// Titles of the first of them.
    pub titles: Vec<String>,
}

/// Most columns that a forecast looks at, and most documents of each.
const COLUMNS: usize = 120;
const DOCUMENTS: u64 = 200;
const TITLES: usize = 8;

/// What a filter would have let through of some columns between two instants.
///
/// # Errors
/// [`JointError::Filter`]; [`JointError::Store`].
pub async fn forecast(
    store: &Store,
    columns: &[(TenantId, String)],
    filter: Filter,
    from: Timestamp,
) -> Result<Forecast, JointError> {
    let filter = filter.cleaned().map_err(JointError::Filter)?;
    let mut found = Forecast::default();
    for (tenant, key) in columns.iter().take(COLUMNS) {
        let tx = store.reading(*tenant).await?;
        look(&tx, store.sites(), key, &filter, from, &mut found).await?;
        tx.commit().await?;
    }
    Ok(found)
}

async fn look(
    tx: &TenantTx,
    sites: &Sites,
    key: &str,
    filter: &Filter,
    from: Timestamp,
    found: &mut Forecast,
) -> Result<(), JointError> {
    let listed = placement::listed(tx, Some(key), None, DOCUMENTS).await?.items;
    let recent: Vec<_> = listed.iter().filter(|row| row.published_at >= from.micros()).collect();
    let editions: Vec<_> = recent.iter().filter(|row| row.mode != "mirror").map(|row| row.edition_id).collect();
    let column_type = own_column(tx, key, "column").await?.kind;
    let code = sites.by_id(tx.tenant()).map(|site| site.division_code.to_string()).unwrap_or_default();
    found.columns += 1;
    found.seen += editions.len();
    for edition in document::live_many(tx, &editions).await? {
        let first = edition.first_published_at.unwrap_or(from);
        let subject = Subject {
            fields: &edition.fields,
            column_type: &column_type,
            division_code: &code,
            first_published_at: first,
        };
        if filter.passes(from, &subject) {
            found.passes += 1;
            if found.titles.len() < TITLES {
                found.titles.push(edition.fields.title);
            }
        }
    }
    Ok(())
}
