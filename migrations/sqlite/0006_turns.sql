-- Turns keep one pace of the whole cluster towards somebody else's server. The house's own.
CREATE TABLE turn (
    name    TEXT PRIMARY KEY,
    free_at INTEGER NOT NULL
) WITHOUT ROWID;
