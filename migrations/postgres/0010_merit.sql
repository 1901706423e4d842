-- Points: what happened is kept for good; what it is worth follows from a versioned table and can be made again at any time.

CREATE TABLE merit_setting (
    tenant_id UUID PRIMARY KEY REFERENCES tenant (id),
    ranking   TEXT NOT NULL CHECK (ranking IN ('hidden', 'own_rank', 'public_to_subordinates')),
    runs      BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE merit_rule (
    tenant_id      UUID NOT NULL REFERENCES tenant (id),
    version        INTEGER NOT NULL,
    name           TEXT NOT NULL,
    document       TEXT NOT NULL,
    effective_from TEXT NOT NULL,
    body           TEXT NOT NULL,
    reason         TEXT NOT NULL,
    difference     TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    created_by     TEXT NOT NULL,
    PRIMARY KEY (tenant_id, version)
);
-- A letter from whoever made it happen to the scorer. The id is a digest of what happened, so that it is told once.
CREATE TABLE point_event (
    tenant_id      UUID NOT NULL REFERENCES tenant (id),
    id             UUID NOT NULL,
    writer_id      UUID NOT NULL REFERENCES tenant (id),
    beneficiary_id UUID NOT NULL REFERENCES tenant (id),
    occasion       TEXT NOT NULL CHECK (occasion IN ('submitted', 'adopted', 'merged', 'published', 'reported_up', 'instruction',
                                                     'commission_delivered', 'commission_late', 'commission_missed', 'quota_met',
                                                     'quota_missed', 'urgent', 'adjusted', 'revoked')),
    level_up       INTEGER NOT NULL,
    central        INTEGER NOT NULL,
    channel        TEXT NOT NULL,
    item_id        UUID NOT NULL,
    submission_id  UUID,
    thread_id      UUID,
    document_id    UUID,
    title          TEXT NOT NULL,
    note           TEXT NOT NULL,
    adjust         BIGINT NOT NULL,
    at             BIGINT NOT NULL,
    by_whom        TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK (beneficiary_id <> tenant_id)
);
CREATE INDEX point_event_year ON point_event (tenant_id, at);
CREATE INDEX point_event_unit ON point_event (tenant_id, beneficiary_id, at);
CREATE INDEX point_event_own ON point_event (beneficiary_id, at);
-- Derived: no reference to anything, so that a year is written again in seconds.
CREATE TABLE point (
    tenant_id      UUID NOT NULL,
    event_id       UUID NOT NULL,
    beneficiary_id UUID NOT NULL,
    month          INTEGER NOT NULL,
    occasion       TEXT NOT NULL,
    points         BIGINT NOT NULL,
    worth          BIGINT NOT NULL,
    rule_version   INTEGER NOT NULL,
    rule_row       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, event_id)
);
CREATE INDEX point_month ON point (tenant_id, month, beneficiary_id);
CREATE TABLE point_appeal (
    tenant_id      UUID NOT NULL REFERENCES tenant (id),
    id             UUID NOT NULL,
    beneficiary_id UUID NOT NULL REFERENCES tenant (id),
    event_id       UUID,
    about          TEXT NOT NULL,
    reason         TEXT NOT NULL,
    standing       TEXT NOT NULL CHECK (standing IN ('open', 'accepted', 'rejected', 'withdrawn')),
    asked_at       BIGINT NOT NULL,
    asked_by       TEXT NOT NULL,
    answer         TEXT NOT NULL DEFAULT '',
    adjust         BIGINT NOT NULL DEFAULT 0,
    decided_at     BIGINT,
    decided_by     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id)
);
-- One event is disputed once at a time.
CREATE UNIQUE INDEX point_appeal_open ON point_appeal (tenant_id, event_id) WHERE standing = 'open' AND event_id IS NOT NULL;
CREATE INDEX point_appeal_own ON point_appeal (beneficiary_id, asked_at);
CREATE TABLE merit_circular (
    tenant_id  UUID NOT NULL REFERENCES tenant (id),
    id         UUID NOT NULL,
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
    issued_at  BIGINT NOT NULL,
    issued_by  TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, month),
    UNIQUE (tenant_id, year, number)
);
CREATE TABLE merit_circular_row (
    tenant_id      UUID NOT NULL,
    circular_id    UUID NOT NULL,
    beneficiary_id UUID NOT NULL,
    position       INTEGER NOT NULL,
    name           TEXT NOT NULL,
    submitted      BIGINT NOT NULL,
    adopted        BIGINT NOT NULL,
    points         BIGINT NOT NULL,
    year_points    BIGINT NOT NULL,
    rank           INTEGER NOT NULL,
    ranking        TEXT NOT NULL,
    PRIMARY KEY (tenant_id, circular_id, beneficiary_id)
);
CREATE INDEX merit_circular_row_own ON merit_circular_row (beneficiary_id);

CALL put_wall('merit_setting');
CALL put_wall('merit_rule');
CALL put_wall('point_event');
CALL put_wall('point');
CALL put_wall('point_appeal');
CALL put_wall('merit_circular');
CALL put_wall('merit_circular_row');
-- Facts are added and never changed.
REVOKE UPDATE, DELETE ON point_event FROM dibao_runtime;

CREATE FUNCTION app_superior(above uuid) RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT EXISTS (SELECT 1 FROM tenant_closure WHERE descendant_id = (SELECT app_tenant()) AND ancestor_id = above AND depth = 1) $$;
-- A portal reads what is told of itself, the table that its superior scores by, and its own line of a circular; everybody's
-- line only where the superior shows rankings.
CREATE POLICY own ON point_event FOR SELECT USING (beneficiary_id = (SELECT app_tenant()));
CREATE POLICY own ON point FOR SELECT USING (beneficiary_id = (SELECT app_tenant()));
CREATE POLICY own ON merit_circular_row FOR SELECT USING (beneficiary_id = (SELECT app_tenant()));
CREATE POLICY shown ON merit_rule FOR SELECT USING (app_superior(tenant_id));
CREATE POLICY shown ON merit_circular FOR SELECT USING (app_superior(tenant_id));
CREATE POLICY shown ON merit_circular_row FOR SELECT USING (ranking = 'public_to_subordinates' AND app_superior(tenant_id));
-- Whoever adopts tells every scorer below it that stands above a hop; of itself a portal tells its superior what it sent and
-- what it took back, and nothing else.
CREATE POLICY tell ON point_event FOR INSERT WITH CHECK (writer_id = (SELECT app_tenant()) AND adjust = 0 AND (
    (tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = (SELECT app_tenant()))
        AND beneficiary_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = tenant_id AND depth = 1))
    OR (beneficiary_id = (SELECT app_tenant()) AND occasion IN ('submitted', 'revoked') AND app_superior(tenant_id))));
CREATE POLICY sent ON point_appeal FOR SELECT USING (beneficiary_id = (SELECT app_tenant()));
CREATE POLICY send ON point_appeal FOR INSERT WITH CHECK (beneficiary_id = (SELECT app_tenant()) AND standing = 'open'
    AND app_superior(tenant_id));
CREATE POLICY take_back ON point_appeal FOR UPDATE USING (beneficiary_id = (SELECT app_tenant()) AND standing = 'open')
    WITH CHECK (beneficiary_id = (SELECT app_tenant()) AND standing = 'withdrawn');
