//! [`ProvisionTx`]: bringing tenants on board. Everything of one `apply` is one transaction, so nothing is half applied.

use std::collections::HashMap;
use std::ops::Deref;

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Value};
use uuid::Uuid;

use super::{Engine, Store, StoreError, TenantTx};
use crate::Timestamp;
use crate::duty::{Duty, Staff};
use crate::follow::Scope;
use crate::tenancy::rows::{host, tenant};
use crate::tenancy::{Furniture, Level, TenantId, TenantState};

/// What a manifest, the console or the API declares of one portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantRow {
    /// Name in the cluster, a DNS label.
    pub slug: String,
    /// Full name.
    pub name: String,
    /// Short name for lists.
    pub short_name: String,
    /// Level.
    pub level: Level,
    /// Division code; an attribute.
    pub division_code: String,
    /// 网站标识码; empty while none is issued.
    pub site_code: String,
    /// Slug of the superior; none for the root.
    pub parent: Option<String>,
    /// 主办单位
    pub owner_unit: String,
    /// Where it shall be in its life.
    pub state: TenantState,
    /// Why, when it is suspended or closing.
    pub state_reason: String,
    /// Until when it is suspended, or when its closing notice ends.
    pub state_until: Option<Timestamp>,
    /// Since when it is in this state: read, never declared.
    pub state_since: Option<Timestamp>,
    /// When its latest suspension began: read, never declared.
    pub suspended_at: Option<Timestamp>,
    /// Who takes over, when it closes.
    pub successor: String,
    /// Theme.
    pub theme: String,
    /// Skin.
    pub skin: String,
    /// There to practise: only rehearsals reach it.
    pub rehearsal: bool,
    /// Footer.
    pub furniture: Furniture,
    /// Level blueprint that its standard columns come from.
    pub blueprint: String,
    /// Host names, the main one first.
    pub hosts: Vec<String>,
}

/// A transaction that may write tenants and the standard rows that each gets.
pub struct ProvisionTx {
    tx: TenantTx,
}

impl Store {
    /// Opens a provisioning transaction in the name of `staff`, or of the operator at the command line when the cluster has
    /// no people yet (`root`: the tenant in whose chain it is recorded).
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn provision<D: Duty + Provisioning>(&self, staff: &Staff<D>) -> Result<ProvisionTx, StoreError> {
        self.provision_as(staff.tenant()).await
    }

    /// For the command line, which has the database itself in its hands.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn provision_operator(&self) -> Result<ProvisionTx, StoreError> {
        let root = self.sites().all().into_iter().find(|site| site.parent.is_none()).map(|site| site.tenant);
        self.provision_as(root.unwrap_or(TenantId::from_row(Uuid::nil()))).await
    }

    async fn provision_as(&self, tenant: TenantId) -> Result<ProvisionTx, StoreError> {
        let open = self.begin(true).await?;
        Ok(ProvisionTx { tx: TenantTx::open(open, tenant, "provision").await? })
    }

    /// Every tenant as it is declared now, in no particular order.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn declared(&self) -> Result<Vec<TenantRow>, StoreError> {
        let tenants = tenant::Entity::find().all(self.db()).await?;
        let mut hosts: HashMap<Uuid, Vec<(i32, String)>> = HashMap::new();
        for row in host::Entity::find().all(self.db()).await? {
            hosts.entry(row.tenant_id).or_default().push((row.position, row.host));
        }
        let slugs: HashMap<Uuid, String> = tenants.iter().map(|row| (row.id, row.slug.clone())).collect();
        let declared = tenants.into_iter().map(|row| {
            let mut of_this = hosts.remove(&row.id).unwrap_or_default();
            of_this.sort();
            let unreadable =
                |what: &str| StoreError::Suspicious { table: "tenant", what: format!("{what} of {}", row.slug) };
            Ok(TenantRow {
                level: Level::parse(&row.level).ok_or_else(|| unreadable("level"))?,
                state: TenantState::parse(&row.state).ok_or_else(|| unreadable("state"))?,
                furniture: serde_json::from_str(&row.furniture).map_err(|_| unreadable("furniture"))?,
                rehearsal: row.rehearsal != 0,
                slug: row.slug,
                name: row.name,
                short_name: row.short_name,
                division_code: row.division_code,
                site_code: row.site_code.unwrap_or_default(),
                parent: row.parent_id.and_then(|id| slugs.get(&id).cloned()),
                owner_unit: row.owner_unit,
                state_reason: row.state_reason,
                state_until: row.state_until.map(Timestamp),
                state_since: Some(Timestamp(row.state_since)),
                suspended_at: row.suspended_at.map(Timestamp),
                successor: row.successor,
                theme: row.theme,
                skin: row.skin,
                blueprint: row.blueprint,
                hosts: of_this.into_iter().map(|(_, host)| host).collect(),
            })
        });
        declared.collect()
    }
}

