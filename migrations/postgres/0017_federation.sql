-- Installations that are joined with this one by a signed channel.

-- The house's own: whose key speaks for which tenant. 'below': an inferior that runs an installation of its own; 'above': the
-- superior's installation, for which this tenant stands here.
CREATE TABLE peer (
    id         UUID PRIMARY KEY,
    tenant_id  UUID NOT NULL REFERENCES tenant (id),
    side       TEXT NOT NULL CHECK (side IN ('below', 'above')),
    name       TEXT NOT NULL,
    url        TEXT NOT NULL,
    key_id     TEXT NOT NULL UNIQUE,
    public_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at   BIGINT,
    -- The last sign of life, and since when there is none.
    seen_at    BIGINT,
    lost_since BIGINT,
    fault      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX peer_tenant ON peer (tenant_id);

-- At the inferior: the superior's orders and what they are here.
CREATE TABLE peer_order (
    tenant_id       UUID NOT NULL REFERENCES tenant (id),
    remote_order    UUID NOT NULL,
    remote_document UUID NOT NULL,
    remote_edition  UUID NOT NULL,
    order_id        UUID NOT NULL,
    document_id     UUID NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('open', 'ended')),
    PRIMARY KEY (tenant_id, remote_order)
);

-- At the superior: what an inferior reported of its own portals under one order.
CREATE TABLE peer_receipt (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    order_id  UUID NOT NULL,
    issuer_id UUID NOT NULL,
    counts    TEXT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, order_id)
);
CREATE INDEX peer_receipt_issuer ON peer_receipt (issuer_id, order_id);

GRANT SELECT, INSERT, UPDATE ON peer TO dibao_runtime;
CALL put_wall('peer_order');
CALL put_wall('peer_receipt');
-- A letter is seen by its two ends.
CREATE POLICY sent ON peer_receipt FOR SELECT USING (issuer_id = (SELECT app_tenant()));
