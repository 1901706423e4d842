//! Verbs of onboarding: plan, apply.

use std::collections::{BTreeMap, HashMap, HashSet};

use base::duty::Role;
use base::store::{ProvisionTx, Provisioning, StoreError, TenantRow};
use base::tenancy::TenantState;
use base::{Duty, Store, Timestamp};
use content::column::{self, Blueprint};
use serde::Serialize;

use super::check::{Fault, check};
use super::life;
use super::model::{Change, ColumnsGiven, Declared, LevelBlueprint, Plan, differences};
use crate::policy::{self, PolicySpec};
use crate::rules::LifecycleRules;

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

/// What a cluster holds its tenants to.
#[derive(Clone, Copy)]
pub struct Standards<'a> {
    /// Blueprints of the levels by name.
    pub blueprints: &'a BTreeMap<String, LevelBlueprint>,
    /// The rule on going offline and closing, in all its versions.
    pub lifecycle: &'a LifecycleRules,
}

/// What is declared, day by day, and what applying it does.
struct Intent {
    declared: Vec<Declared>,
    plan: Plan,
}

impl Intent {
    /// Slugs of a blueprint that are in `of`.
    fn of_blueprint<'a>(&'a self, name: &str, of: &HashSet<&str>) -> Vec<&'a str> {
        let rows = self.declared.iter().map(|one| &one.row);
        rows.filter(|row| row.blueprint == name && of.contains(row.slug.as_str()))
            .map(|row| row.slug.as_str())
            .collect()
    }
}

/// What applying `declared` would do to what is there; nothing is written.
///
/// # Errors
/// [`ApplyError`]: then nothing would be applied.
pub async fn plan(
    store: &Store,
    tx: &ProvisionTx,
    standards: Standards<'_>,
    declared: &[Declared],
    now: Timestamp,
) -> Result<Plan, ApplyError> {
    Ok(intend(store, tx, standards, declared, now).await?.plan)
}

async fn intend(
    store: &Store,
    tx: &ProvisionTx,
    standards: Standards<'_>,
    declared: &[Declared],
    now: Timestamp,
) -> Result<Intent, ApplyError> {
    let present = store.declared().await?;
    let rule = standards.lifecycle.at(now);
    let declared = life::dated(declared, &present, &rule, now);
    let faults = check(&declared, &present, &rule, now);
    if !faults.is_empty() {
        return Err(ApplyError::Faults(faults));
    }
    let mut intent = Intent { plan: compared(&declared, &present), declared };
    let new: HashSet<&str> = intent.plan.create.iter().map(String::as_str).collect();
    let known: Vec<&Declared> = intent.declared.iter().filter(|one| !new.contains(one.row.slug.as_str())).collect();
    let slugs: Vec<&str> = known.iter().map(|one| one.row.slug.as_str()).collect();
    let held = policy::held(tx, &slugs).await?;
    let differs = |one: &&&Declared| match (held.get(&one.row.slug), one.policy) {
        (None, _) => true,
        (Some(held), Some(declared)) => *held != declared,
        (Some(_), None) => false,
    };
    let policies = known.iter().filter(differs).map(|one| one.row.slug.clone()).collect();
    let known: HashSet<&str> = slugs.into_iter().collect();
    let mut columns = Vec::new();
    for (name, blueprint) in standards.blueprints {
        let slugs = intent.of_blueprint(name, &known);
        for lacking in column::lacking(tx, &standard(blueprint), &slugs).await? {
            columns.push(ColumnsGiven { slug: lacking.slug, columns: lacking.missing });
        }
    }
    (intent.plan.policies, intent.plan.columns) = (policies, columns);
    Ok(intent)
}

fn standard(blueprint: &LevelBlueprint) -> Blueprint {
    Blueprint { columns: blueprint.columns.clone() }
}

fn compared(declared: &[Declared], present: &[TenantRow]) -> Plan {
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
/// transaction of `tx`. Only what is declared and differs is touched; applied twice, it changes nothing the second time.
///
/// # Errors
/// [`ApplyError`]: then nothing was applied.
pub async fn apply(
    store: &Store,
    mut tx: ProvisionTx,
    standards: Standards<'_>,
    declared: &[Declared],
    actor: &str,
    now: Timestamp,
) -> Result<Applied, ApplyError> {
    let intent = intend(store, &tx, standards, declared, now).await?;
    let Intent { declared, plan } = &intent;
    if plan.is_empty() {
        return Ok(Applied { plan: plan.clone(), columns: 0 });
    }
    let new: HashSet<&str> = plan.create.iter().map(String::as_str).collect();
    let changed: HashSet<&str> = plan.change.iter().map(|change| change.slug.as_str()).collect();
    let rows = || declared.iter().map(|one| &one.row);
    let created: Vec<TenantRow> = rows().filter(|row| new.contains(row.slug.as_str())).cloned().collect();
    if !created.is_empty() {
        tx.create(&created, now).await?;
    }
    let altered: Vec<&TenantRow> = rows().filter(|row| changed.contains(row.slug.as_str())).collect();
    tx.alter(&altered, now).await?;
    let moved = || plan.change.iter().filter(|change| change.fields.contains(&"parent"));
    if moved().next().is_some() {
        tx.reopen_tree().await?;
    }
    let lacking = new.iter().copied().chain(plan.columns.iter().map(|given| given.slug.as_str())).collect();
    let mut columns = 0;
    for (name, blueprint) in standards.blueprints {
        let slugs = intent.of_blueprint(name, &lacking);
        columns += column::provision(&tx, &standard(blueprint), &slugs, now).await?;
    }
    let unsettled: HashSet<&str> = new.iter().copied().chain(plan.policies.iter().map(String::as_str)).collect();
    give_policies(&tx, standards, declared, &unsettled).await?;
    if !unsettled.is_empty() || moved().next().is_some() {
        policy::settle(&tx).await?;
    }
    crate::order::jobs::wake(&tx, now).await?;
    let event = TenantsApplied {
        created: plan.create.len(),
        changed: plan.change.iter().map(|change| change.slug.as_str()).take(200).collect(),
        suspended: &plan.suspend,
    };
    tx.enter_root().await?;
    // Pages of portals that were there show their new columns; the directory does not know of columns.
    if !plan.columns.is_empty() {
        tx.touch_below(now).await?;
    }
    tx.note(&event, actor, now).await?;
    tx.commit(store, now).await?;
    Ok(Applied { plan: intent.plan, columns })
}

/// Gives each of some tenants what it declares, or its blueprint's policy: one statement per policy, of which there are few.
async fn give_policies(
    tx: &ProvisionTx,
    standards: Standards<'_>,
    declared: &[Declared],
    to: &HashSet<&str>,
) -> Result<(), StoreError> {
    let mut by_spec: HashMap<PolicySpec, Vec<&str>> = HashMap::new();
    for Declared { row, policy } in declared.iter().filter(|one| to.contains(one.row.slug.as_str())) {
        let standard = standards.blueprints.get(&row.blueprint).map(|blueprint| blueprint.repost);
        by_spec.entry(policy.or(standard).unwrap_or_default()).or_default().push(&row.slug);
    }
    for (spec, slugs) in by_spec {
        policy::declare(tx, &slugs, spec).await?;
    }
    Ok(())
}
