//! Link entries: owned, looked after, and left through a page that says so.
