//! Obligations: one tenant's debt under one order, frozen at issue, with its own standing, due time and evidence.

mod acts;
mod model;
mod relay;
pub(crate) mod rows;
mod views;

pub use acts::{
    AskExemption, DecideExemption, Event, ProofError, Sighted, ask_exemption, decide_exemption, deliver, place, prove,
};
pub(crate) use acts::{end_recommended, mandatory_for, probe_payload};
pub use model::{Exemption, Move, Obligation, ObligationError, Placer, Standing, WrongTurn};
pub use relay::{Report, SentRow, exemption_decided, reported, sent_to, told};
pub use views::{
    InboxRow, SightingRow, ViewInbox, find, inbox, received_between, seen_as_bound, sight, sightings, waiting,
};
