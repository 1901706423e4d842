//! What follows a look: a finding is on record and told once, naming who answers for the link; a mended one is on record.

use base::store::StoreError;
use base::{TenantTx, Timestamp};
use content::link::{self, LinkError, LinkRule};
use exchange::notice::{self, Told};

use super::model::{Event, Fault, Finding, Standing};

/// Whom findings reach beside the owner: whoever looks after the portal's pages.
const AUDIENCE: &str = "editor";

/// Records what became of an address. A finding that stands is told once, another fault of the same address again.
pub(super) async fn follow(
    tx: &TenantTx,
    was: &Finding,
    is: Standing,
    fault: Option<(Fault, &str)>,
    rule: &LinkRule,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (subject, url) = (was.subject, was.url.clone());
    match (is, fault) {
        (Standing::Bad, Some((fault, detail))) if was.standing != Standing::Bad || was.fault != Some(fault) => {
            let found = Event::Found { subject, url, fault, detail: detail.to_owned() };
            tx.note(&found, base::duty::PLATFORM, now).await?;
            tell(tx, was, fault, rule, now).await
        }
        (Standing::Good, _) if was.standing == Standing::Bad => {
            tx.note(&Event::Mended { subject, url }, base::duty::PLATFORM, now).await.map(drop)
        }
        _ => Ok(()),
    }
}

async fn tell(tx: &TenantTx, was: &Finding, fault: Fault, rule: &LinkRule, now: Timestamp) -> Result<(), StoreError> {
    let owner = if was.of_entry { owner(tx, was).await? } else { String::new() };
    let told = Told {
        // The instant makes the same fault news again after it was mended.
        key: format!("link:{}:{}:{}", was.subject.0.simple(), was.key, now.micros()),
        kind: fault.told(),
        audience: AUDIENCE,
        body: serde_json::json!({ "link": was.subject, "title": was.title, "owner": owner }),
        digest_minutes: rule.digest_minutes,
    };
    notice::tell(tx, &told, now).await.map(drop)
}

async fn owner(tx: &TenantTx, was: &Finding) -> Result<String, StoreError> {
    match link::find(tx, was.subject).await {
        Ok(entry) => Ok(entry.owner),
        Err(LinkError::Store(error)) => Err(error),
        Err(_) => Ok(String::new()),
    }
}
