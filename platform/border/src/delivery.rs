//! Delivery 送达: complete digests leave as letters, entries of a tenant's evidence as signed messages. Each is one row per
//! receiver, tried again with growing pauses, and in the end a dead letter that people retry or give up.

mod acts;
mod contacts;
mod letters;
mod model;
pub(crate) mod rows;
pub mod rules;
mod views;
pub mod webhook;

pub use acts::{ManageDelivery, give_up, give_up_all, retry, retry_all};
pub use contacts::{Contact, contacts, put_contact, remove_contact};
pub use letters::{Letter, due_letters, next_letter, settle_letter, spread};
pub use model::{Channel, DeliveryError, Event, Move, Standing, Verdict, WrongTurn};
pub use rules::{AudienceRule, DeliveryRule, DeliveryRules};
pub use views::{DeadLetter, Tally, dead, dead_count, recent, tally};

/// Name of the job that sends the due letters of one portal.
pub const MAIL: &str = "delivery.mail";
