//! `dibao joint`: joint columns and subscriptions from a shell, through the same acts as the console and the API.

mod flows;
mod items;

use std::sync::Arc;

use anyhow::{Context, Result};
use base::duty::{Duty, Staff};
use base::store::{Reach, Reaching};
use base::{Site, Timestamp};
use clap::{Args, Subcommand, ValueEnum};
use exchange::joint::{self, ManageJoint, Member, MemberMove, Mode, ViaId};
use serde_json::{Value, json};
use uuid::Uuid;
use web::App;

use super::{DONE, operator, print, site, slug};

/// Joint columns and subscriptions.
#[derive(Debug, Subcommand)]
pub enum Joint {
    /// List members, memberships, subscriptions and declared flows of a portal
    List {
        /// Slug of the portal
        #[arg(long)]
        tenant: String,
    },
    /// Let anybody subscribe to a column without asking, or no longer
    Open {
        #[command(flatten)]
        by: By,
        /// Key of a column of the portal
        #[arg(long)]
        column: String,
        /// No longer
        #[arg(long)]
        close: bool,
    },
    /// Open a column to members, each by an invitation
    Invite {
        #[command(flatten)]
        by: By,
        /// Key of a column of the portal
        #[arg(long)]
        column: String,
        /// Slugs of the members
        #[arg(long, value_delimiter = ',', required = true)]
        members: Vec<String>,
        /// Whether people look first
        #[arg(long, value_enum, default_value = "review")]
        mode: How,
        /// At most 500 characters
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Answer an invitation, or leave
    Answer {
        #[command(flatten)]
        by: By,
        /// The membership
        id: Uuid,
        /// What the member says
        #[arg(long, value_enum)]
        say: Say,
    },
    /// Subscribe a column to a column of another portal, or to the same column of everybody below and of whoever joins later
    Subscribe(Box<flows::Subscribe>),
    /// Consent to a subscription, refuse, pause, resume or end it
    Step(flows::Step),
    /// List what waits for review, oldest last; or everything that came
    Queue {
        /// Slug of the portal
        #[arg(long)]
        tenant: String,
        /// Everything that came
        #[arg(long)]
        all: bool,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u64,
    },
    /// Take items into their column
    Take {
        #[command(flatten)]
        by: By,
        /// Items as `queue` shows them, VIA/DOCUMENT
        #[arg(required = true)]
        items: Vec<items::Key>,
        /// Key of another column of the portal
        #[arg(long)]
        column: Option<String>,
    },
    /// Decline an item with a reason
    Refuse(items::Reasoned),
    /// Send an item back with a reason; its next edition comes again
    Return(items::Reasoned),
    /// Take the mirror of an item off the pages with a reason
    TakeDown(items::Reasoned),
    /// Put what was decided back into the queue
    Reopen {
        #[command(flatten)]
        by: By,
        /// The item, VIA/DOCUMENT
        item: items::Key,
    },
}

/// Where, and in whose name.
#[derive(Debug, Args)]
pub struct By {
    /// Slug of the portal that acts
    #[arg(long)]
    tenant: String,
    /// Who does it, for the record
    #[arg(long = "as", value_name = "NAME")]
    actor: String,
}

impl By {
    fn proven<D: Duty>(&self, app: &App) -> Result<(Arc<Site>, Staff<D>)> {
        let at = site(&app.store, &self.tenant)?;
        let staff = operator(&at, &self.actor).staff::<D>(app.store.sites(), at.tenant)?;
        Ok((at, staff))
    }

    fn reaching<D: Duty + Reaching>(&self, app: &App) -> Result<(Reach, Staff<D>)> {
        let (_, staff) = self.proven::<D>(app)?;
        Ok((Reach::of(&staff), staff))
    }
}

/// Whether people look first.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum How {
    /// Into the review queue
    Review,
    /// Onto the pages at once
    Automatic,
}

impl From<How> for Mode {
    fn from(how: How) -> Self {
        match how {
            How::Review => Self::Review,
            How::Automatic => Self::Automatic,
        }
    }
}

/// What a member says.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Say {
    /// Take part
    Accept,
    /// Do not
    Refuse,
    /// Take part no longer
    Leave,
}

impl From<Say> for MemberMove {
    fn from(say: Say) -> Self {
        match say {
            Say::Accept => Self::Accept,
            Say::Refuse => Self::Refuse,
            Say::Leave => Self::Leave,
        }
    }
}

