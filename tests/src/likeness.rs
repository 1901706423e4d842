//! Items of several portals that say the same: found, shown together, merged.
