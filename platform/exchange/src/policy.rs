//! A tenant's repost policy: auto-accept, fallback, and the tighter limit of its own or of a superior.
//!
//! Each level may only tighten; the strictest limit on the way from the root to a tenant applies and is kept with its
//! origin, so that issuing an order to 84,094 tenants looks nothing up.

use std::collections::HashMap;

use base::store::{ProvisionTx, StoreError, TenantOwned};
use base::{TenantId, TenantTx};
use sea_orm::FromQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

mod rows {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "repost_policy")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        pub auto_accept: i32,
        pub fallback: i32,
        pub own_hours: Option<i32>,
        pub effective_hours: Option<i32>,
        pub effective_from: Option<TenantId>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

/// What a manifest declares of a tenant's policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicySpec {
    /// Mirrors go live in the transaction that issues the order.
    pub auto_accept: bool,
    /// Whose orders the platform may place before the limit when nobody here has.
    #[serde(deserialize_with = "scope")]
    pub fallback: FallbackScope,
    /// Own limit in hours; only tighter than the superior's counts.
    pub limit_hours: Option<i32>,
}

/// Whose orders fall back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FallbackScope {
    /// Nobody's.
    None,
    /// Those of the central tenant: its originals.
    Central,
    /// Those of every superior.
    All,
}

impl FallbackScope {
    /// Reads the number of the table; one that it does not know lets nobody place anything.
    fn of_row(number: i32) -> Self {
        [Self::Central, Self::All].into_iter().find(|scope| *scope as i32 == number).unwrap_or(Self::None)
    }

    /// SQL: the scope that a policy must have so that orders of the tenant bound to `issuer` fall back.
    pub(crate) fn needed(issuer: &str) -> String {
        let (central, all) = (Self::Central as i32, Self::All as i32);
        format!("(SELECT CASE WHEN level = 'central' THEN {central} ELSE {all} END FROM tenant WHERE id = {issuer})")
    }
}

/// Manifests may also say `true` for the default and `false` for none.
fn scope<'de, D: serde::Deserializer<'de>>(from: D) -> Result<FallbackScope, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Spelled {
        Flag(bool),
        Scope(FallbackScope),
    }
    Ok(match Spelled::deserialize(from)? {
        Spelled::Flag(true) => FallbackScope::Central,
        Spelled::Flag(false) => FallbackScope::None,
        Spelled::Scope(scope) => scope,
    })
}

impl Default for PolicySpec {
    fn default() -> Self {
        Self { auto_accept: true, fallback: FallbackScope::Central, limit_hours: None }
    }
}

/// The policy in force for one tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// See [`PolicySpec`].
    pub spec: PolicySpec,
    /// The strictest limit from the root to here, in hours, and who set it.
    pub strictest: Option<(i32, TenantId)>,
}

/// The policy of the transaction's tenant.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn find(tx: &TenantTx) -> Result<Policy, StoreError> {
    let row = tx.one(rows::Entity::find()).await?;
    Ok(row.map_or(Policy { spec: PolicySpec::default(), strictest: None }, |row| Policy {
        spec: PolicySpec {
            auto_accept: row.auto_accept != 0,
            fallback: FallbackScope::of_row(row.fallback),
            limit_hours: row.own_hours,
        },
        strictest: row.effective_hours.zip(row.effective_from),
    }))
}

#[derive(FromQueryResult)]
struct Held {
    slug: String,
    auto_accept: i32,
    fallback: i32,
    own_hours: Option<i32>,
}

