//! Bearer tokens for programs: made, found, listed, revoked. Only their hashes are kept.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

use super::grant;
use crate::Timestamp;
use crate::duty::{Principal, Role};
use crate::id::sm3_hex;
use crate::store::{Store, StoreError};
use crate::tenancy::TenantId;

/// A token as the operator sees one: everything but its value, which nobody has but its holder.
#[derive(Clone, Debug)]
pub struct Token {
    /// By which it is revoked.
    pub id: Uuid,
    /// Where it acts.
    pub tenant: TenantId,
    /// With which duty.
    pub role: String,
    /// How evidence names it.
    pub label: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Since when no more.
    pub revoked_at: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct ListedRow {
    id: Uuid,
    tenant_id: Uuid,
    role: String,
    label: String,
    created_at: i64,
    revoked_at: Option<i64>,
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

    /// Every token that was ever made, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let sql = "SELECT id, tenant_id, role, label, created_at, revoked_at FROM api_token ORDER BY created_at, id";
        let rows = self.db().query_all_raw(Statement::from_string(self.db().get_database_backend(), sql)).await?;
        let token = |row| {
            let ListedRow { id, tenant_id, role, label, created_at, revoked_at } =
                ListedRow::from_query_result(row, "")?;
            let (created_at, revoked_at) = (Timestamp(created_at), revoked_at.map(Timestamp));
            Ok(Token { id, tenant: TenantId::from_row(tenant_id), role, label, created_at, revoked_at })
        };
        rows.iter().map(token).collect()
    }

    /// Ends a token for good; false when there is none with this id. Revoked twice, the first instant stays.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn revoke_token(&self, id: Uuid, now: Timestamp) -> Result<bool, StoreError> {
        let open = self.begin(true).await?;
        let sql = "UPDATE api_token SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1";
        let values = vec![id.into(), now.micros().into()];
        let revoked = open.tx.execute_raw(open.statement(sql, values)).await?.rows_affected() == 1;
        open.tx.commit().await?;
        Ok(revoked)
    }
}
