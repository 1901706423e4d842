-- Submissions: letters upward, keyed by their receiver, holding the frozen edition itself.

CREATE TABLE submission (
    tenant_id        UUID NOT NULL REFERENCES tenant (id),
    id               UUID NOT NULL,
    thread_id        UUID NOT NULL,
    sender_id        UUID NOT NULL REFERENCES tenant (id),
    document_id      UUID NOT NULL,
    edition_id       UUID NOT NULL,
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
    submitted_at     BIGINT NOT NULL,
    submitted_by     TEXT NOT NULL,
    receive_due_at   BIGINT NOT NULL,
    decide_due_at    BIGINT NOT NULL,
    provisional      INTEGER NOT NULL,
    withdrawn_hours  INTEGER NOT NULL,
    received_at      BIGINT,
    holder           TEXT NOT NULL DEFAULT '',
    decided_at       BIGINT,
    decided_by       TEXT NOT NULL DEFAULT '',
    reason           TEXT NOT NULL DEFAULT '',
    adopted_document UUID,
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

GRANT SELECT, INSERT, UPDATE, DELETE ON submission TO dibao_runtime;
ALTER TABLE submission ENABLE ROW LEVEL SECURITY;
ALTER TABLE submission FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON submission USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));
-- The sender reads what it sent, sends only upward, and never moves a letter anywhere but back to itself.
CREATE POLICY sent ON submission FOR SELECT USING (sender_id = (SELECT app_tenant()));
CREATE POLICY send ON submission FOR INSERT WITH CHECK (sender_id = (SELECT app_tenant()) AND standing = 'submitted'
    AND tenant_id IN (SELECT ancestor_id FROM tenant_closure WHERE descendant_id = (SELECT app_tenant()) AND depth > 0));
CREATE POLICY sent_news ON submission FOR UPDATE USING (sender_id = (SELECT app_tenant()))
    WITH CHECK (sender_id = (SELECT app_tenant()));
