//! Tests that drive the whole house: through HTTP against a real server, on both engines, and as separate processes.

#[cfg(test)]
mod process;
