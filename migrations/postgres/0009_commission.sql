-- Commissions 约稿: what a superior calls for, and one call per addressed portal. Quotas: how much it expects in a period.

CREATE TABLE commission (
    tenant_id      UUID NOT NULL REFERENCES tenant (id),
    id             UUID NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('draft', 'open', 'closed', 'cancelled')),
    topic          TEXT NOT NULL,
    requirements   TEXT NOT NULL,
    files          TEXT NOT NULL,
    mandatory      INTEGER NOT NULL,
    wanted         INTEGER NOT NULL CHECK (wanted >= 1),
    use_site       INTEGER NOT NULL,
    use_brief      INTEGER NOT NULL,
    audience       TEXT NOT NULL,
    audience_count BIGINT NOT NULL DEFAULT 0,
    -- Working days from the opening, or an instant; an open commission has the instant.
    due_days       INTEGER,
    due_at         BIGINT,
    provisional    INTEGER NOT NULL DEFAULT 0,
    rule_version   TEXT NOT NULL,
    return_hours   INTEGER NOT NULL,
    created_at     BIGINT NOT NULL,
    created_by     TEXT NOT NULL,
    opened_at      BIGINT,
    opened_by      TEXT NOT NULL DEFAULT '',
    ended_at       BIGINT,
    ended_by       TEXT NOT NULL DEFAULT '',
    reason         TEXT NOT NULL DEFAULT '',
    version        INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    CHECK (state NOT IN ('open', 'closed') OR due_at IS NOT NULL)
);
CREATE INDEX commission_recent ON commission (tenant_id, created_at);

-- A letter from the issuer to one portal. No reference to tenants, as with obligations.
CREATE TABLE commission_call (
    tenant_id     UUID NOT NULL,
    commission_id UUID NOT NULL,
    issuer_id     UUID NOT NULL,
    standing      TEXT NOT NULL CHECK (standing IN ('called', 'accepted', 'delivered', 'late', 'missed', 'declined', 'excused', 'ended')),
    called_at     BIGINT NOT NULL,
    due_at        BIGINT NOT NULL,
    accepted_at   BIGINT,
    accepted_by   TEXT NOT NULL DEFAULT '',
    answered      INTEGER NOT NULL DEFAULT 0,
    settled_at    BIGINT,
    -- Stays when a late answer comes after all.
    missed_at     BIGINT,
    reason        TEXT NOT NULL DEFAULT '',
    plea          TEXT NOT NULL DEFAULT '',
    stage         INTEGER NOT NULL DEFAULT 0,
    -- The standing that the issuer's chain knows.
    recorded      TEXT NOT NULL DEFAULT '',
    version       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, commission_id)
);
CREATE INDEX commission_call_board ON commission_call (issuer_id, commission_id, standing);
CREATE INDEX commission_call_desk ON commission_call (tenant_id, standing, due_at);

-- An answer names its commission; its visible characters say whether it is a short or a long item.
ALTER TABLE submission ADD COLUMN commission_id UUID;
ALTER TABLE submission ADD COLUMN characters INTEGER NOT NULL DEFAULT 0;
CREATE INDEX submission_answers ON submission (commission_id, sender_id) WHERE commission_id IS NOT NULL;

CREATE TABLE quota (
    tenant_id      UUID NOT NULL REFERENCES tenant (id),
    id             UUID NOT NULL,
    version        INTEGER NOT NULL,
    name           TEXT NOT NULL,
    audience       TEXT NOT NULL,
    period         TEXT NOT NULL CHECK (period IN ('week', 'month', 'quarter')),
    length         TEXT NOT NULL CHECK (length IN ('any', 'short', 'long')),
    counting       TEXT NOT NULL CHECK (counting IN ('sent', 'adopted')),
    minimum        INTEGER NOT NULL CHECK (minimum >= 0),
    effective_from TEXT NOT NULL,
    source         TEXT NOT NULL,
    set_at         BIGINT NOT NULL,
    set_by         TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id, version)
);

-- A letter: what one portal owes in one period, frozen when the period begins.
CREATE TABLE quota_period (
    tenant_id  UUID NOT NULL,
    quota_id   UUID NOT NULL,
    begins     TEXT NOT NULL,
    version    INTEGER NOT NULL,
    issuer_id  UUID NOT NULL,
    name       TEXT NOT NULL,
    period     TEXT NOT NULL,
    length     TEXT NOT NULL,
    counting   TEXT NOT NULL,
    long_from  INTEGER NOT NULL,
    minimum    INTEGER NOT NULL,
    from_at    BIGINT NOT NULL,
    until_at   BIGINT NOT NULL,
    judge_at   BIGINT NOT NULL,
    verdict    TEXT NOT NULL DEFAULT '' CHECK (verdict IN ('', 'met', 'missed')),
    counted    INTEGER NOT NULL DEFAULT 0,
    judged_at  BIGINT,
    PRIMARY KEY (tenant_id, quota_id, begins)
);
CREATE INDEX quota_period_board ON quota_period (issuer_id, quota_id, begins);

CALL put_wall('commission');
CALL put_wall('commission_call');
CALL put_wall('quota');
CALL put_wall('quota_period');

-- A commission is read by those it calls, once it is open: a draft has no calls.
CREATE POLICY called ON commission FOR SELECT USING (
    EXISTS (SELECT 1 FROM commission_call k WHERE k.tenant_id = (SELECT app_tenant()) AND k.issuer_id = commission.tenant_id
                AND k.commission_id = commission.id));

-- Letters: seen by their two ends; the issuer corrects what it sent, and calls only in its own subtree.
CREATE POLICY sent ON commission_call FOR SELECT USING (issuer_id = (SELECT app_tenant()));
CREATE POLICY sent_change ON commission_call FOR UPDATE USING (issuer_id = (SELECT app_tenant()))
    WITH CHECK (issuer_id = (SELECT app_tenant()));
CREATE POLICY reach_write ON commission_call FOR INSERT WITH CHECK ((SELECT app_reach()) AND issuer_id = (SELECT app_tenant())
    AND tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = (SELECT app_tenant())));
CREATE POLICY sent ON quota_period FOR SELECT USING (issuer_id = (SELECT app_tenant()));
CREATE POLICY sent_change ON quota_period FOR UPDATE USING ((SELECT app_reach()) AND issuer_id = (SELECT app_tenant()))
    WITH CHECK (issuer_id = (SELECT app_tenant()));
CREATE POLICY reach_write ON quota_period FOR INSERT WITH CHECK ((SELECT app_reach()) AND issuer_id = (SELECT app_tenant())
    AND tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = (SELECT app_tenant())));
