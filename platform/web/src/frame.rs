//! The frame of a handler whose act is one verb: open, act, commit. What is refused leaves nothing behind.

use base::store::{Reach, Reaching};
use base::{Duty, Staff, SubtreeTx, TenantId, TenantTx, Timestamp};

use crate::App;
use crate::problem::Problem;

/// An act that reaches beyond the portal, in a transaction of its own.
///
/// # Errors
/// What the act says; what the database says.
pub(crate) async fn reaching<D, T, E>(
    app: &App,
    staff: &Staff<D>,
    act: impl AsyncFnOnce(&SubtreeTx, Timestamp) -> Result<T, E>,
) -> Result<T, Problem>
where
    D: Duty + Reaching,
    Problem: From<E>,
{
    let tx = app.store.subtree(Reach::of(staff)).await?;
    let done = act(&tx, app.clock.now()).await?;
    tx.commit().await?;
    Ok(done)
}

/// An act within the portal, in a transaction of its own.
///
/// # Errors
/// What the act says; what the database says.
pub(crate) async fn at_home<T, E>(
    app: &App,
    tenant: TenantId,
    act: impl AsyncFnOnce(&TenantTx, Timestamp) -> Result<T, E>,
) -> Result<T, Problem>
where
    Problem: From<E>,
{
    let tx = app.store.tenant(tenant).await?;
    let done = act(&tx, app.clock.now()).await?;
    tx.commit().await?;
    Ok(done)
}
