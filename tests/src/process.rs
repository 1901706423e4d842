//! Tests with the real binary as separate processes.
