//! Tests with the real binary as separate processes: started, asked over HTTP, killed, started again.
//!
//! `DIBAO_BIN` names the binary; without it the one of the build is taken. What needs PostgreSQL or Redis is left out, and
//! says so, when the addresses of the tests' own servers are not set.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod client;
pub mod ground;
mod node;
mod wire;

mod access;
mod commands;
mod files;
mod kill;
mod nodes;
mod outcome;
mod start;
mod upkeep;
mod upward;

use std::time::{Duration, Instant};

use base::{Clock, SystemClock};

/// Looks again and again until there is something to see; fails with `what` when the seconds are over.
async fn eventually<T>(what: &str, seconds: u64, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(begun.elapsed() < Duration::from_secs(seconds), "not within {seconds} s: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Random points from a seed that is printed; `DIBAO_TEST_SEED` repeats a run.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        let given = std::env::var("DIBAO_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| SystemClock.now().micros().unsigned_abs());
        println!("DIBAO_TEST_SEED={seed}");
        Self(seed)
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A moment before `end`.
    fn before(&mut self, end: Duration) -> Duration {
        let micros = u64::try_from(end.as_micros()).expect("a short time").max(1);
        Duration::from_micros(self.next() % micros)
    }
}
