-- Orders, obligations, sightings, reminders. Letters between tenants are keyed by their receiver.

CREATE TABLE repost_policy (
    tenant_id       BLOB PRIMARY KEY REFERENCES tenant (id),
    auto_accept     INTEGER NOT NULL,
    -- 0: no orders, 1: those of the centre, 2: those of every superior
    fallback        INTEGER NOT NULL,
    own_hours       INTEGER,
    effective_hours INTEGER,
    effective_from  BLOB REFERENCES tenant (id)
) WITHOUT ROWID;

CREATE TABLE repost_order (
    tenant_id       BLOB NOT NULL REFERENCES tenant (id),
    id              BLOB NOT NULL,
    document_id     BLOB NOT NULL,
    edition_id      BLOB NOT NULL,
    locale          TEXT NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('mandatory', 'recommended', 'recall')),
    state           TEXT NOT NULL CHECK (state IN ('proposed', 'open', 'closed', 'superseded', 'withdrawn', 'refused')),
    audience        TEXT NOT NULL,
    audience_key    TEXT NOT NULL,
    audience_count  INTEGER NOT NULL,
    audience_digest TEXT NOT NULL,
    deadline_hours  INTEGER NOT NULL,
    clock_start     INTEGER NOT NULL,
    due_at          INTEGER NOT NULL,
    target_code     TEXT NOT NULL,
    reason          TEXT NOT NULL DEFAULT '',
    legal_basis     TEXT NOT NULL DEFAULT '',
    rule_version    TEXT NOT NULL,
    issued_at       INTEGER NOT NULL,
    issued_by       TEXT NOT NULL,
    issued_by_id    BLOB NOT NULL,
    confirmed_by    TEXT NOT NULL DEFAULT '',
    -- A recall: how addresses answer, and what the second person said.
    withdrawal      TEXT,
    answer          TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
-- One open order per document and direction: a second one is refused by the database, not by a look before the leap.
CREATE UNIQUE INDEX repost_order_open ON repost_order (tenant_id, document_id, locale, kind) WHERE state IN ('proposed', 'open');
CREATE INDEX repost_order_recent ON repost_order (tenant_id, issued_at);

-- Both ends come from the table of tenants in the statement that writes the row, and no tenant is ever deleted: a reference would
-- only make an order to 84,094 sites slower.
CREATE TABLE obligation (
    tenant_id    BLOB NOT NULL,
    order_id     BLOB NOT NULL,
    issuer_id    BLOB NOT NULL,
    kind         TEXT NOT NULL,
    document_id  BLOB NOT NULL,
    edition_id   BLOB NOT NULL,
    due_at       INTEGER NOT NULL,
    limit_hours  INTEGER NOT NULL,
    limit_from   BLOB NOT NULL,
    standing     TEXT NOT NULL CHECK (standing IN ('issued', 'delivered', 'published', 'proven', 'exempt', 'failed', 'ended')),
    issued_at    INTEGER NOT NULL,
    delivered_at INTEGER,
    published_at INTEGER,
    placer       TEXT NOT NULL DEFAULT '',
    proven_at    INTEGER,
    late         INTEGER NOT NULL DEFAULT 0,
    -- When a probe last looked and did not see it.
    looked_at    INTEGER,
    failure      TEXT NOT NULL DEFAULT '',
    exemption    TEXT NOT NULL DEFAULT '',
    stage        INTEGER NOT NULL DEFAULT 0,
    version      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, order_id)
) WITHOUT ROWID;
CREATE INDEX obligation_board ON obligation (issuer_id, order_id, standing);

CREATE TABLE sighting (
    tenant_id   BLOB NOT NULL REFERENCES tenant (id),
    id          BLOB NOT NULL,
    order_id    BLOB NOT NULL,
    edition_id  BLOB NOT NULL,
    at          INTEGER NOT NULL,
    url         TEXT NOT NULL,
    status      INTEGER NOT NULL,
    verdict     TEXT NOT NULL,
    saw         TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE INDEX sighting_order ON sighting (tenant_id, order_id, at);
