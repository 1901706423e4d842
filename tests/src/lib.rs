//! Tests that drive the whole house: through HTTP against a real server, on both engines, and as separate processes.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, missing_docs))]

#[cfg(test)]
mod kit;

#[cfg(test)]
mod columns;
#[cfg(test)]
mod commissions;
#[cfg(test)]
mod console;
#[cfg(test)]
mod crawl;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod federation;
#[cfg(test)]
mod files;
#[cfg(test)]
mod following;
#[cfg(test)]
mod house;
#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod joint;
#[cfg(test)]
mod likeness;
#[cfg(test)]
mod links;
#[cfg(test)]
mod onboarding;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod people;
#[cfg(test)]
mod points;
#[cfg(test)]
mod politeness;
#[cfg(test)]
mod process;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod recall;
#[cfg(test)]
mod recommended;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod rosters;
#[cfg(test)]
mod submissions;
#[cfg(test)]
mod surface;
#[cfg(test)]
mod time_keeper;
#[cfg(test)]
mod walls;
#[cfg(test)]
mod withdrawal;
