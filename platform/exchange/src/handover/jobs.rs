//! What time does to a hand-over: a note that nobody takes over is reminded of.

use base::queue::{Claimed, Outcome};
use base::{Store, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::model::{Event, HandoverError, Standing};
use super::views;
use crate::notice::{self, Told};
use crate::roster::RosterRules;

/// Name of the job.
pub const REMIND: &str = "handover.remind";

/// Whom the reminders tell: whoever is on duty.
pub const AUDIENCE: &str = "duty";

#[derive(Deserialize)]
struct About {
    handover: Uuid,
}

/// Reminds whoever is on duty of a signed note that nobody took over, as often as the rule says. Run twice at the same
/// reminder, it changes nothing.
///
/// # Errors
/// [`HandoverError`]; the job is tried again.
pub async fn remind(
    store: &Store,
    rules: &RosterRules,
    job: &Claimed,
    now: Timestamp,
) -> Result<Outcome, HandoverError> {
    let Ok(About { handover }) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let rule = rules.at(now).ok_or(HandoverError::NoRule)?;
    let tx = store.tenant(job.tenant()).await?;
    let one = match views::find(&tx, handover).await {
        Err(HandoverError::Missing) => return Ok(Outcome::Done),
        other => other?,
    };
    let (Standing::SignedOut, Some(since)) = (one.standing, one.signed_out_at) else { return Ok(Outcome::Done) };
    let pause = Timestamp::MINUTE * rule.handover_minutes.max(1);
    let reminder = (now.micros() - since.micros()) / pause;
    if reminder < 1 {
        return Ok(Outcome::Again(Timestamp(since.micros() + pause)));
    }
    let told = Told {
        key: format!("handover:{}:{reminder}", handover.simple()),
        kind: "handover.waiting",
        audience: AUDIENCE,
        body: serde_json::json!({ "handover": handover.to_string() }),
        digest_minutes: rule.digest_minutes,
    };
    if notice::tell(&tx, &told, now).await? {
        tx.note(&Event::Reminded { handover, reminder }, base::duty::PLATFORM, now).await?;
    }
    tx.commit().await?;
    if reminder >= rule.handover_reminders {
        return Ok(Outcome::Done);
    }
    Ok(Outcome::Again(Timestamp(since.micros() + pause * (reminder + 1))))
}
