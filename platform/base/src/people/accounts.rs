//! Accounts: put, disabled, listed.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::{grant, hash_password, may_be_a_login};
use crate::Timestamp;
use crate::duty::Grant;
use crate::store::{Store, StoreError};

/// A new person.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Login name.
    pub login: String,
    /// Name on screens.
    pub name: String,
    /// The password; only its argon2id hash is kept.
    pub password: String,
    /// What the person may do where.
    pub grants: Vec<Grant>,
}

/// A person as the operator sees one.
#[derive(Clone, Debug)]
pub struct Account {
    /// Login name.
    pub login: String,
    /// Name on screens.
    pub name: String,
    /// May not sign in.
    pub disabled: bool,
    /// When a lock opens again; in the past, or 0, when there is none.
    pub locked_until: Timestamp,
    /// What the person may do where.
    pub grants: Vec<Grant>,
}

#[derive(FromQueryResult)]
struct ListedRow {
    id: Uuid,
    login: String,
    name: String,
    disabled: i32,
    locked_until: i64,
}

#[derive(FromQueryResult)]
struct GrantedRow {
    account_id: Uuid,
    tenant_id: Uuid,
    role: String,
    subtree: i32,
}

const END_SESSIONS: &str = "DELETE FROM session WHERE account_id = $1";

impl Store {
    /// Creates or replaces an account by its login. Whoever was signed in with it has to sign in anew, and a lock is gone.
    ///
    /// # Errors
    /// [`StoreError::Suspicious`] when the login is none or the password cannot be hashed.
    pub async fn put_account(&self, new: NewAccount, now: Timestamp) -> Result<(), StoreError> {
        if !may_be_a_login(&new.login) {
            return Err(StoreError::Suspicious { table: "account", what: format!("{:?} is no login", new.login) });
        }
        let hash = hash_password(new.password).await?;
        let open = self.begin(true).await?;
        let found = open
            .tx
            .query_one_raw(open.statement("SELECT id FROM account WHERE login = $1", vec![new.login.as_str().into()]))
            .await?;
        let known: Option<Uuid> = found.map(|row| row.try_get("", "id")).transpose()?;
        let id = known.unwrap_or_else(|| self.ids().new_id(now));
        let upsert = "INSERT INTO account (id, login, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5) \
                      ON CONFLICT (login) DO UPDATE SET name = excluded.name, password_hash = excluded.password_hash, \
                      failures = 0, locked_until = 0, disabled = 0";
        let values: Vec<Value> = vec![id.into(), new.login.into(), new.name.into(), hash.into(), now.micros().into()];
        open.tx.execute_raw(open.statement(upsert, values)).await?;
        open.tx.execute_raw(open.statement(END_SESSIONS, vec![id.into()])).await?;
        open.tx.execute_raw(open.statement("DELETE FROM role_grant WHERE account_id = $1", vec![id.into()])).await?;
        for grant in new.grants {
            let sql = "INSERT INTO role_grant (account_id, tenant_id, role, subtree) VALUES ($1, $2, $3, $4)";
            let values = vec![
                id.into(),
                grant.tenant.uuid().into(),
                grant.role.as_str().into(),
                i32::from(grant.subtree).into(),
            ];
            open.tx.execute_raw(open.statement(sql, values)).await?;
        }
        Ok(open.tx.commit().await?)
    }

    /// Shuts an account and ends its sessions; false when there is none with this login.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn disable_account(&self, login: &str) -> Result<bool, StoreError> {
        let Some(account) = self.account(login).await? else { return Ok(false) };
        let open = self.begin(true).await?;
        let disable = "UPDATE account SET disabled = 1 WHERE id = $1";
        open.tx.execute_raw(open.statement(disable, vec![account.id.into()])).await?;
        open.tx.execute_raw(open.statement(END_SESSIONS, vec![account.id.into()])).await?;
        open.tx.commit().await?;
        Ok(true)
    }

    /// Every account with its grants, by login.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let asked = |sql| Statement::from_string(self.db().get_database_backend(), sql);
        let mut grants: HashMap<Uuid, Vec<Grant>> = HashMap::new();
        let sql = "SELECT account_id, tenant_id, role, subtree FROM role_grant ORDER BY tenant_id, role";
        for row in self.db().query_all_raw(asked(sql)).await? {
            let row = GrantedRow::from_query_result(&row, "")?;
            grants.entry(row.account_id).or_default().extend(grant(row.tenant_id, &row.role, row.subtree));
        }
        let sql = "SELECT id, login, name, disabled, locked_until FROM account ORDER BY login";
        let rows = self.db().query_all_raw(asked(sql)).await?;
        let account = |row| {
            let ListedRow { id, login, name, disabled, locked_until } = ListedRow::from_query_result(row, "")?;
            let grants = grants.remove(&id).unwrap_or_default();
            Ok(Account { login, name, disabled: disabled != 0, locked_until: Timestamp(locked_until), grants })
        };
        rows.iter().map(account).collect()
    }

    /// Whether there is an account with this login.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn has_account(&self, login: &str) -> Result<bool, StoreError> {
        Ok(self.account(login).await?.is_some())
    }

    /// Whether anybody can sign in at all.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn has_accounts(&self) -> Result<bool, StoreError> {
        Ok(self.read_one("SELECT id FROM account LIMIT 1", vec![]).await?.is_some())
    }
}
