//! Kinds, states, audiences and refusals of orders. Pure.

use base::store::StoreError;
use base::{Level, TenantId, Timestamp, sm3_hex};
use content::document::{DocumentError, Withdrawal};
use content::{DocumentId, EditionId};
use serde::{Deserialize, Serialize};

use super::OrderId;

/// What an order asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Repost it; the platform proves it.
    Mandatory,
    /// Please repost it.
    Recommended,
    /// Take every copy back.
    Recall,
}

impl Kind {
    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mandatory => "mandatory",
            Self::Recommended => "recommended",
            Self::Recall => "recall",
        }
    }

    /// Reads the word of [`Kind::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Mandatory, Self::Recommended, Self::Recall].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Where an order is. `proposed → open → closed`; a proposal may be `refused`. What is open or closed may be `superseded` or
/// `withdrawn` with its document, and a correction opens a closed order again, because it asks for new proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// A recall that waits for its second person.
    Proposed,
    /// In force.
    Open,
    /// Its time is over and nothing is owed any more.
    Closed,
    /// The document was recalled: the recall order took its place.
    Superseded,
    /// The document was withdrawn.
    Withdrawn,
    /// The second person said no.
    Refused,
}

impl OrderState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Proposed, Self::Open, Self::Closed, Self::Superseded, Self::Withdrawn, Self::Refused];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Superseded => "superseded",
            Self::Withdrawn => "withdrawn",
            Self::Refused => "refused",
        }
    }

    /// Reads the word of [`OrderState::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether the state may follow this one.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Proposed, Self::Open | Self::Refused)
                | (Self::Open, Self::Closed | Self::Superseded | Self::Withdrawn)
                | (Self::Closed, Self::Open | Self::Superseded | Self::Withdrawn)
        )
    }
}

/// For whom an order is: everybody of some levels below a tenant, and listed ones, without excluded ones; or only the listed
/// ones. The issuer itself is never part of it; only live portals are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The tenant below which the levels are meant (itself included when it is not the issuer). None: only the listed ones.
    pub subtree: Option<TenantId>,
    /// The levels; none means every level.
    pub levels: Vec<Level>,
    /// Listed tenants, whatever their level.
    pub include: Vec<TenantId>,
    /// Excluded tenants.
    pub exclude: Vec<TenantId>,
    /// A rehearsal: of all these, only the portals that are there to practise; otherwise only the others.
    pub rehearsal: bool,
}

#[derive(Serialize, Deserialize)]
struct AudienceText {
    subtree: Option<String>,
    levels: Vec<Level>,
    include: Vec<String>,
    exclude: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    rehearsal: bool,
}

impl Audience {
    /// What is meant by what was said: with a list and neither a subtree nor levels, only the listed; otherwise levels below
    /// the issuer when no subtree is named.
    pub fn meant(
        issuer: TenantId,
        subtree: Option<TenantId>,
        levels: Vec<Level>,
        include: Vec<TenantId>,
        exclude: Vec<TenantId>,
    ) -> Self {
        let only_listed = subtree.is_none() && levels.is_empty() && !include.is_empty();
        let subtree = if only_listed { None } else { Some(subtree.unwrap_or(issuer)) };
        Self { subtree, levels, include, exclude, rehearsal: false }
    }

    /// The same, as a rehearsal or in earnest.
    #[must_use]
    pub fn rehearsed(self, rehearsal: bool) -> Self {
        Self { rehearsal, ..self }
    }

    /// Everybody below a tenant.
    pub fn everybody(issuer: TenantId) -> Self {
        Self::meant(issuer, None, vec![], vec![], vec![])
    }

    /// The same audience always has the same text, in whatever order it was listed.
    pub fn text(&self) -> String {
        let sorted = |list: &[TenantId]| {
            let mut ids: Vec<String> = list.iter().map(ToString::to_string).collect();
            ids.sort();
            ids.dedup();
            ids
        };
        let mut levels = self.levels.clone();
        levels.sort();
        levels.dedup();
        let text = AudienceText {
            subtree: self.subtree.as_ref().map(ToString::to_string),
            levels,
            include: sorted(&self.include),
            exclude: sorted(&self.exclude),
            rehearsal: self.rehearsal,
        };
        serde_json::to_string(&text).unwrap_or_default()
    }

    /// Digest of [`Audience::text`]: how two orders are seen to have the same audience.
    pub fn key(&self) -> String {
        sm3_hex(self.text().as_bytes())
    }
}

/// The limit that an issuer may not pass: no order is looser than what the issuer itself owes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// Natural hours.
    pub hours: i32,
    /// Who set it: a slug, or the rule's source.
    pub from: String,
}

/// One order.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Order {
    pub id: OrderId,
    pub issuer: TenantId,
    pub document: DocumentId,
    pub edition: EditionId,
    pub kind: Kind,
    pub state: OrderState,
    pub audience: String,
    /// Nothing but practice.
    pub rehearsal: bool,
    pub audience_count: i64,
    pub audience_digest: String,
    pub deadline_hours: i32,
    /// From when the hours count: the source's publication, or the order.
    pub clock_start: Timestamp,
    pub due_at: Timestamp,
    pub target_code: String,
    pub reason: String,
    pub rule_version: String,
    pub issued_at: Timestamp,
    pub issued_by: String,
    /// The account or token that issued it; nil for the command line, which has none.
    pub issued_by_id: uuid::Uuid,
    pub confirmed_by: String,
    /// Of a recall: how withdrawn addresses answer.
    pub withdrawal: Option<Withdrawal>,
    /// Of a recall: what the second person said when refusing.
    pub answer: String,
}

