//! What a portal does with its copy when the origin of something that it adopted is withdrawn.

use base::duty::Role;
use base::store::StoreError;
use base::{Duty, Staff, TenantTx, Timestamp};
use content::document::Cause;
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::Expr};

use super::events::Event;
use super::rows::policy as rows;

/// May set how the desk works: who skips a level, and what happens when an origin is withdrawn.
pub struct SetDesk;
impl Duty for SetDesk {
    const NAME: &'static str = "set_desk";
    const ROLES: &'static [Role] = &[Role::TenantAdmin, Role::Operator, Role::CentralDuty];
    const BELOW: bool = false;
}

/// When the platform hides the portal's copy at once. Whatever it does not hide is a task with a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hide {
    /// Never: people decide.
    Never,
    /// For leaks and serious errors.
    #[default]
    Serious,
    /// Whenever the origin is withdrawn.
    Always,
}

impl Hide {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::Never, Self::Serious, Self::Always];

    /// The word used in tables, forms and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Serious => "serious",
            Self::Always => "always",
        }
    }

    /// Reads the word of [`Hide::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hide| hide.as_str() == word)
    }

    /// Whether a withdrawal for this cause hides the copy.
    pub const fn hides(self, cause: Cause) -> bool {
        match self {
            Self::Never => false,
            Self::Serious => cause.is_serious(),
            Self::Always => true,
        }
    }
}

/// The rule of this tenant; the default when it set none.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn hide_rule(tx: &TenantTx) -> Result<Hide, StoreError> {
    let row = tx.one(rows::Entity::find()).await?;
    // A word that is not known hides what the default hides.
    Ok(row.and_then(|row| Hide::parse(&row.hide_on_withdrawal)).unwrap_or_default())
}

/// Sets the rule of this tenant.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn set_hide_rule(tx: &TenantTx, who: &Staff<SetDesk>, hide: Hide, now: Timestamp) -> Result<(), StoreError> {
    let row = rows::ActiveModel {
        hide_on_withdrawal: Set(hide.as_str().to_owned()),
        changed_at: Set(now.micros()),
        changed_by: Set(who.actor().to_owned()),
        ..Default::default()
    };
    if !tx.insert_if_free(row).await? {
        let update = rows::Entity::update_many()
            .col_expr(rows::Column::HideOnWithdrawal, Expr::value(hide.as_str()))
            .col_expr(rows::Column::ChangedAt, Expr::value(now.micros()))
            .col_expr(rows::Column::ChangedBy, Expr::value(who.actor()));
        tx.change_one(update).await?;
    }
    tx.note(&Event::PolicySet { hide_on_withdrawal: hide.as_str() }, who.actor(), now).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_and_cause() {
        for hide in Hide::ALL {
            assert_eq!(Hide::parse(hide.as_str()), Some(hide));
            for cause in Cause::ALL {
                let wanted = hide == Hide::Always || (hide == Hide::Serious && cause != Cause::Routine);
                assert_eq!(hide.hides(cause), wanted, "{hide:?} {cause:?}");
            }
        }
    }
}
