//! Senders, receivers, corrections, withdrawals and crashes in any order, and what holds whatever happens.
