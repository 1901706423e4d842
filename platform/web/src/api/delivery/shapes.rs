//! What endpoints and dead letters look like in requests and answers.

use base::Timestamp;
use border::delivery::DeadLetter;
use border::delivery::webhook::{Endpoint, NewEndpoint};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An endpoint that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointForm {
    /// A public https address.
    #[schema(max_length = 500)]
    url: String,
    /// Kinds of events: exact names like `order.issued`, or families like `order.*`.
    #[schema(min_items = 1, max_items = 60)]
    kinds: Vec<String>,
}

impl From<EndpointForm> for NewEndpoint {
    fn from(form: EndpointForm) -> Self {
        Self { url: form.url, kinds: form.kinds }
    }
}

/// One endpoint.
#[derive(Serialize, ToSchema)]
pub struct EndpointJson {
    #[schema(format = "uuid")]
    id: String,
    url: String,
    kinds: Vec<String>,
    active: bool,
    /// Number of the last entry of the portal's evidence that was looked at.
    seen_seq: i64,
    #[schema(format = "date-time")]
    created_at: String,
    created_by: String,
    /// Until when the secret before this one signs as well.
    #[schema(format = "date-time")]
    old_secret_until: Option<String>,
}

impl EndpointJson {
    pub(super) fn of(one: Endpoint) -> Self {
        Self {
            id: one.id.to_string(),
            url: one.url,
            kinds: one.kinds,
            active: one.active,
            seen_seq: one.seen,
            created_at: one.created_at.rfc3339(),
            created_by: one.created_by,
            old_secret_until: one.old_until.map(Timestamp::rfc3339),
        }
    }
}

/// An endpoint with its secret, which is shown this once.
#[derive(Serialize, ToSchema)]
pub struct EndpointWithSecret {
    /// `whsec_` and 32 bytes in base64.
    pub(super) secret: String,
    pub(super) endpoint: EndpointJson,
}

/// How a test message was answered.
#[derive(Serialize, ToSchema)]
pub struct PongJson {
    pub(super) taken: bool,
    /// Status and beginning of the answer, or why none came.
    pub(super) said: String,
    pub(super) millis: u64,
}

/// What could not be delivered.
#[derive(Serialize, ToSchema)]
pub struct DeadLetterJson {
    #[schema(format = "uuid")]
    id: String,
    /// mail or webhook.
    channel: &'static str,
    /// The audience of a digest, or the kind of an event.
    what: String,
    address: String,
    urgent: bool,
    attempts: i32,
    /// What the other side said last.
    said: String,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    died_at: Option<String>,
}

impl DeadLetterJson {
    pub(super) fn of(one: DeadLetter) -> Self {
        Self {
            id: one.id.to_string(),
            channel: one.channel.as_str(),
            what: one.what,
            address: one.address,
            urgent: one.urgent,
            attempts: one.attempts,
            said: one.said,
            created_at: one.created_at.rfc3339(),
            died_at: one.settled_at.map(Timestamp::rfc3339),
        }
    }
}

/// What becomes of dead letters.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Tried once more.
    Retry,
    /// Given up.
    GiveUp,
}

/// A decision about all of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideAllForm {
    pub(super) decision: Decision,
}

/// How many it was about.
#[derive(Serialize, ToSchema)]
pub struct DecidedJson {
    pub(super) deliveries: u64,
}
