//! Verbs of columns: read the tree, edit one, and give tenants the standard set of their level.

use base::duty::Role;
use base::journal::Event;
use base::store::{ProvisionTx, StoreError};
use base::{Duty, Staff, TenantTx, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, Value, sea_query::Expr};
use serde::{Deserialize, Serialize};

use super::{Column, rows};
use crate::text;

/// May change the tenant's columns.
pub struct ManageColumns;
impl Duty for ManageColumns {
    const NAME: &'static str = "manage_columns";
    const ROLES: &'static [Role] = &[Role::TenantAdmin];
    const BELOW: bool = false;
}

/// The standard columns of a level, as a blueprint in `tenants/` declares them.
#[derive(Clone, Debug)]
pub struct Blueprint {
    /// Its columns in order.
    pub columns: Vec<BlueprintColumn>,
}

/// One column of a blueprint. Fields as in [`Column`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct BlueprintColumn {
    pub key: String,
    #[serde(default)]
    pub standard_code: Option<String>,
    pub name: String,
    pub kind: String,
    pub description: String,
    pub keywords: String,
    #[serde(default = "nowhere")]
    pub home: String,
    #[serde(default)]
    pub update_window_days: i32,
    #[serde(default)]
    pub update_min: i32,
}

fn nowhere() -> String {
    "none".to_owned()
}

/// What a tenant administrator may change of a column.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct ColumnEdit {
    pub name: String,
    pub description: String,
    pub keywords: String,
    pub position: i32,
    /// Where the home page shows it: `top`, `block` or `none`; `policy` for the policy column and for no other.
    pub home: String,
}

/// Places of the home page, as [`Column::home`] names them.
pub const PLACES: [&str; 4] = ["policy", "top", "block", "none"];

/// Why a column was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ColumnError {
    /// No such column here.
    #[error("there is no such column")]
    Missing,
    /// A mandatory label is empty or too long (国办发〔2017〕47号: name, description and keywords are mandatory).
    #[error("the column's {0} is empty or longer than 200 characters")]
    Label(&'static str),
    /// The home page has no such place.
    #[error("the home page has no such place")]
    Place,
    /// The place of the policy column on the home page is not the portal's to give or to take.
    #[error("the policy column keeps its place on the home page")]
    Policy,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Serialize)]
struct ColumnEdited<'a> {
    column: &'a str,
    name: &'a str,
}

impl Event for ColumnEdited<'_> {
    fn kind(&self) -> &'static str {
        "column.edited"
    }
    fn subject(&self) -> String {
        self.column.to_owned()
    }
}

/// The tenant's columns in display order.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn list(tx: &TenantTx) -> Result<Vec<Column>, StoreError> {
    let select = rows::Entity::find().order_by_asc(rows::Column::Position).order_by_asc(rows::Column::Key);
    Ok(tx.all(select).await?.into_iter().map(Column::from).collect())
}

/// Whether a text can be the key of a column or a standard code: a short word of an address.
pub fn is_key(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(word)
}

/// Whether the tenant has a column of this key. What cannot be a key is not looked up.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn known(tx: &TenantTx, key: &str) -> Result<bool, StoreError> {
    Ok(is_key(key) && tx.count(rows::Entity::find().filter(rows::Column::Key.eq(key))).await? > 0)
}

/// Changes a column's labels and place; every page of the tenant may show them, so all are made old.
///
/// # Errors
/// See [`ColumnError`].
pub async fn edit(
    tx: &TenantTx,
    who: &Staff<ManageColumns>,
    key: &str,
    edit: ColumnEdit,
    now: Timestamp,
) -> Result<(), ColumnError> {
    let was = find(tx, key).await?;
    let name = label("name", &edit.name)?;
    let description = label("description", &edit.description)?;
    let keywords = label("keywords", &edit.keywords)?;
    if !PLACES.contains(&edit.home.as_str()) {
        return Err(ColumnError::Place);
    }
    if (was.home == POLICY) != (edit.home == POLICY) {
        return Err(ColumnError::Policy);
    }
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::Name, Expr::value(name.as_str()))
        .col_expr(rows::Column::Description, Expr::value(description))
        .col_expr(rows::Column::Keywords, Expr::value(keywords))
        .col_expr(rows::Column::Position, Expr::value(edit.position))
        .col_expr(rows::Column::Home, Expr::value(edit.home))
        .col_expr(rows::Column::ChangedAt, Expr::value(now.micros()))
        .filter(rows::Column::Key.eq(key));
    if tx.change(update).await? != 1 {
        return Err(ColumnError::Missing);
    }
    tx.note(&ColumnEdited { column: key, name: &name }, who.actor(), now).await?;
    tx.touch_pages(now).await?;
    Ok(())
}

