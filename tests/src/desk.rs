//! The receiver's desk: comparison, one-key decisions, baskets, skipping a level, the copy of what was withdrawn.
