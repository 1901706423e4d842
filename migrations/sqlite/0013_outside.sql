-- Portals outside the platform: who registered them, what is asked of them under each order, what was read on their pages, and
-- who listens to the hub.

CREATE TABLE outside_portal (
    tenant_id      BLOB NOT NULL REFERENCES tenant (id),
    id             BLOB NOT NULL,
    name           TEXT NOT NULL,
    unit           TEXT NOT NULL,
    level          TEXT NOT NULL,
    home_url       TEXT NOT NULL,
    -- JSON: addresses of list pages, with {page} where they are paged
    list_pages     TEXT NOT NULL,
    link_pattern   TEXT NOT NULL,
    title_selector TEXT NOT NULL,
    text_selector  TEXT NOT NULL,
    source_selector TEXT NOT NULL,
    date_selector  TEXT NOT NULL,
    mail           TEXT NOT NULL,
    by_default     INTEGER NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('active', 'paused', 'gone')),
    note           TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    created_by     TEXT NOT NULL,
    changed_at     INTEGER NOT NULL,
    looked_at      INTEGER,
    -- why the last round saw less than it should have
    trouble        TEXT NOT NULL DEFAULT '',
    -- JSON: where a round stands, so that the next run goes on there
    round          TEXT NOT NULL DEFAULT '',
    -- JSON: what the patterns found when they were tried
    trial          TEXT NOT NULL DEFAULT '',
    version        INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX outside_portal_home ON outside_portal (tenant_id, home_url);

-- Articles that were read once. The text is bounded, and let go of when it is old.
CREATE TABLE outside_page (
    tenant_id  BLOB NOT NULL,
    portal_id  BLOB NOT NULL,
    url_hash   TEXT NOT NULL,
    url        TEXT NOT NULL,
    list_url   TEXT NOT NULL,
    position   INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    read_at    INTEGER NOT NULL,
    status     TEXT NOT NULL,
    title      TEXT NOT NULL,
    source     TEXT NOT NULL,
    shown_date TEXT NOT NULL,
    body       TEXT NOT NULL,
    text_hash  TEXT NOT NULL,
    PRIMARY KEY (tenant_id, portal_id, url_hash)
);
CREATE INDEX outside_page_read ON outside_page (tenant_id, portal_id, read_at);

CREATE TABLE outside_obligation (
    tenant_id   BLOB NOT NULL,
    order_id    BLOB NOT NULL,
    portal_id   BLOB NOT NULL,
    document_id BLOB NOT NULL,
    edition_id  BLOB NOT NULL,
    -- the edition before, while a correction is looked for
    replaced_id BLOB,
    kind        TEXT NOT NULL,
    standing    TEXT NOT NULL CHECK (standing IN ('told', 'doubtful', 'seen', 'confirmed', 'missing', 'recalling', 'gone', 'ended')),
    told_at     INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    seen_at     INTEGER,
    late        INTEGER NOT NULL DEFAULT 0,
    url         TEXT NOT NULL DEFAULT '',
    list_url    TEXT NOT NULL DEFAULT '',
    position    INTEGER NOT NULL DEFAULT 0,
    found_by    TEXT NOT NULL DEFAULT '',
    -- thousandths
    title_like  INTEGER NOT NULL DEFAULT 0,
    text_like   INTEGER NOT NULL DEFAULT 0,
    shown_date  TEXT NOT NULL DEFAULT '',
    text_hash   TEXT NOT NULL DEFAULT '',
    -- pages that were read up to here were judged
    judged_to   INTEGER NOT NULL DEFAULT 0,
    -- JSON: hashes of addresses that a person rejected
    rejected    TEXT NOT NULL DEFAULT '[]',
    mail        TEXT NOT NULL DEFAULT '',
    mailed_at   INTEGER,
    decided_at  INTEGER,
    decided_by  TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT '',
    gone_at     INTEGER,
    version     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, order_id, portal_id)
);
CREATE INDEX outside_obligation_portal ON outside_obligation (tenant_id, portal_id, standing);
CREATE INDEX outside_obligation_desk ON outside_obligation (tenant_id, standing, seen_at);
CREATE INDEX outside_obligation_document ON outside_obligation (tenant_id, document_id);

-- WebSub: who is told when the feed of orders changes. Keyed by the hash of the callback.
CREATE TABLE outside_listener (
    tenant_id     BLOB NOT NULL REFERENCES tenant (id),
    id            TEXT NOT NULL,
    callback      TEXT NOT NULL,
    topic         TEXT NOT NULL,
    secret        TEXT NOT NULL,
    lease_until   INTEGER NOT NULL,
    active        INTEGER NOT NULL,
    -- JSON: what was asked and is not verified yet
    asked         TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    told_at       INTEGER,
    told_hash     TEXT NOT NULL DEFAULT '',
    failures      INTEGER NOT NULL DEFAULT 0,
    trouble       TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id)
);
