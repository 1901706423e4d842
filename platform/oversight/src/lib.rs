//! Seeing for oneself: probes fetch public pages as a citizen would, and evidence is walked.

pub mod evidence;
pub mod probe;
