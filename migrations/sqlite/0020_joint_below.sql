-- Flows that are declared for a whole subtree: portals that join later are subscribed to by the platform. And the type of the
-- source's column travels with an item, so that a filter can ask for it.

CREATE TABLE joint_below (
    tenant_id       BLOB NOT NULL REFERENCES tenant (id),
    id              BLOB NOT NULL,
    root_id         BLOB NOT NULL REFERENCES tenant (id),
    code            TEXT NOT NULL,
    kind            TEXT NOT NULL,
    target_key      TEXT NOT NULL,
    mode            TEXT NOT NULL CHECK (mode IN ('review', 'automatic')),
    filter          TEXT NOT NULL,
    forward_mirrors INTEGER NOT NULL DEFAULT 0,
    since           INTEGER NOT NULL,
    standing        TEXT NOT NULL CHECK (standing IN ('active', 'ended')),
    declared_at     INTEGER NOT NULL,
    declared_by     TEXT NOT NULL,
    ended_at        INTEGER,
    ended_by        TEXT NOT NULL DEFAULT '',
    version         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX joint_below_active ON joint_below (tenant_id, root_id, code, kind, target_key) WHERE standing = 'active';

ALTER TABLE joint_item ADD COLUMN column_kind TEXT NOT NULL DEFAULT '';
