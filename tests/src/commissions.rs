//! Commissions: called for, answered, missed; quotas and monthly minimums.
