//! How people are reached: an address, the language of letters, and what a person does not want by mail.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

use crate::duty::Role;
use crate::store::{Store, StoreError};
use crate::tenancy::TenantId;

/// A person who may be told something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    /// The account.
    pub id: Uuid,
    /// Login name.
    pub login: String,
    /// Name on screens.
    pub name: String,
    /// Where letters go, and which.
    pub mail: MailSettings,
}

/// Where a person's letters go, and which are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailSettings {
    /// `name@host`; empty for nobody who is written to.
    pub address: String,
    /// Language of letters, e.g. `zh-Hans`.
    pub lang: String,
    /// Audiences whose letters are not wanted.
    pub off: Vec<String>,
}

#[derive(FromQueryResult)]
struct ReachedRow {
    id: Uuid,
    login: String,
    name: String,
    mail: String,
    mail_lang: String,
    mail_off: String,
}

impl From<ReachedRow> for Colleague {
    fn from(row: ReachedRow) -> Self {
        let off = row.mail_off.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let mail = MailSettings { address: row.mail, lang: row.mail_lang, off };
        Self { id: row.id, login: row.login, name: row.name, mail }
    }
}

const FIELDS: &str = "a.id, a.login, a.name, a.mail, a.mail_lang, a.mail_off";

impl Store {
    /// Everybody who holds one of the roles at this very tenant, by login. Whoever reaches it only from above is not among
    /// them, and neither is a disabled account.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn people_at(&self, tenant: TenantId, roles: &[Role]) -> Result<Vec<Colleague>, StoreError> {
        let words: Vec<String> = roles.iter().map(|role| format!("'{}'", role.as_str())).collect();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT {FIELDS} FROM account a WHERE a.disabled = 0 AND EXISTS (SELECT 1 FROM role_grant g \
             WHERE g.account_id = a.id AND g.tenant_id = $1 AND g.role IN ({})) ORDER BY a.login",
            words.join(", ")
        );
        let statement = Statement::from_sql_and_values(self.db().get_database_backend(), &sql, [tenant.uuid().into()]);
        let rows = self.db().query_all_raw(statement).await?;
        Ok(rows
            .iter()
            .map(|row| ReachedRow::from_query_result(row, "").map(Colleague::from))
            .collect::<Result<_, _>>()?)
    }

    /// One person by the account; none when it is disabled.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn colleague(&self, account: Uuid) -> Result<Option<Colleague>, StoreError> {
        let sql = format!("SELECT {FIELDS} FROM account a WHERE a.id = $1 AND a.disabled = 0");
        let row = self.read_one(&sql, vec![account.into()]).await?;
        Ok(row.map(|row| ReachedRow::from_query_result(&row, "")).transpose()?.map(Colleague::from))
    }

    /// Sets where a person's letters go.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn put_mail(&self, account: Uuid, mail: &MailSettings) -> Result<(), StoreError> {
        let sql = "UPDATE account SET mail = $2, mail_lang = $3, mail_off = $4 WHERE id = $1";
        let values =
            vec![account.into(), mail.address.as_str().into(), mail.lang.as_str().into(), mail.off.join(",").into()];
        self.write(sql, values).await
    }

    /// Sets the address of a person by the login; false when there is none.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn put_mail_address(&self, login: &str, address: &str) -> Result<bool, StoreError> {
        let Some(account) = self.account(login).await? else { return Ok(false) };
        let sql = "UPDATE account SET mail = $2 WHERE id = $1";
        self.write(sql, vec![account.id.into(), address.into()]).await?;
        Ok(true)
    }
}
