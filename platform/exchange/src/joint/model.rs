//! What members, subscriptions and items are, what happens to them, and why something is refused.

use base::store::StoreError;
use base::{TenantId, Timestamp};
use content::document::{DocumentError, EditionKey, NamesEdition};
use content::{DocumentId, EditionId};
use serde::{Deserialize, Serialize};

use super::ViaId;
use super::filter::Filter;
use super::standing::{Flow, Membership, Standing, WrongTurn};

/// Whether the receiver's people look first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Into the review queue.
    Review,
    /// Onto the pages at once.
    Automatic,
}

impl Mode {
    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Automatic => "automatic",
        }
    }

    /// Reads the word of [`Mode::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Review, Self::Automatic].into_iter().find(|one| one.as_str() == word)
    }
}

/// How an item came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A member contributed it.
    Member,
    /// A subscription fetched it.
    Subscription,
}

impl Channel {
    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Subscription => "subscription",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Member, Self::Subscription].into_iter().find(|one| one.as_str() == word)
    }
}

/// A member of a joint column.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Member {
    pub id: ViaId,
    #[serde(skip)]
    pub member: TenantId,
    #[serde(skip)]
    pub owner: TenantId,
    pub column: String,
    /// The column's name when the member was invited.
    pub column_name: String,
    pub mode: Mode,
    pub standing: Membership,
    pub note: String,
    pub invited_at: Timestamp,
    pub invited_by: String,
    pub decided_at: Option<Timestamp>,
    pub reason: String,
    pub(super) version: i32,
}

/// A standing subscription.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Subscription {
    pub id: ViaId,
    #[serde(skip)]
    pub source: TenantId,
    #[serde(skip)]
    pub subscriber: TenantId,
    /// Column of the source.
    pub column: String,
    /// Its name when it was asked for.
    pub column_name: String,
    /// Column of the subscriber.
    pub target: String,
    pub mode: Mode,
    pub filter: Filter,
    /// Also what stands at the source as a mirror.
    pub forward_mirrors: bool,
    /// What was first published earlier does not pass.
    pub since: Timestamp,
    pub standing: Flow,
    pub asked_at: Timestamp,
    pub asked_by: String,
    pub paused_at: Option<Timestamp>,
    pub decided_at: Option<Timestamp>,
    pub reason: String,
    /// Changes with every change; whoever edits the filter names the one that was read.
    pub version: i32,
}

/// Which item: through which letter, and of which document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[allow(missing_docs)]
pub struct ItemKey {
    pub via: ViaId,
    pub document: DocumentId,
}

/// One document on its way into a column of somebody else.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Item {
    #[serde(flatten)]
    pub key: ItemKey,
    pub channel: Channel,
    #[serde(skip)]
    pub receiver: TenantId,
    #[serde(skip)]
    pub sender: TenantId,
    /// Who wrote it; the sender, unless the sender forwards mirrors.
    #[serde(skip)]
    pub origin: TenantId,
    pub edition: EditionId,
    pub target: String,
    pub title: String,
    pub source: String,
    /// Type of the sender's column when it was sent; empty for a contribution.
    pub column_type: String,
    pub note: String,
    pub standing: Standing,
    pub arrived_at: Timestamp,
    pub arrived_by: String,
    pub decided_at: Option<Timestamp>,
    pub decided_by: String,
    pub reason: String,
    /// Path on the receiver's portal, once placed.
    pub address: String,
    pub(super) version: i32,
    #[serde(skip)]
    pub(super) opens: Option<EditionKey>,
}

impl NamesEdition for Item {
    fn key(&self) -> Option<&EditionKey> {
        self.opens.as_ref()
    }
}

