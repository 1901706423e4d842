//! People: accounts with what they were granted, sign-in with lockout, server-side sessions, bearer tokens.
//!
//! Only hashes of bearer values are stored. Times to lock and to idle come from the configuration (等保 GB/T 22239-2019
//! asks for failed-login handling and an idle time-out; typical accepted values are in the configuration reference).

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use uuid::Uuid;

use crate::Timestamp;
use crate::duty::{Grant, Principal, Role};
use crate::id::sm3_hex;
use crate::store::{Store, StoreError};
use crate::tenancy::TenantId;

/// How sign-in behaves; filled from the configuration.
#[derive(Clone, Copy, Debug)]
pub struct SignInRules {
    /// Failures in a row after which the account is locked.
    pub lockout_failures: i32,
    /// Minutes that a lock lasts.
    pub lockout_minutes: i64,
    /// Minutes without a request after which a session ends.
    pub idle_minutes: i64,
    /// Hours after which a session ends in any case.
    pub absolute_hours: i64,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown login or wrong password: which of the two is not said.
    #[error("the login or the password is wrong")]
    Wrong,
    /// Too many failures in a row.
    #[error("locked after too many failures")]
    Locked {
        /// When it opens again.
        until: Timestamp,
    },
    /// The account was disabled by an administrator.
    #[error("the account is disabled")]
    Disabled,
    /// The database is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

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

#[derive(FromQueryResult)]
struct AccountRow {
    id: Uuid,
    login: String,
    name: String,
    password_hash: String,
    failures: i32,
    locked_until: i64,
    disabled: i32,
}

#[derive(FromQueryResult)]
struct GrantRow {
    tenant_id: Uuid,
    role: String,
    subtree: i32,
}

#[derive(FromQueryResult)]
struct SessionRow {
    account_id: Uuid,
    seen_at: i64,
    ends_at: i64,
}

#[derive(FromQueryResult)]
struct TokenRow {
    id: Uuid,
    tenant_id: Uuid,
    role: String,
    subtree: i32,
    label: String,
}

impl Store {
    /// Creates or replaces an account by its login.
    ///
    /// # Errors
    /// [`StoreError::Suspicious`] when the password cannot be hashed.
    pub async fn put_account(&self, new: NewAccount, now: Timestamp) -> Result<(), StoreError> {
        let hash = hash_password(new.password).await?;
        let open = self.begin(true).await?;
        let found = open
            .tx
            .query_one_raw(open.statement("SELECT id FROM account WHERE login = $1", vec![new.login.as_str().into()]))
            .await?;
        let known: Option<Uuid> = found.map(|row| row.try_get("", "id")).transpose()?;
        let id = known.unwrap_or_else(|| self.ids().new_id(now));
        let upsert = "INSERT INTO account (id, login, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5) \
                      ON CONFLICT (login) DO UPDATE SET name = excluded.name, password_hash = excluded.password_hash";
        let values: Vec<Value> = vec![id.into(), new.login.into(), new.name.into(), hash.into(), now.micros().into()];
        open.tx.execute_raw(open.statement(upsert, values)).await?;
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

    /// Checks a password and opens a session; answers the cookie's value.
    ///
    /// # Errors
    /// See [`SignInError`]. Every failure is counted in the database, on whichever node it happened.
    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        rules: &SignInRules,
        now: Timestamp,
    ) -> Result<String, SignInError> {
        let Some(account) = self.account(login).await? else {
            // The same work as for a known login, so that the time taken does not tell which logins exist.
            let _ = hash_password(password.to_owned()).await;
            return Err(SignInError::Wrong);
        };
        if account.locked_until > now.micros() {
            return Err(SignInError::Locked { until: Timestamp(account.locked_until) });
        }
        if !verify_password(password.to_owned(), account.password_hash.clone()).await {
            let failures = account.failures + 1;
            let locked = failures >= rules.lockout_failures;
            let until = if locked { now.plus_minutes(rules.lockout_minutes) } else { Timestamp(0) };
            let sql = "UPDATE account SET failures = CASE WHEN $3 > 0 THEN 0 ELSE failures + 1 END, locked_until = $3 WHERE id = $1 AND $2 > 0";
            self.write(sql, vec![account.id.into(), failures.into(), until.micros().into()]).await?;
            return Err(if locked { SignInError::Locked { until } } else { SignInError::Wrong });
        }
        if account.disabled != 0 {
            return Err(SignInError::Disabled);
        }
        let value = self.ids().secret();
        self.write("UPDATE account SET failures = 0, locked_until = 0 WHERE id = $1", vec![account.id.into()]).await?;
        let ends = now.plus_hours(rules.absolute_hours).micros();
        let sql = "INSERT INTO session (id_hash, account_id, created_at, seen_at, ends_at) VALUES ($1, $2, $3, $3, $4)";
        self.write(sql, vec![sm3_hex(value.as_bytes()).into(), account.id.into(), now.micros().into(), ends.into()])
            .await?;
        Ok(value)
    }

    /// The person behind a session cookie; notes that the session was used, at most once a minute.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn session(
        &self,
        value: &str,
        rules: &SignInRules,
        now: Timestamp,
    ) -> Result<Option<Principal>, StoreError> {
        self.look_session_up(value, rules, now, true).await
    }