/// The own policies of some tenants, by their slugs; one without a policy is left out.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn held(tx: &ProvisionTx, slugs: &[&str]) -> Result<HashMap<String, PolicySpec>, StoreError> {
    let sql = format!(
        "SELECT t.slug AS slug, p.auto_accept, p.fallback, p.own_hours FROM repost_policy p \
         JOIN tenant t ON t.id = p.tenant_id WHERE t.slug IN {}",
        tx.listed("$1")
    );
    let rows: Vec<Held> = tx.provision_read(&sql, vec![json(slugs)]).await?;
    let spec = |row: &Held| PolicySpec {
        auto_accept: row.auto_accept != 0,
        fallback: FallbackScope::of_row(row.fallback),
        limit_hours: row.own_hours,
    };
    Ok(rows.into_iter().map(|row| (row.slug.clone(), spec(&row))).collect())
}

/// Gives some tenants, by their slugs, one policy instead of what they have, set-based.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn declare(tx: &ProvisionTx, slugs: &[&str], spec: PolicySpec) -> Result<u64, StoreError> {
    let sql = format!(
        "INSERT INTO repost_policy (tenant_id, auto_accept, fallback, own_hours) \
         SELECT t.id, $2, $3, $4 FROM tenant t WHERE t.slug IN {} \
         ON CONFLICT (tenant_id) DO UPDATE SET auto_accept = excluded.auto_accept, fallback = excluded.fallback, \
         own_hours = excluded.own_hours",
        tx.listed("$1")
    );
    tx.provision_each(
        &sql,
        vec![json(slugs), flag(spec.auto_accept), (spec.fallback as i32).into(), spec.limit_hours.into()],
    )
    .await
}

/// Recomputes the strictest limit of every tenant and where it comes from, set-based, where one of the two changed. It starts
/// from the few tenants that set a limit, so its cost is that of their subtrees, whatever the size of the country.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn settle(tx: &ProvisionTx) -> Result<u64, StoreError> {
    // The nearest of equally strict superiors is named: it is the one to ask.
    let strictest = "UPDATE repost_policy SET effective_hours = strictest.hours, effective_from = strictest.setter \
         FROM (SELECT tenant_id, hours, setter FROM (\
           SELECT c.descendant_id AS tenant_id, up.own_hours AS hours, up.tenant_id AS setter, \
             row_number() OVER (PARTITION BY c.descendant_id ORDER BY up.own_hours, c.depth) AS place \
           FROM repost_policy up JOIN tenant_closure c ON c.ancestor_id = up.tenant_id WHERE up.own_hours IS NOT NULL\
         ) ranked WHERE place = 1) strictest \
         WHERE strictest.tenant_id = repost_policy.tenant_id \
         AND (effective_hours IS DISTINCT FROM strictest.hours OR effective_from IS DISTINCT FROM strictest.setter)";
    let gone = "UPDATE repost_policy SET effective_hours = NULL, effective_from = NULL \
         WHERE effective_hours IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tenant_closure c \
         JOIN repost_policy up ON up.tenant_id = c.ancestor_id AND up.own_hours IS NOT NULL \
         WHERE c.descendant_id = repost_policy.tenant_id)";
    Ok(tx.provision_each(strictest, vec![]).await? + tx.provision_each(gone, vec![]).await?)
}

fn json(list: &[&str]) -> sea_orm::Value {
    serde_json::json!(list).to_string().into()
}

fn flag(on: bool) -> sea_orm::Value {
    i32::from(on).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_says_whose_orders_fall_back() {
        let read = |text: &str| serde_json::from_str::<PolicySpec>(text).map(|spec| spec.fallback).ok();
        for (text, scope) in [
            ("{}", Some(FallbackScope::Central)),
            ("{\"fallback\": true}", Some(FallbackScope::Central)),
            ("{\"fallback\": false}", Some(FallbackScope::None)),
            ("{\"fallback\": \"central\"}", Some(FallbackScope::Central)),
            ("{\"fallback\": \"all\"}", Some(FallbackScope::All)),
            ("{\"fallback\": \"none\"}", Some(FallbackScope::None)),
            ("{\"fallback\": \"perhaps\"}", None),
        ] {
            assert_eq!(read(text), scope, "{text}");
        }
    }
}