/// What happened, in the chain of whoever did it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Invited { member: ViaId, to: String, column: String, mode: Mode },
    Answered { member: ViaId, owner: String, column: String, standing: Membership },
    ModeSet { member: ViaId, mode: Mode },
    Removed { member: ViaId, reason: String, void: u64 },
    Opened { column: String, open: bool },
    Subscribed { subscription: ViaId, source: String, column: String, target: String, mode: Mode, standing: Flow },
    SubscribedBelow { declaration: ViaId, below: String, columns: usize, target: String, mode: Mode, digest: String },
    JoinedBelow { declaration: ViaId, columns: usize, rings: usize, digest: String },
    BelowEnded { declaration: ViaId },
    FilterChanged { subscription: ViaId, filter: Filter },
    SubscriptionMoved { subscription: ViaId, standing: Flow, reason: String, void: u64 },
    SubscriptionChanged { subscription: ViaId, mode: Mode },
    Contributed { member: ViaId, to: String, document: DocumentId, edition: EditionId },
    ContributionWithdrawn { member: ViaId, document: DocumentId, mirrors: u64 },
    Filled { from: String, placed: Vec<EditionId>, queued: usize, filtered: usize, skipped: usize },
    Accepted { placed: Vec<EditionId>, skipped: usize },
    Decided { item: ItemKey, standing: Standing, reason: String },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Invited { .. } => "joint.invited",
            Self::Answered { .. } => "joint.answered",
            Self::ModeSet { .. } => "joint.mode_set",
            Self::Removed { .. } => "joint.removed",
            Self::Opened { .. } => "joint.opened",
            Self::Subscribed { .. } => "joint.subscribed",
            Self::SubscribedBelow { .. } => "joint.subscribed_below",
            Self::JoinedBelow { .. } => "joint.joined_below",
            Self::BelowEnded { .. } => "joint.below_ended",
            Self::FilterChanged { .. } => "joint.filter_changed",
            Self::SubscriptionMoved { .. } => "joint.subscription_moved",
            Self::SubscriptionChanged { .. } => "joint.subscription_changed",
            Self::Contributed { .. } => "joint.contributed",
            Self::ContributionWithdrawn { .. } => "joint.contribution_withdrawn",
            Self::Filled { .. } => "joint.filled",
            Self::Accepted { .. } => "joint.accepted",
            Self::Decided { .. } => "joint.decided",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Invited { member, .. }
            | Self::Answered { member, .. }
            | Self::ModeSet { member, .. }
            | Self::Removed { member, .. } => member.to_string(),
            Self::Opened { column, .. } => column.clone(),
            Self::Subscribed { subscription, .. }
            | Self::SubscriptionMoved { subscription, .. }
            | Self::FilterChanged { subscription, .. }
            | Self::SubscriptionChanged { subscription, .. } => subscription.to_string(),
            Self::JoinedBelow { declaration, .. } | Self::BelowEnded { declaration } => declaration.to_string(),
            Self::SubscribedBelow { target, .. } => target.clone(),
            Self::Contributed { document, .. } | Self::ContributionWithdrawn { document, .. } => document.to_string(),
            Self::Filled { from, .. } => from.clone(),
            Self::Accepted { .. } => String::new(),
            Self::Decided { item, .. } => item.document.to_string(),
        }
    }
}

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum JointError {
    /// No such letter or item here.
    #[error("there is no such membership, subscription or item here")]
    Missing,
    /// No such portal, or one's own.
    #[error("there is no other portal of this name")]
    Portal,
    /// The column is not one of the portal's.
    #[error("{0} is not a column of the portal")]
    Column(&'static str),
    /// Such a letter is open already.
    #[error("this is open already")]
    OpenAlready,
    /// The column would feed itself, directly or through others.
    #[error("the column would be fed by itself")]
    Loop,
    /// Nothing to subscribe to was found below.
    #[error("no portal below has such a column that is not subscribed to already")]
    NothingBelow,
    /// Only what is before the public is contributed.
    #[error("the document has no published edition")]
    NotPublished,
    /// The portal carries it already.
    #[error("the portal carries the document already")]
    AlreadyHere,
    /// An order put the mirror there.
    #[error("an order put it here; it is not the portal's to take down")]
    UnderOrder,
    /// The edition is no longer to be read.
    #[error("the document was taken back at its origin")]
    TakenBack,
    /// The filter has an entry that is none, or too many.
    #[error("the filter's {0} cannot be read")]
    Filter(&'static str),
    /// A reason or note is missing or too long.
    #[error("{field} is missing or too long")]
    Text {
        /// Which field.
        field: &'static str,
        /// At most so many characters.
        limit: usize,
    },
    /// Its standing does not allow it.
    #[error(transparent)]
    WrongTurn(#[from] WrongTurn),
    /// The document refused.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Longest reason or note in characters.
pub(super) const NOTE_MAX: usize = 500;

pub(super) fn said(field: &'static str, said: &str, least: usize) -> Result<String, JointError> {
    let clean = content::text::strip_controls(said).trim().to_owned();
    let length = clean.chars().count();
    if length < least || length > NOTE_MAX { Err(JointError::Text { field, limit: NOTE_MAX }) } else { Ok(clean) }
}