impl Order {
    /// Whether this is who issued it, as far as can be known: the same name in the record, or the same account or token.
    pub fn issued_by(&self, actor: &str, id: uuid::Uuid) -> bool {
        same_person((&self.issued_by, self.issued_by_id), (actor, id))
    }
}

/// One name, or one account or token under two names. The command line has no id, so there only names can differ.
fn same_person(one: (&str, uuid::Uuid), other: (&str, uuid::Uuid)) -> bool {
    one.0 == other.0 || (!other.1.is_nil() && one.1 == other.1)
}

/// What happened to an order, in its issuer's chain.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    /// Binds the whole audience: `digest` is SM3 over one line per obligation (see docs/orders-and-evidence.md).
    Issued {
        order: OrderId,
        document: DocumentId,
        edition: EditionId,
        kind: Kind,
        audience: String,
        count: i64,
        digest: String,
        due_at: Timestamp,
        rule: String,
    },
    /// Tenants that joined, bound in the same way.
    Extended {
        order: OrderId,
        joined_at: Timestamp,
        count: i64,
        digest: String,
    },
    Corrected {
        order: OrderId,
        edition: EditionId,
        replaces: EditionId,
        mirrors: i64,
    },
    Proposed {
        order: OrderId,
        document: DocumentId,
        reason: String,
        legal_basis: String,
    },
    Confirmed {
        order: OrderId,
        document: DocumentId,
        copies: i64,
        digest: String,
    },
    Refused {
        order: OrderId,
        answer: String,
    },
    Closed {
        order: OrderId,
    },
    Ended {
        order: OrderId,
        mirrors: i64,
    },
    FellBack {
        order: OrderId,
        placed: i64,
    },
    Reminded {
        order: OrderId,
        stage: i32,
        tenants: i64,
    },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Issued { .. } => "order.issued",
            Self::Extended { .. } => "order.extended",
            Self::Corrected { .. } => "order.corrected",
            Self::Proposed { .. } => "recall.proposed",
            Self::Confirmed { .. } => "recall.confirmed",
            Self::Refused { .. } => "recall.refused",
            Self::Closed { .. } => "order.closed",
            Self::Ended { .. } => "order.ended",
            Self::FellBack { .. } => "order.fell_back",
            Self::Reminded { .. } => "order.reminded",
        }
    }
    fn subject(&self) -> String {
        match self {
            Self::Issued { order, .. }
            | Self::Extended { order, .. }
            | Self::Corrected { order, .. }
            | Self::Proposed { order, .. }
            | Self::Confirmed { order, .. }
            | Self::Refused { order, .. }
            | Self::Closed { order }
            | Self::Ended { order, .. }
            | Self::FellBack { order, .. }
            | Self::Reminded { order, .. } => order.to_string(),
        }
    }
}

/// Why an order was refused.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// No such order here.
    #[error("there is no such order")]
    Missing,
    /// Only a live edition can be ordered.
    #[error("the edition is not published")]
    NotPublished,
    /// Nobody is in the audience.
    #[error("nobody is in the audience")]
    NobodyAddressed,
    /// A tenant of the audience does not stand below the issuer.
    #[error("the audience reaches outside the issuer's subtree")]
    OutsideSubtree,
    /// Deadlines only tighten on the way down.
    #[error("{hours} hours are looser than the limit of {} hours", .limit.hours)]
    Looser {
        /// What was asked.
        hours: i32,
        /// The limit and where it comes from.
        limit: Limit,
    },
    /// A deadline of no time.
    #[error("a deadline of at least one hour is needed")]
    NoTime,
    /// Another order for the document is open.
    #[error("order {0} for this document is open")]
    OpenAlready(OrderId),
    /// The recall waits for another person.
    #[error("the second person must be another one than the first")]
    SamePerson,
    /// It is not in a state that allows this.
    #[error("the order is {}", .0.as_str())]
    WrongState(OrderState),
    /// A reason is missing or too long.
    #[error("a reason of 1 to 500 characters is needed")]
    Reason,
    /// No rule is loaded that says what an order is.
    #[error("no repost rule is in force")]
    NoRule,
    /// The document refused.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::OrderState as S;

    #[test]
    fn the_second_person_is_another_by_name_and_by_account() {
        let (nobody, one, two) = (uuid::Uuid::nil(), uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
        let same = |id, name, other| super::same_person(("duty", one), (name, id)) == other;
        assert!(same(one, "duty", true) && same(two, "duty", true) && same(one, "renamed", true));
        assert!(same(two, "colleague", false) && same(nobody, "cli:colleague", false));
        assert!(!super::same_person(("cli:wang", nobody), ("cli:li", nobody)));
    }

    #[test]
    fn every_pair_of_states() {
        let allowed = [
            (S::Proposed, S::Open),
            (S::Proposed, S::Refused),
            (S::Open, S::Closed),
            (S::Open, S::Superseded),
            (S::Open, S::Withdrawn),
            (S::Closed, S::Open),
            (S::Closed, S::Superseded),
            (S::Closed, S::Withdrawn),
        ];
        for from in S::ALL {
            for to in S::ALL {
                assert_eq!(from.may_become(to), allowed.contains(&(from, to)), "{from:?} {to:?}");
            }
        }
    }
}
