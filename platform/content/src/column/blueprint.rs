//! The standard columns of a level, as blueprints declare them, given to the tenants that lack them.

use base::Timestamp;
use base::store::{ProvisionTx, StoreError};
use sea_orm::{FromQueryResult, Value};
use serde::Deserialize;

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
