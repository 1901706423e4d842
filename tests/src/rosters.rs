//! Duty rosters: who is on duty, and the note that both sign when it changes.
