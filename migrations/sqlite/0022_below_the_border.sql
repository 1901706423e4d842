-- What lies below the border: an inferior's installation tells how each of its own portals stands under an order.

-- At the inferior: the version that the superior's installation was told last; -1 = never.
ALTER TABLE obligation ADD COLUMN told INTEGER NOT NULL DEFAULT -1;

-- At the superior: one line per portal of an inferior's installation, as it was told. These portals are no tenants here, and
-- nothing of this house refers to them.
CREATE TABLE peer_obligation (
    -- The tenant that the peer speaks for.
    tenant_id     BLOB NOT NULL REFERENCES tenant (id),
    peer_id       BLOB NOT NULL REFERENCES peer (id),
    order_id      BLOB NOT NULL,
    -- Names of the inferior's own: what they mean is its business.
    portal_id     BLOB NOT NULL,
    version       INTEGER NOT NULL,
    name          TEXT NOT NULL,
    parent        TEXT NOT NULL,
    level         TEXT NOT NULL,
    division_code TEXT NOT NULL,
    site          TEXT NOT NULL,
    standing      TEXT NOT NULL CHECK (standing IN ('issued', 'delivered', 'published', 'proven', 'exempt', 'failed', 'ended')),
    late          INTEGER NOT NULL,
    limit_hours   INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,
    placed_at     INTEGER,
    proven_at     INTEGER,
    url           TEXT NOT NULL,
    failure       TEXT NOT NULL,
    -- When it was told.
    at            INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, peer_id, order_id, portal_id)
) WITHOUT ROWID;
CREATE INDEX peer_obligation_list ON peer_obligation (tenant_id, peer_id, order_id, division_code, portal_id);