/// Runs one of the commands.
pub async fn run(app: &Arc<App>, command: Joint, as_json: bool) -> Result<u8> {
    let now = app.clock.now();
    match command {
        Joint::List { tenant } => list(app, &tenant, as_json).await?,
        Joint::Open { by, column, close } => {
            let (at, who) = by.proven::<ManageJoint>(app)?;
            let tx = app.store.tenant(at.tenant).await?;
            joint::open_to_all(&tx, &who, &column, !close, now).await?;
            tx.commit().await?;
            if as_json {
                print(&json!({ "column": column, "open": !close }))?;
            } else {
                println!("{column} is {}", if close { "closed" } else { "open" });
            }
        }
        Joint::Invite { by, column, members, mode, note } => {
            let made = invite(app, &by, &members, (&column, mode.into(), &note), now).await?;
            shown(app, made, as_json)?;
        }
        Joint::Answer { by, id, say } => {
            let (reach, who) = by.reaching::<ManageJoint>(app)?;
            let tx = app.store.subtree(reach).await?;
            let one = joint::answer(&tx, &who, ViaId(id), say.into(), now).await?;
            tx.commit().await?;
            shown(app, vec![one], as_json)?;
        }
        Joint::Subscribe(subscribe) => flows::subscribe(app, *subscribe, as_json, now).await?,
        Joint::Step(step) => flows::step(app, step, as_json, now).await?,
        decision => items::run(app, decision, as_json, now).await?,
    }
    Ok(DONE)
}

async fn invite(
    app: &App,
    by: &By,
    members: &[String],
    (column, mode, note): (&str, Mode, &str),
    now: Timestamp,
) -> Result<Vec<Member>> {
    let (at, who) = by.proven::<ManageJoint>(app)?;
    let members = members.iter().map(|slug| Ok(site(&app.store, slug)?.tenant)).collect::<Result<Vec<_>>>()?;
    let tx = app.store.tenant(at.tenant).await?;
    let mut made = Vec::new();
    for id in joint::invite(&tx, &who, &members, column, mode, note, now).await? {
        made.push(joint::find_member(&tx, id).await.context("the invitation cannot be read")?);
    }
    tx.commit().await?;
    Ok(made)
}

fn described(app: &App, one: &Member) -> Value {
    json!({
        "id": one.id, "owner": slug(&app.store, one.owner), "member": slug(&app.store, one.member), "column": one.column,
        "mode": one.mode, "standing": one.standing, "invited_at": one.invited_at, "reason": one.reason,
    })
}

fn line(app: &App, one: &Member) -> String {
    let (owner, member) = (slug(&app.store, one.owner), slug(&app.store, one.member));
    format!("{}  {:<9} {:<9} {member} → {owner} {}", one.id, one.standing.as_str(), one.mode.as_str(), one.column)
}

fn shown(app: &App, members: Vec<Member>, as_json: bool) -> Result<()> {
    if as_json {
        return print(&members.iter().map(|one| described(app, one)).collect::<Vec<_>>());
    }
    for one in &members {
        println!("{}", line(app, one));
    }
    Ok(())
}

async fn list(app: &App, tenant: &str, as_json: bool) -> Result<()> {
    let at = site(&app.store, tenant)?;
    let tx = app.store.reading(at.tenant).await?;
    let (members, memberships) = (joint::members_of_mine(&tx).await?, joint::memberships(&tx).await?);
    let (feeds, fed) = (joint::as_subscriber(&tx).await?, joint::as_source(&tx).await?);
    let (declared, open) = (joint::declarations(&tx).await?, joint::open_columns(&tx).await?);
    let waiting = joint::waiting(&tx).await?;
    tx.commit().await?;
    if as_json {
        let each = |list: &[Member]| list.iter().map(|one| described(app, one)).collect::<Vec<_>>();
        return print(&json!({
            "open": open, "waiting": waiting, "members": each(&members), "memberships": each(&memberships),
            "subscriptions": feeds.iter().map(|one| flows::described(app, one)).collect::<Vec<_>>(),
            "subscribers": fed.iter().map(|one| flows::described(app, one)).collect::<Vec<_>>(),
            "declared": declared.iter().map(|one| flows::declared(app, one)).collect::<Vec<_>>(),
        }));
    }
    println!("open to anybody: {}", open.join(", "));
    println!("waiting for review: {waiting}");
    for one in members.iter().chain(&memberships) {
        println!("member        {}", line(app, one));
    }
    for one in feeds.iter().chain(&fed) {
        println!("subscription  {}", flows::line(app, one));
    }
    for one in &declared {
        let state = if one.active { "active" } else { "ended" };
        let (root, of) = (slug(&app.store, one.below.root), format!("{}{}", one.below.code, one.below.kind));
        println!("declared      {}  {state:<9} {root} and below {of} → {}", one.id, one.terms.target);
    }
    Ok(())
}
