-- Recommended orders: a tenant may stop following the origin and go on with a text of its own; it is told what the origin does
-- afterwards, and may follow again. Rehearsals: orders to portals that are there to practise.

CREATE TABLE detachment (
    tenant_id    BLOB NOT NULL REFERENCES tenant (id),
    -- The origin's document, its edition that the own text was made from, and its newest one.
    document_id  BLOB NOT NULL,
    origin_id    BLOB NOT NULL REFERENCES tenant (id),
    made_from    BLOB NOT NULL,
    newest       BLOB NOT NULL,
    own_document BLOB NOT NULL,
    standing     TEXT NOT NULL CHECK (standing IN ('drafted', 'detached', 'attached', 'recalled')),
    reason       TEXT NOT NULL,
    detached_by  TEXT NOT NULL,
    detached_at  INTEGER NOT NULL,
    newer_at     INTEGER,
    -- Why the origin took its document back; empty while it has not.
    taken_back   TEXT NOT NULL DEFAULT '',
    version      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, document_id)
) WITHOUT ROWID;
CREATE INDEX detachment_origin ON detachment (origin_id, document_id);
CREATE INDEX detachment_own ON detachment (tenant_id, own_document);

ALTER TABLE tenant ADD COLUMN rehearsal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE repost_order ADD COLUMN rehearsal INTEGER NOT NULL DEFAULT 0;
DROP INDEX repost_order_open;
CREATE UNIQUE INDEX repost_order_open ON repost_order (tenant_id, document_id, locale, kind, rehearsal)
    WHERE state IN ('proposed', 'open');
