-- Installations that are joined with this one by a signed channel.

-- The house's own: whose key speaks for which tenant. 'below': an inferior that runs an installation of its own; 'above': the
-- superior's installation, for which this tenant stands here.
CREATE TABLE peer (
    id         BLOB PRIMARY KEY,
    tenant_id  BLOB NOT NULL REFERENCES tenant (id),
    side       TEXT NOT NULL CHECK (side IN ('below', 'above')),
    name       TEXT NOT NULL,
    url        TEXT NOT NULL,
    key_id     TEXT NOT NULL UNIQUE,
    public_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,
    -- The last sign of life, and since when there is none.
    seen_at    INTEGER,
    lost_since INTEGER,
    fault      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX peer_tenant ON peer (tenant_id);

-- At the inferior: the superior's orders and what they are here.
CREATE TABLE peer_order (
    tenant_id       BLOB NOT NULL REFERENCES tenant (id),
    remote_order    BLOB NOT NULL,
    remote_document BLOB NOT NULL,
    remote_edition  BLOB NOT NULL,
    order_id        BLOB NOT NULL,
    document_id     BLOB NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('open', 'ended')),
    PRIMARY KEY (tenant_id, remote_order)
) WITHOUT ROWID;

-- At the superior: what an inferior reported of its own portals under one order.
CREATE TABLE peer_receipt (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    order_id  BLOB NOT NULL,
    issuer_id BLOB NOT NULL,
    counts    TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, order_id)
) WITHOUT ROWID;
CREATE INDEX peer_receipt_issuer ON peer_receipt (issuer_id, order_id);
