//! What leaves: digests as letters through a real mail server, entries of the evidence as signed messages to a real receiver.

pub mod letters;
mod messages;
mod news;
