//! What leaves: digests as letters through a real mail server, entries of the evidence as signed messages to a real receiver.

mod holidays;
pub mod letters;
mod links;
mod messages;
mod news;
