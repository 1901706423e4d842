//! The review queue: what waits, and what is decided about it.

use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use base::Timestamp;
use clap::Args;
use content::DocumentId;
use exchange::joint::{self, DecideJoint, Item, ItemKey, ItemRow, Standing, ViaId};
use serde_json::{Value, json};
use uuid::Uuid;
use web::App;

use super::super::slug;
use super::{By, Joint, print, site};

/// An item as it is typed: VIA/DOCUMENT.
#[derive(Clone, Copy, Debug)]
pub struct Key(ItemKey);

impl FromStr for Key {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (via, document) = text.split_once('/').context("an item is VIA/DOCUMENT, as `queue` shows it")?;
        let (via, document) = (Uuid::try_parse(via)?, Uuid::try_parse(document)?);
        Ok(Self(ItemKey { via: ViaId(via), document: DocumentId(document) }))
    }
}

/// A decision that needs a reason.
#[derive(Debug, Args)]
pub struct Reasoned {
    #[command(flatten)]
    by: By,
    /// The item, VIA/DOCUMENT
    item: Key,
    /// Why; 1 to 500 characters, the sender reads it
    #[arg(long)]
    reason: String,
}

/// Runs one of the commands about items.
pub async fn run(app: &Arc<App>, command: Joint, as_json: bool, now: Timestamp) -> Result<()> {
    match command {
        Joint::Queue { tenant, all, limit } => queue(app, &tenant, all, limit, as_json).await,
        Joint::Take { by, items, column } => {
            let (reach, who) = by.reaching::<DecideJoint>(app)?;
            let keys: Vec<ItemKey> = items.into_iter().map(|key| key.0).collect();
            let tx = app.store.subtree(reach).await?;
            let done = joint::accept(&tx, &who, &keys, column.as_deref(), now).await?;
            tx.commit().await?;
            if as_json {
                return print(&json!({ "placed": done.placed, "skipped": done.skipped, "missed": done.missed }));
            }
            println!("{} taken, {} here already, {} missed", done.placed.len(), done.skipped, done.missed);
            Ok(())
        }
        Joint::Reopen { by, item } => {
            let (reach, who) = by.reaching::<DecideJoint>(app)?;
            let tx = app.store.subtree(reach).await?;
            joint::reopen(&tx, &who, &[item.0], now).await?;
            let one = joint::find_item(&tx, item.0).await?;
            tx.commit().await?;
            show(app, &one, as_json)
        }
        other => decide(app, other, as_json, now).await,
    }
}

/// What is said no to.
async fn decide(app: &App, command: Joint, as_json: bool, now: Timestamp) -> Result<()> {
    let (said, is) = match command {
        Joint::Refuse(said) => (said, Standing::Declined),
        Joint::Return(said) => (said, Standing::Returned),
        Joint::TakeDown(said) => (said, Standing::TakenDown),
        other => bail!("{other:?} is no decision"),
    };
    let Reasoned { by, item: Key(key), reason } = said;
    let (reach, who) = by.reaching::<DecideJoint>(app)?;
    let tx = app.store.subtree(reach).await?;
    let one = match is {
        Standing::Declined => joint::decline(&tx, &who, key, &reason, now).await?,
        Standing::Returned => joint::return_to(&tx, &who, key, &reason, now).await?,
        _ => joint::take_down(&tx, &who, key, &reason, now).await?,
    };
    tx.commit().await?;
    show(app, &one, as_json)
}

async fn queue(app: &App, tenant: &str, all: bool, limit: u64, as_json: bool) -> Result<()> {
    let at = site(&app.store, tenant)?;
    let standings: &[Standing] = if all { &[] } else { &[Standing::InReview] };
    let tx = app.store.reading(at.tenant).await?;
    let found = joint::items_received(&tx, standings, None, limit).await?.items;
    tx.commit().await?;
    if as_json {
        let line = |row: &ItemRow| {
            json!({
                "item": format!("{}/{}", row.via_id, row.document_id), "channel": row.channel, "from": slug(&app.store, row.sender_id),
                "origin": slug(&app.store, row.origin_id), "target": row.target_key, "title": row.title, "standing": row.standing,
                "arrived_at": Timestamp(row.arrived_at), "reason": row.reason, "address": row.address,
            })
        };
        return print(&found.iter().map(line).collect::<Vec<_>>());
    }
    for row in &found {
        let at = Timestamp(row.arrived_at).minute_cst();
        let from = slug(&app.store, row.sender_id);
        println!("{}/{}  {at}  {:<10} {from}  {}", row.via_id, row.document_id, row.standing, row.title);
    }
    Ok(())
}

fn described(app: &App, one: &Item) -> Value {
    json!({
        "item": format!("{}/{}", one.key.via, one.key.document), "from": slug(&app.store, one.sender), "to": slug(&app.store, one.receiver),
        "target": one.target, "title": one.title, "standing": one.standing, "reason": one.reason, "address": one.address,
    })
}

fn show(app: &App, one: &Item, as_json: bool) -> Result<()> {
    if as_json {
        return print(&described(app, one));
    }
    println!("{}/{}  {}  {}", one.key.via, one.key.document, one.standing.as_str(), one.title);
    Ok(())
}