/// A duty that may bring tenants on board.
pub trait Provisioning {}

impl ProvisionTx {
    /// Writes new tenants with their hosts and their place in the tree. Parents may stand anywhere in the list.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when a slug, site code or host is in use.
    pub async fn create(&self, rows: &[TenantRow], now: Timestamp) -> Result<(), StoreError> {
        let known = tenant::Entity::find().all(&self.tx.raw().tx).await?;
        let mut ids: HashMap<String, Uuid> = known.into_iter().map(|row| (row.slug, row.id)).collect();
        for row in rows {
            ids.insert(row.slug.clone(), self.tx.ids().new_id(now));
        }
        // A parent is written before its children: foreign keys are checked row by row.
        let mut written: Vec<&TenantRow> = Vec::with_capacity(rows.len());
        let mut waiting: Vec<&TenantRow> = rows.iter().collect();
        let mut placed: std::collections::HashSet<&str> = std::collections::HashSet::new();
        while !waiting.is_empty() {
            let new: std::collections::HashSet<&str> = waiting.iter().map(|row| row.slug.as_str()).collect();
            let (ready, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|row| {
                row.parent.as_deref().is_none_or(|parent| placed.contains(parent) || !new.contains(parent))
            });
            if ready.is_empty() {
                return Err(StoreError::Suspicious { table: "tenant", what: "a cycle of superiors".to_owned() });
            }
            placed.extend(ready.iter().map(|row| row.slug.as_str()));
            written.extend(ready);
            waiting = later;
        }
        for chunk in written.chunks(400) {
            let models = chunk.iter().map(|row| self.active(row, None, &ids, now));
            tenant::Entity::insert_many(models).exec_without_returning(&self.tx.raw().tx).await?;
        }
        let mut hosts = Vec::new();
        for row in rows {
            hosts.extend(host_rows(row, ids.get(&row.slug).copied().unwrap_or_default()));
        }
        while !hosts.is_empty() {
            let rest = hosts.split_off(hosts.len().min(1000));
            host::Entity::insert_many(hosts).exec_without_returning(&self.tx.raw().tx).await?;
            hosts = rest;
        }
        self.close_tree().await
    }