const POLICY: &str = PLACES[0];

fn label(name: &'static str, typed: &str) -> Result<String, ColumnError> {
    let clean = text::strip_controls(typed).trim().to_owned();
    if clean.is_empty() || clean.chars().count() > 200 { Err(ColumnError::Label(name)) } else { Ok(clean) }
}

/// One column of the tenant.
///
/// # Errors
/// [`ColumnError::Missing`].
pub async fn find(tx: &TenantTx, key: &str) -> Result<Column, ColumnError> {
    if !is_key(key) {
        return Err(ColumnError::Missing);
    }
    let row = tx.one(rows::Entity::find().filter(rows::Column::Key.eq(key))).await?;
    row.map(Column::from).ok_or(ColumnError::Missing)
}

/// A tenant that lacks standard columns.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Lacking {
    /// Which tenant.
    pub slug: String,
    /// How many columns.
    pub missing: i64,
}

/// Which of some tenants, by their slugs, lack columns of a blueprint.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn lacking(tx: &ProvisionTx, blueprint: &Blueprint, slugs: &[&str]) -> Result<Vec<Lacking>, StoreError> {
    let keys: Vec<&str> = blueprint.columns.iter().map(|column| column.key.as_str()).collect();
    let sql = format!(
        "SELECT t.slug AS slug, $3 - count(c.key) AS missing FROM tenant t \
         LEFT JOIN site_column c ON c.tenant_id = t.id AND c.key IN {} \
         WHERE t.slug IN {} GROUP BY t.slug HAVING count(c.key) < $3 ORDER BY t.slug",
        tx.listed("$2"),
        tx.listed("$1")
    );
    let wanted = i64::try_from(keys.len()).unwrap_or(i64::MAX);
    tx.provision_read(&sql, vec![json(slugs), json(&keys), wanted.into()]).await
}

fn json(list: &[&str]) -> Value {
    serde_json::json!(list).to_string().into()
}

/// Gives some tenants, by their slugs, the standard columns of a blueprint that they lack, one set-based statement per
/// column. What a tenant renamed or reordered stays as it is.
///
/// # Errors
/// [`StoreError::Taken`] when a local column already uses the key of a standard code.
pub async fn provision(
    tx: &ProvisionTx,
    blueprint: &Blueprint,
    slugs: &[&str],
    now: Timestamp,
) -> Result<u64, StoreError> {
    if slugs.is_empty() {
        return Ok(0);
    }
    let slugs = json(slugs);
    let sql = format!(
        "INSERT INTO site_column (tenant_id, key, standard_code, name, kind, description, keywords, position, home, \
         update_window_days, update_min, changed_at) \
         SELECT t.id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM tenant t WHERE t.slug IN {} \
         AND NOT EXISTS (SELECT 1 FROM site_column c WHERE c.tenant_id = t.id AND c.key = $2)",
        tx.listed("$1")
    );
    let mut made = 0;
    for (position, column) in (1..).map(|n| n * 10).zip(&blueprint.columns) {
        let values: Vec<Value> = vec![
            slugs.clone(),
            column.key.as_str().into(),
            column.standard_code.clone().into(),
            column.name.as_str().into(),
            column.kind.as_str().into(),
            column.description.as_str().into(),
            column.keywords.as_str().into(),
            position.into(),
            column.home.as_str().into(),
            column.update_window_days.into(),
            column.update_min.into(),
            now.micros().into(),
        ];
        made += tx.provision_each(&sql, values).await?;
    }
    Ok(made)
}

impl From<rows::Model> for Column {
    fn from(row: rows::Model) -> Self {
        let rows::Model {
            key,
            standard_code,
            parent_key,
            name,
            kind,
            description,
            keywords,
            position,
            home,
            update_window_days,
            update_min,
            ..
        } = row;
        Self {
            key,
            standard_code,
            parent_key,
            name,
            kind,
            description,
            keywords,
            position,
            home,
            update_window_days,
            update_min,
        }
    }
}
