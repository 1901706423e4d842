//! Joint columns and standing subscriptions between columns.