    /// The person of a session that goes on by itself, such as an open event stream: looking is no sign of life.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn session_at_rest(
        &self,
        value: &str,
        rules: &SignInRules,
        now: Timestamp,
    ) -> Result<Option<Principal>, StoreError> {
        self.look_session_up(value, rules, now, false).await
    }

    async fn look_session_up(
        &self,
        value: &str,
        rules: &SignInRules,
        now: Timestamp,
        alive: bool,
    ) -> Result<Option<Principal>, StoreError> {
        let hash = sm3_hex(value.as_bytes());
        let found = self
            .read_one("SELECT account_id, seen_at, ends_at FROM session WHERE id_hash = $1", vec![hash.as_str().into()])
            .await?;
        let Some(row) = found.map(|row| SessionRow::from_query_result(&row, "")).transpose()? else { return Ok(None) };
        let idle_ends = Timestamp(row.seen_at).plus_minutes(rules.idle_minutes);
        if now > idle_ends || now.micros() > row.ends_at {
            self.write("DELETE FROM session WHERE id_hash = $1", vec![hash.into()]).await?;
            return Ok(None);
        }
        if alive && now.micros() - row.seen_at > Timestamp::MINUTE {
            self.write("UPDATE session SET seen_at = $2 WHERE id_hash = $1", vec![hash.into(), now.micros().into()])
                .await?;
        }
        let found =
            self.read_one("SELECT * FROM account WHERE id = $1 AND disabled = 0", vec![row.account_id.into()]).await?;
        let Some(account) = found.map(|row| AccountRow::from_query_result(&row, "")).transpose()? else {
            return Ok(None);
        };
        let sql = "SELECT tenant_id, role, subtree FROM role_grant WHERE account_id = $1 ORDER BY tenant_id, role";
        let statement = Statement::from_sql_and_values(self.db().get_database_backend(), sql, [account.id.into()]);
        let mut grants = Vec::new();
        for row in self.db().query_all_raw(statement).await? {
            let row = GrantRow::from_query_result(&row, "")?;
            grants.extend(grant(row.tenant_id, &row.role, row.subtree));
        }
        Ok(Some(Principal { id: account.id, actor: account.login, name: account.name, grants }))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn sign_out(&self, value: &str) -> Result<(), StoreError> {
        self.write("DELETE FROM session WHERE id_hash = $1", vec![sm3_hex(value.as_bytes()).into()]).await
    }

    /// Makes a bearer token for the API; answers its value, which is kept nowhere.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn create_token(
        &self,
        tenant: TenantId,
        role: Role,
        label: &str,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let value = format!("dibao_{}", self.ids().secret());
        let subtree = matches!(role, Role::CentralDuty | Role::Operator);
        let sql = "INSERT INTO api_token (id_hash, id, tenant_id, role, subtree, label, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values = vec![
            sm3_hex(value.as_bytes()).into(),
            self.ids().new_id(now).into(),
            tenant.uuid().into(),
            role.as_str().into(),
            i32::from(subtree).into(),
            label.into(),
            now.micros().into(),
        ];
        self.write(sql, values).await?;
        Ok(value)
    }

    /// The holder of a bearer token.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn token(&self, value: &str) -> Result<Option<Principal>, StoreError> {
        let sql = "SELECT id, tenant_id, role, subtree, label FROM api_token WHERE id_hash = $1 AND revoked_at IS NULL";
        let found = self.read_one(sql, vec![sm3_hex(value.as_bytes()).into()]).await?;
        let Some(row) = found.map(|row| TokenRow::from_query_result(&row, "")).transpose()? else { return Ok(None) };
        let grants = grant(row.tenant_id, &row.role, row.subtree).into_iter().collect();
        Ok(Some(Principal { id: row.id, actor: format!("token:{}", row.label), name: row.label, grants }))
    }

    /// Whether anybody can sign in at all.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn has_accounts(&self) -> Result<bool, StoreError> {
        Ok(self.read_one("SELECT id FROM account LIMIT 1", vec![]).await?.is_some())
    }

    async fn account(&self, login: &str) -> Result<Option<AccountRow>, StoreError> {
        let found = self.read_one("SELECT * FROM account WHERE login = $1", vec![login.into()]).await?;
        Ok(found.map(|row| AccountRow::from_query_result(&row, "")).transpose()?)
    }

    pub(crate) async fn read_one(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Option<sea_orm::QueryResult>, StoreError> {
        let statement = Statement::from_sql_and_values(self.db().get_database_backend(), sql, values);
        Ok(self.db().query_one_raw(statement).await?)
    }

    pub(crate) async fn write(&self, sql: &str, values: Vec<Value>) -> Result<(), StoreError> {
        let open = self.begin(true).await?;
        open.tx.execute_raw(open.statement(sql, values)).await?;
        Ok(open.tx.commit().await?)
    }
}

fn grant(tenant: Uuid, role: &str, subtree: i32) -> Option<Grant> {
    Some(Grant { role: Role::parse(role)?, tenant: TenantId::from_row(tenant), subtree: subtree != 0 })
}

/// Hashing takes tens of milliseconds on purpose: it runs off the request threads.
async fn hash_password(password: String) -> Result<String, StoreError> {
    let unreadable = |what: String| StoreError::Suspicious { table: "account", what };
    tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
    })
    .await
    .map_err(|error| unreadable(error.to_string()))?
    .map_err(|error| unreadable(error.to_string()))
}

async fn verify_password(password: String, hash: String) -> bool {
    let verify = move || {
        let parsed = argon2::PasswordHash::new(&hash).ok()?;
        Argon2::default().verify_password(password.as_bytes(), &parsed).ok()
    };
    tokio::task::spawn_blocking(verify).await.ok().flatten().is_some()
}
