//! Points along the whole chain: computed, computed anew, appealed, made public in a circular.
