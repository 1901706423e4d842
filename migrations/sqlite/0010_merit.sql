-- Points: what happened is kept for good; what it is worth follows from a versioned table and can be made again at any time.

CREATE TABLE merit_setting (
    tenant_id BLOB PRIMARY KEY REFERENCES tenant (id),
    ranking   TEXT NOT NULL CHECK (ranking IN ('hidden', 'own_rank', 'public_to_subordinates')),
    runs      INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE merit_rule (
    tenant_id      BLOB NOT NULL REFERENCES tenant (id),
    version        INTEGER NOT NULL,
    name           TEXT NOT NULL,
    document       TEXT NOT NULL,
    effective_from TEXT NOT NULL,
    body           TEXT NOT NULL,
    reason         TEXT NOT NULL,
    difference     TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    created_by     TEXT NOT NULL,
    PRIMARY KEY (tenant_id, version)
);
-- A letter from whoever made it happen to the scorer. The id is a digest of what happened, so that it is told once.
CREATE TABLE point_event (
    tenant_id      BLOB NOT NULL REFERENCES tenant (id),
    id             BLOB NOT NULL,
    writer_id      BLOB NOT NULL REFERENCES tenant (id),
    beneficiary_id BLOB NOT NULL REFERENCES tenant (id),
    occasion       TEXT NOT NULL CHECK (occasion IN ('submitted', 'adopted', 'merged', 'published', 'reported_up', 'instruction',
                                                     'commission_delivered', 'commission_late', 'commission_missed', 'quota_met',
                                                     'quota_missed', 'urgent', 'adjusted', 'revoked')),
    level_up       INTEGER NOT NULL,
    central        INTEGER NOT NULL,
    channel        TEXT NOT NULL,
    item_id        BLOB NOT NULL,
    submission_id  BLOB,
    thread_id      BLOB,
    document_id    BLOB,
    title          TEXT NOT NULL,
    note           TEXT NOT NULL,
    adjust         INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    by_whom        TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK (beneficiary_id <> tenant_id)
);
CREATE INDEX point_event_year ON point_event (tenant_id, at);
CREATE INDEX point_event_unit ON point_event (tenant_id, beneficiary_id, at);
CREATE INDEX point_event_own ON point_event (beneficiary_id, at);
-- Derived: no reference to anything, so that a year is written again in seconds.
CREATE TABLE point (
    tenant_id      BLOB NOT NULL,
    event_id       BLOB NOT NULL,
    beneficiary_id BLOB NOT NULL,
    month          INTEGER NOT NULL,
    occasion       TEXT NOT NULL,
    points         INTEGER NOT NULL,
    worth          INTEGER NOT NULL,
    rule_version   INTEGER NOT NULL,
    rule_row       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, event_id)
) WITHOUT ROWID;
CREATE INDEX point_month ON point (tenant_id, month, beneficiary_id);
CREATE TABLE point_appeal (
    tenant_id      BLOB NOT NULL REFERENCES tenant (id),
    id             BLOB NOT NULL,
    beneficiary_id BLOB NOT NULL REFERENCES tenant (id),
    event_id       BLOB,
    about          TEXT NOT NULL,
    reason         TEXT NOT NULL,
    standing       TEXT NOT NULL CHECK (standing IN ('open', 'accepted', 'rejected', 'withdrawn')),
    asked_at       INTEGER NOT NULL,
    asked_by       TEXT NOT NULL,
    answer         TEXT NOT NULL DEFAULT '',
    adjust         INTEGER NOT NULL DEFAULT 0,
    decided_at     INTEGER,
    decided_by     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id)
);
-- One event is disputed once at a time.
CREATE UNIQUE INDEX point_appeal_open ON point_appeal (tenant_id, event_id) WHERE standing = 'open' AND event_id IS NOT NULL;
CREATE INDEX point_appeal_own ON point_appeal (beneficiary_id, asked_at);
CREATE TABLE merit_circular (
    tenant_id  BLOB NOT NULL REFERENCES tenant (id),
    id         BLOB NOT NULL,
    year       INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    month      INTEGER NOT NULL,
    doc_number TEXT NOT NULL,
    title      TEXT NOT NULL,
    issuer     TEXT NOT NULL,
    preface    TEXT NOT NULL,
    ranking    TEXT NOT NULL,
    rule       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    issued_at  INTEGER NOT NULL,
    issued_by  TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, month),
    UNIQUE (tenant_id, year, number)
);
CREATE TABLE merit_circular_row (
    tenant_id      BLOB NOT NULL,
    circular_id    BLOB NOT NULL,
    beneficiary_id BLOB NOT NULL,
    position       INTEGER NOT NULL,
    name           TEXT NOT NULL,
    submitted      INTEGER NOT NULL,
    adopted        INTEGER NOT NULL,
    points         INTEGER NOT NULL,
    year_points    INTEGER NOT NULL,
    rank           INTEGER NOT NULL,
    ranking        TEXT NOT NULL,
    PRIMARY KEY (tenant_id, circular_id, beneficiary_id)
);
CREATE INDEX merit_circular_row_own ON merit_circular_row (beneficiary_id);

-- Facts are added and never changed.
CREATE TRIGGER point_event_stays BEFORE UPDATE ON point_event BEGIN SELECT RAISE(ABORT, 'what happened stays'); END;
CREATE TRIGGER point_event_is_kept BEFORE DELETE ON point_event BEGIN SELECT RAISE(ABORT, 'what happened stays'); END;
