//! Verbs of onboarding: plan, apply.

use std::collections::{BTreeMap, HashMap};

use base::duty::Role;
use base::store::{ProvisionTx, Provisioning, StoreError, TenantRow};
use base::tenancy::TenantState;
use base::{Duty, Store, Timestamp};
use content::column::{self, Blueprint};
use serde::Serialize;

use super::check::{Fault, check};
use super::model::{Change, Declared, LevelBlueprint, Plan, differences};
use crate::policy;

/// May bring tenants below its own on board and change them.
pub struct ProvisionTenants;
impl Duty for ProvisionTenants {
    const NAME: &'static str = "provision_tenants";
    const ROLES: &'static [Role] = &[Role::CentralDuty, Role::Operator];
}
impl Provisioning for ProvisionTenants {}

/// What was applied.
#[derive(Clone, Debug, Serialize)]
pub struct Applied {
    /// What was done.
    pub plan: Plan,
    /// Columns given to tenants that lacked them.
    pub columns: u64,
}

/// Why nothing was applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The declaration is wrong.
    #[error("{} things are wrong with the declaration", .0.len())]
    Faults(Vec<Fault>),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Serialize)]
struct TenantsApplied<'a> {
    created: usize,
    changed: Vec<&'a str>,
    suspended: &'a [String],
}

impl base::journal::Event for TenantsApplied<'_> {
    fn kind(&self) -> &'static str {
        "tenants.applied"
    }
    fn subject(&self) -> String {
        "tenants".to_owned()
    }
}

/// What applying `declared` would do to what is there.
pub fn plan(declared: &[Declared], present: &[TenantRow]) -> Plan {
    let present: HashMap<&str, &TenantRow> = present.iter().map(|row| (row.slug.as_str(), row)).collect();
    let mut plan = Plan::default();
    for Declared { row, .. } in declared {
        let Some(was) = present.get(row.slug.as_str()) else {
            plan.create.push(row.slug.clone());
            continue;
        };
        let fields = differences(was, row);
        if fields.is_empty() {
            plan.unchanged += 1;
            continue;
        }
        let leaves = matches!(row.state, TenantState::Suspended | TenantState::Closing | TenantState::Closed);
        if leaves && was.state != row.state {
            plan.suspend.push(row.slug.clone());
        }
        plan.change.push(Change { slug: row.slug.clone(), fields });
    }
    plan
}

/// Applies what is declared: tenants, hosts, tree, standard columns, policies, and one event in the root's chain, in the one
/// transaction of `tx`. Applied twice, it changes nothing the second time.
///
/// # Errors
/// [`ApplyError`]: then nothing was applied.
pub async fn apply(
    store: &Store,
    mut tx: ProvisionTx,
    blueprints: &BTreeMap<String, LevelBlueprint>,
    declared: &[Declared],
    actor: &str,
    now: Timestamp,
) -> Result<Applied, ApplyError> {
    let present = store.declared().await?;
    let faults = check(declared, &present);
    if !faults.is_empty() {
        return Err(ApplyError::Faults(faults));
    }
    let plan = plan(declared, &present);
    let (new, known): (Vec<&Declared>, Vec<&Declared>) = {
        let there: std::collections::HashSet<&str> = present.iter().map(|row| row.slug.as_str()).collect();
        declared.iter().partition(|one| !there.contains(one.row.slug.as_str()))
    };
    let new: Vec<TenantRow> = new.into_iter().map(|one| one.row.clone()).collect();
    if !new.is_empty() {
        tx.create(&new, now).await?;
    }
    let altered: Vec<&TenantRow> = known
        .iter()
        .map(|one| &one.row)
        .filter(|row| plan.change.iter().any(|change| change.slug == row.slug))
        .collect();
    tx.alter(&altered, now).await?;
    if plan.change.iter().any(|change| change.fields.contains(&"parent")) {
        tx.reopen_tree().await?;
    }
    let mut columns = 0;
    let mut policies = 0;
    for (name, blueprint) in blueprints {
        let standard = Blueprint { name: name.clone(), columns: blueprint.columns.clone() };
        columns += column::provision(&tx, &standard, now).await?;
        policies += policy::provision(&tx, name, blueprint.repost).await?;
    }
    for Declared { row, policy } in declared {
        if let Some(spec) = policy
            && policy::declare(&tx, &row.slug, *spec).await?
        {
            policies += 1;
        }
    }
    if policies > 0 || !new.is_empty() {
        policy::settle(&tx).await?;
    }
    if plan.is_empty() && columns == 0 && policies == 0 {
        return Ok(Applied { plan, columns });
    }
    crate::order::jobs::wake(&tx, now).await?;
    let event = TenantsApplied {
        created: plan.create.len(),
        changed: plan.change.iter().map(|change| change.slug.as_str()).take(200).collect(),
        suspended: &plan.suspend,
    };
    tx.enter_root().await?;
    tx.note(&event, actor, now).await?;
    tx.commit(store, now).await?;
    Ok(Applied { plan, columns })
}
