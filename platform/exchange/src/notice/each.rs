//! Digests of many portals in two statements: the rows that collect what was told, and the jobs that hand them over to mail.

use base::store::{Engine, StoreError};
use base::{SubtreeTx, Timestamp};

use super::{DELIVER, DIGEST, GRACE_MINUTES, deliver_payload, span};
use crate::order::reach::Bind;

/// Writes the digest under way of one audience for every portal that `whom` names (a SELECT of the column `who`), and the job
/// that hands it over to mail when it is complete. Done again, it changes nothing.
///
/// # Errors
/// [`StoreError::Database`].
pub(crate) async fn digest_each(
    tx: &SubtreeTx,
    audience: &str,
    minutes: i64,
    whom: impl Fn(&mut Bind) -> String,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (from, until) = span(minutes, now);
    let digest = format!("digest:{audience}:{from}");
    let mut bind = Bind::default();
    let (key, tell) = (bind.add(digest.as_str()), bind.add(audience));
    let body = bind.add(format!("{{\"from\":{from},\"until\":{until}}}"));
    let (at, who) = (bind.add(now.micros()), whom(&mut bind));
    let rows = format!(
        "INSERT INTO notice (tenant_id, key, kind, audience, body, created_at) \
         SELECT DISTINCT told.who, {key}, '{DIGEST}', {tell}, {body}, {at} FROM ({who}) told WHERE true ON CONFLICT DO NOTHING"
    );
    tx.reach(&rows, bind.done()).await?;
    let mut bind = Bind::default();
    let payload = bind.add(deliver_payload(&digest));
    let run_at = bind.add(Timestamp(until).plus_minutes(GRACE_MINUTES).micros());
    let (at, key) = (bind.add(now.micros()), bind.add(format!(":{digest}")));
    let (id, who) = (simple(tx.engine(), "told.who"), whom(&mut bind));
    let jobs = format!(
        "SELECT DISTINCT '{DELIVER}:' || {id} || {key}, '{DELIVER}', told.who, {payload}, {run_at}, {at} FROM ({who}) told"
    );
    tx.enqueue_each(&jobs, bind.done()).await.map(|_| ())
}

/// A key's digits without hyphens, as text.
fn simple(engine: Engine, column: &str) -> String {
    match engine {
        Engine::Sqlite => format!("lower(hex({column}))"),
        Engine::Postgres => format!("replace({column}::text, '-', '')"),
    }
}
