-- Link entries, and the outside addresses that entries and documents lead to, as the checker saw them.

CREATE TABLE link_entry (
    tenant_id  BLOB NOT NULL REFERENCES tenant (id),
    id         BLOB NOT NULL,
    column_key TEXT NOT NULL,
    title      TEXT NOT NULL,
    url        TEXT NOT NULL,
    unit       TEXT NOT NULL,
    owner      TEXT NOT NULL,
    note       TEXT NOT NULL,
    expires_at INTEGER,
    standing   TEXT NOT NULL CHECK (standing IN ('live', 'hidden', 'expired')),
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    version    INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;

CREATE TABLE link_target (
    tenant_id  BLOB NOT NULL REFERENCES tenant (id),
    -- The link entry or the document that leads there.
    subject_id BLOB NOT NULL,
    url_key    TEXT NOT NULL,
    url        TEXT NOT NULL,
    of_entry   INTEGER NOT NULL,
    title      TEXT NOT NULL,
    standing   TEXT NOT NULL CHECK (standing IN ('unseen', 'good', 'suspect', 'bad', 'dismissed')),
    kind       TEXT NOT NULL DEFAULT '',
    detail     TEXT NOT NULL DEFAULT '',
    misses     INTEGER NOT NULL DEFAULT 0,
    checked_at INTEGER,
    next_at    INTEGER NOT NULL,
    found_at   INTEGER,
    note       TEXT NOT NULL DEFAULT '',
    noted_by   TEXT NOT NULL DEFAULT '',
    version    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, subject_id, url_key)
) WITHOUT ROWID;
CREATE INDEX link_target_due ON link_target (tenant_id, next_at);
CREATE INDEX link_target_found ON link_target (tenant_id, standing, found_at);