    /// Changes tenants to what is declared; their hosts are replaced.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when a site code or host is in use elsewhere.
    pub async fn alter(&self, rows: &[&TenantRow], now: Timestamp) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let tx = &self.tx.raw().tx;
        let there = tenant::Entity::find().all(tx).await?;
        let ids: HashMap<String, Uuid> = there.iter().map(|row| (row.slug.clone(), row.id)).collect();
        let was: HashMap<Uuid, tenant::Model> = there.into_iter().map(|row| (row.id, row)).collect();
        for row in rows {
            let id = ids.get(&row.slug).copied().ok_or(StoreError::Stale)?;
            let mut model = self.active(row, was.get(&id), &ids, now);
            model.created_at = sea_orm::ActiveValue::NotSet;
            model.id = sea_orm::ActiveValue::Unchanged(id);
            tenant::Entity::update(model).exec_without_returning(tx).await?;
            host::Entity::delete_many().filter(host::Column::TenantId.eq(id)).exec(tx).await?;
        }
        let hosts: Vec<_> =
            rows.iter().flat_map(|row| host_rows(row, ids.get(&row.slug).copied().unwrap_or_default())).collect();
        for chunk in hosts.chunks(1000) {
            host::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await?;
        }
        Ok(())
    }

    /// Goes on in the name of the tenant above all others, in whose chain provisioning is recorded. A cluster that is being
    /// created had none when the transaction began.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when there is no root.
    pub async fn enter_root(&mut self) -> Result<(), StoreError> {
        let found = tenant::Entity::find().filter(tenant::Column::ParentId.is_null()).one(&self.tx.raw().tx).await?;
        let root = found.ok_or(StoreError::Stale)?.id;
        self.tx.enter(TenantId::from_row(root)).await
    }

    /// Rebuilds the pairs of superior and inferior after a tenant moved in the tree.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn reopen_tree(&self) -> Result<(), StoreError> {
        self.tx.raw().tx.execute_unprepared("DELETE FROM tenant_closure").await?;
        self.close_tree().await
    }

    /// Adds the missing pairs of superior and inferior, set-based.
    async fn close_tree(&self) -> Result<(), StoreError> {
        let sql = "INSERT INTO tenant_closure (ancestor_id, descendant_id, depth) \
            WITH RECURSIVE up (descendant, ancestor, depth) AS ( \
                SELECT id, id, 0 FROM tenant WHERE id NOT IN (SELECT descendant_id FROM tenant_closure) \
                UNION ALL \
                SELECT up.descendant, t.parent_id, up.depth + 1 FROM up JOIN tenant t ON t.id = up.ancestor \
                WHERE t.parent_id IS NOT NULL AND up.depth < 16) \
            SELECT ancestor, descendant, depth FROM up";
        self.tx.raw().tx.execute_unprepared(sql).await?;
        Ok(())
    }

    /// Reads through one named statement over the rows that provisioning gives (`content::column`, `exchange::policy`).
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn provision_read<M: FromQueryResult>(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Vec<M>, StoreError> {
        let open = self.tx.raw();
        let rows = open.tx.query_all_raw(open.statement(sql, values)).await?;
        Ok(rows.iter().map(|row| M::from_query_result(row, "")).collect::<Result<_, _>>()?)
    }

    /// The members of a parameter that holds a list of strings as JSON, as a subquery: any number of slugs is one parameter.
    pub fn listed(&self, parameter: &str) -> String {
        match self.tx.engine() {
            Engine::Sqlite => format!("(SELECT value FROM json_each({parameter}))"),
            Engine::Postgres => format!("(SELECT json_array_elements_text({parameter}::json))"),
        }
    }

    /// Says that pages of the tenant entered last and of all below it change with this commit.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn touch_below(&self, now: Timestamp) -> Result<(), StoreError> {
        self.tx.touch(Scope::Subtree, now).await
    }

    /// Runs one named set-based statement that gives tenants their standard rows (`content::column`, `exchange::policy`).
    ///
    /// # Errors
    /// [`StoreError::Taken`] when a uniqueness rule refuses a row.
    pub async fn provision_each(&self, verb: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        let open = self.tx.raw();
        Ok(open.tx.execute_raw(open.statement(verb, values)).await?.rows_affected())
    }

    /// Commits, and makes this node read the directory again before it answers.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database refuses: then nothing happened.
    pub async fn commit(self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        self.tx.touch(Scope::Tenant, now).await?;
        self.tx.commit().await?;
        // It is true now, whatever happens to the reading: the follower reads again.
        if let Err(error) = store.reload_sites().await {
            tracing::warn!(%error, "tenants changed, and the directory of this node is read again later");
        }
        Ok(())
    }

    fn active(
        &self,
        row: &TenantRow,
        was: Option<&tenant::Model>,
        ids: &HashMap<String, Uuid>,
        now: Timestamp,
    ) -> tenant::ActiveModel {
        let same = was.filter(|was| was.state == row.state.as_str());
        let begins = same.is_none() && row.state == TenantState::Suspended;
        tenant::ActiveModel {
            state_since: Set(same.map_or(now.micros(), |was| was.state_since)),
            suspended_at: Set(if begins { Some(now.micros()) } else { was.and_then(|was| was.suspended_at) }),
            id: Set(ids.get(&row.slug).copied().unwrap_or_default()),
            slug: Set(row.slug.clone()),
            name: Set(row.name.clone()),
            short_name: Set(row.short_name.clone()),
            level: Set(row.level.as_str().to_owned()),
            division_code: Set(row.division_code.clone()),
            site_code: Set(Some(row.site_code.clone()).filter(|code| !code.is_empty())),
            parent_id: Set(row.parent.as_ref().and_then(|slug| ids.get(slug).copied())),
            owner_unit: Set(row.owner_unit.clone()),
            state: Set(row.state.as_str().to_owned()),
            state_reason: Set(row.state_reason.clone()),
            state_until: Set(row.state_until.map(Timestamp::micros)),
            successor: Set(row.successor.clone()),
            theme: Set(row.theme.clone()),
            skin: Set(row.skin.clone()),
            furniture: Set(serde_json::to_string(&row.furniture).unwrap_or_default()),
            blueprint: Set(row.blueprint.clone()),
            rehearsal: Set(i32::from(row.rehearsal)),
            digest: Set(String::new()),
            created_at: Set(now.micros()),
            changed_at: Set(now.micros()),
        }
    }
}

impl Deref for ProvisionTx {
    type Target = TenantTx;

    fn deref(&self) -> &TenantTx {
        &self.tx
    }
}

fn host_rows(row: &TenantRow, id: Uuid) -> Vec<host::ActiveModel> {
    let rows = row.hosts.iter().zip(0..);
    rows.map(|(host, position)| host::ActiveModel {
        host: Set(host.clone()),
        tenant_id: Set(id),
        position: Set(position),
    })
    .collect()
}
