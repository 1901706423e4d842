//! Two installations joined by a signed channel, one of them cut off for a while.
