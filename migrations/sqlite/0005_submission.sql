-- Submissions: letters upward, keyed by their receiver, holding the frozen edition itself.

CREATE TABLE submission (
    tenant_id        BLOB NOT NULL REFERENCES tenant (id),
    id               BLOB NOT NULL,
    thread_id        BLOB NOT NULL,
    sender_id        BLOB NOT NULL REFERENCES tenant (id),
    document_id      BLOB NOT NULL,
    edition_id       BLOB NOT NULL,
    standing         TEXT NOT NULL CHECK (standing IN ('submitted', 'received', 'in_review', 'adopted', 'merged', 'returned', 'declined',
                                                       'expired', 'recalled', 'published', 'superseded')),
    use_site         INTEGER NOT NULL,
    use_brief        INTEGER NOT NULL,
    title            TEXT NOT NULL,
    snapshot         TEXT NOT NULL,
    files            TEXT NOT NULL,
    content_hash     TEXT NOT NULL,
    provenance       TEXT NOT NULL,
    note             TEXT NOT NULL,
    submitted_at     INTEGER NOT NULL,
    submitted_by     TEXT NOT NULL,
    receive_due_at   INTEGER NOT NULL,
    decide_due_at    INTEGER NOT NULL,
    provisional      INTEGER NOT NULL,
    withdrawn_hours  INTEGER NOT NULL,
    received_at      INTEGER,
    holder           TEXT NOT NULL DEFAULT '',
    decided_at       INTEGER,
    decided_by       TEXT NOT NULL DEFAULT '',
    reason           TEXT NOT NULL DEFAULT '',
    adopted_document BLOB,
    address          TEXT NOT NULL DEFAULT '',
    news             TEXT NOT NULL DEFAULT '',
    version          INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    CHECK (sender_id <> tenant_id)
);
-- The same edition does not wait twice at the same superior.
CREATE UNIQUE INDEX submission_open ON submission (tenant_id, sender_id, edition_id)
    WHERE standing IN ('submitted', 'received', 'in_review');
CREATE INDEX submission_desk ON submission (tenant_id, standing, submitted_at);
CREATE INDEX submission_thread ON submission (tenant_id, thread_id);
CREATE INDEX submission_sent ON submission (sender_id, submitted_at);
CREATE INDEX submission_adopted ON submission (tenant_id, adopted_document) WHERE adopted_document IS NOT NULL;

-- An adopted document remembers every hand that it went through, first author first; empty for what was written here.
ALTER TABLE document ADD COLUMN provenance TEXT NOT NULL DEFAULT '';
