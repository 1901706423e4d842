-- Columns that a portal manages itself: whether they are open, where an archived one leads, who answers for them, and what
-- was done to them.

ALTER TABLE site_column ADD COLUMN state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'hidden', 'archived'));
-- where an archived column leads; none is the home page
ALTER TABLE site_column ADD COLUMN successor_key TEXT;
-- days before a limit on which its owner is told
ALTER TABLE site_column ADD COLUMN remind_days INTEGER NOT NULL DEFAULT 3;
ALTER TABLE site_column ADD COLUMN owner TEXT NOT NULL DEFAULT '';
-- last day on which the owner answers for it, YYYY-MM-DD
ALTER TABLE site_column ADD COLUMN owner_until TEXT NOT NULL DEFAULT '';
ALTER TABLE site_column ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

-- One act on the tree: every column that it touched, as it was and as it became.
CREATE TABLE column_act (
    tenant_id  BLOB NOT NULL REFERENCES tenant (id),
    id         BLOB NOT NULL,
    -- the tenant's first, second, … act: the order in which they are taken back
    number     INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    column_key TEXT NOT NULL,
    -- where it was merged into, or leads from now on
    target_key TEXT NOT NULL DEFAULT '',
    -- JSON: columns
    was        TEXT NOT NULL,
    became     TEXT NOT NULL,
    -- placements that changed their column
    moved      INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    by_whom    TEXT NOT NULL,
    undone_at  INTEGER,
    undone_by  TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX column_act_number ON column_act (tenant_id, number);
CREATE INDEX column_act_column ON column_act (tenant_id, column_key, number);

-- What a merge moved, so that it can be taken back.
CREATE TABLE column_moved (
    tenant_id   BLOB NOT NULL,
    act_id      BLOB NOT NULL,
    document_id BLOB NOT NULL,
    locale      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, act_id, document_id, locale),
    FOREIGN KEY (tenant_id, act_id) REFERENCES column_act (tenant_id, id)
);
