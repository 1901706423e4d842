//! Subscriptions: asked for, declared for a subtree, and moved by either end.

use std::sync::Arc;

use anyhow::{Context, Result};
use base::Timestamp;
use clap::{Args, ValueEnum};
use exchange::joint::{self, Below, Declaration, Filter, FlowMove, ManageJoint, Subscription, Terms, Type, ViaId};
use serde_json::{Value, json};
use uuid::Uuid;
use web::App;

use super::super::slug;
use super::{By, How, print, site};

/// A new subscription.
#[derive(Debug, Args)]
pub struct Subscribe {
    #[command(flatten)]
    by: By,
    /// Slug of the source
    #[arg(long, required_unless_present = "below", conflicts_with = "below", requires = "column")]
    source: Option<String>,
    /// Key of a column of the source
    #[arg(long)]
    column: Option<String>,
    /// Everybody below this portal, and whoever joins there later
    #[arg(long)]
    below: Option<String>,
    /// Standard code of the columns below
    #[arg(long, requires = "below", conflicts_with = "column", default_value = "")]
    code: String,
    /// Type of the columns below
    #[arg(long, requires = "below", conflicts_with = "column", default_value = "")]
    kind: String,
    /// Key of the column of the subscriber
    #[arg(long)]
    target: String,
    /// Whether people look first
    #[arg(long, value_enum, default_value = "review")]
    mode: How,
    /// Also what stands at the source as a mirror
    #[arg(long)]
    forward_mirrors: bool,
    /// What was first published earlier does not pass; now when left out
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    #[command(flatten)]
    filter: Passing,
}

/// What passes.
#[derive(Debug, Args)]
pub struct Passing {
    /// Only these types of documents
    #[arg(long, value_enum, value_delimiter = ',')]
    types: Vec<Kind>,
    /// Only columns of these types
    #[arg(long, value_delimiter = ',')]
    column_types: Vec<String>,
    /// Words of which one stands in title or body
    #[arg(long, value_delimiter = ',')]
    include: Vec<String>,
    /// Words of which none stands in title or body
    #[arg(long, value_delimiter = ',')]
    exclude: Vec<String>,
    /// Units of which one stands in the source line
    #[arg(long, value_delimiter = ',')]
    units: Vec<String>,
    /// What the division code of the portal that wrote it begins with
    #[arg(long, value_delimiter = ',')]
    regions: Vec<String>,
}

/// A type of documents.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Kind {
    /// With a header
    Official,
    /// Everything else
    Information,
}

impl From<Passing> for Filter {
    fn from(said: Passing) -> Self {
        let types = said.types.into_iter().map(|kind| match kind {
            Kind::Official => Type::Official,
            Kind::Information => Type::Information,
        });
        let Passing { column_types, include, exclude, units, regions, .. } = said;
        Self { types: types.collect(), column_types, include, exclude, units, regions }
    }
}

/// What happens to a subscription.
#[derive(Debug, Args)]
pub struct Step {
    #[command(flatten)]
    by: By,
    /// The subscription
    id: Uuid,
    /// The source consents or refuses, the subscriber pauses or resumes, either ends
    #[arg(long = "move", value_enum)]
    attempted: Turn,
    /// Why; the source says it when it refuses or ends
    #[arg(long, default_value = "")]
    reason: String,
}

/// What may happen to a subscription.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Turn {
    /// The source says yes
    Consent,
    /// The source says no
    Refuse,
    /// The subscriber stops it for a while
    Pause,
    /// The subscriber goes on
    Resume,
    /// Either end ends it
    End,
}

impl From<Turn> for FlowMove {
    fn from(turn: Turn) -> Self {
        match turn {
            Turn::Consent => Self::Consent,
            Turn::Refuse => Self::Refuse,
            Turn::Pause => Self::Pause,
            Turn::Resume => Self::Resume,
            Turn::End => Self::End,
        }
    }
}

/// Asks for a subscription, or declares one for a subtree.
pub async fn subscribe(app: &Arc<App>, said: Subscribe, as_json: bool, now: Timestamp) -> Result<()> {
    let (reach, who) = said.by.reaching::<ManageJoint>(app)?;
    let since = said.since.as_deref().map(|day| Timestamp::parse(day).with_context(|| format!("{day} is no day")));
    let terms = Terms {
        target: said.target,
        mode: said.mode.into(),
        filter: said.filter.into(),
        forward_mirrors: said.forward_mirrors,
        since: since.transpose()?.unwrap_or(now),
    };
    if let Some(root) = said.below {
        let below = Below { root: site(&app.store, &root)?.tenant, code: said.code, kind: said.kind };
        let tx = app.store.subtree(reach).await?;
        let made = joint::subscribe_below(&tx, &who, below, terms, now).await?;
        tx.commit().await?;
        if as_json {
            return print(&json!({ "made": made }));
        }
        println!("{made} columns below {root} feed it now; whoever joins later does too");
        return Ok(());
    }
    let source = site(&app.store, said.source.as_deref().context("--source or --below is needed")?)?;
    let column = said.column.as_deref().context("--column is needed")?;
    let column = joint::source_column(&app.store, source.tenant, column).await?;
    let tx = app.store.subtree(reach).await?;
    let one = joint::subscribe(&tx, &who, app.store.sites(), &column, terms, now).await?;
    tx.commit().await?;
    show(app, &one, as_json)
}

/// Moves a subscription.
pub async fn step(app: &Arc<App>, said: Step, as_json: bool, now: Timestamp) -> Result<()> {
    let (reach, who) = said.by.reaching::<ManageJoint>(app)?;
    let tx = app.store.subtree(reach).await?;
    let one = joint::step(&tx, &who, ViaId(said.id), said.attempted.into(), &said.reason, now).await?;
    tx.commit().await?;
    show(app, &one, as_json)
}

fn show(app: &App, one: &Subscription, as_json: bool) -> Result<()> {
    if as_json {
        return print(&described(app, one));
    }
    println!("{}", line(app, one));
    Ok(())
}

/// A subscription as JSON.
pub fn described(app: &App, one: &Subscription) -> Value {
    json!({
        "id": one.id, "source": slug(&app.store, one.source), "subscriber": slug(&app.store, one.subscriber), "column": one.column,
        "target": one.target, "mode": one.mode, "filter": one.filter, "forward_mirrors": one.forward_mirrors,
        "since": one.since, "standing": one.standing, "asked_at": one.asked_at, "reason": one.reason, "version": one.version,
    })
}

/// A subscription as a line.
pub fn line(app: &App, one: &Subscription) -> String {
    let (source, subscriber) = (slug(&app.store, one.source), slug(&app.store, one.subscriber));
    let (standing, mode) = (one.standing.as_str(), one.mode.as_str());
    format!("{}  {standing:<9} {mode:<9} {source} {} → {subscriber} {}", one.id, one.column, one.target)
}

/// A flow that was declared for a subtree, as JSON.
pub fn declared(app: &App, one: &Declaration) -> Value {
    json!({
        "id": one.id, "below": slug(&app.store, one.below.root), "code": one.below.code, "kind": one.below.kind,
        "target": one.terms.target, "mode": one.terms.mode, "filter": one.terms.filter, "active": one.active,
        "declared_at": one.declared_at, "declared_by": one.declared_by, "version": one.version,
    })
}
