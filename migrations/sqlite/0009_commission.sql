-- Commissions 约稿: what a superior calls for, and one call per addressed portal. Quotas: how much it expects in a period.

CREATE TABLE commission (
    tenant_id      BLOB NOT NULL REFERENCES tenant (id),
    id             BLOB NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('draft', 'open', 'closed', 'cancelled')),
    topic          TEXT NOT NULL,
    requirements   TEXT NOT NULL,
    files          TEXT NOT NULL,
    mandatory      INTEGER NOT NULL,
    wanted         INTEGER NOT NULL CHECK (wanted >= 1),
    use_site       INTEGER NOT NULL,
    use_brief      INTEGER NOT NULL,
    audience       TEXT NOT NULL,
    audience_count INTEGER NOT NULL DEFAULT 0,
    -- Working days from the opening, or an instant; an open commission has the instant.
    due_days       INTEGER,
    due_at         INTEGER,
    provisional    INTEGER NOT NULL DEFAULT 0,
    rule_version   TEXT NOT NULL,
    return_hours   INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    created_by     TEXT NOT NULL,
    opened_at      INTEGER,
    opened_by      TEXT NOT NULL DEFAULT '',
    ended_at       INTEGER,
    ended_by       TEXT NOT NULL DEFAULT '',
    reason         TEXT NOT NULL DEFAULT '',
    version        INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    CHECK (state NOT IN ('open', 'closed') OR due_at IS NOT NULL)
) WITHOUT ROWID;
CREATE INDEX commission_recent ON commission (tenant_id, created_at);

-- A letter from the issuer to one portal. No reference to tenants, as with obligations.
CREATE TABLE commission_call (
    tenant_id     BLOB NOT NULL,
    commission_id BLOB NOT NULL,
    issuer_id     BLOB NOT NULL,
    standing      TEXT NOT NULL CHECK (standing IN ('called', 'accepted', 'delivered', 'late', 'missed', 'declined', 'excused', 'ended')),
    called_at     INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,
    accepted_at   INTEGER,
    accepted_by   TEXT NOT NULL DEFAULT '',
    answered      INTEGER NOT NULL DEFAULT 0,
    settled_at    INTEGER,
    -- Stays when a late answer comes after all.
    missed_at     INTEGER,
    reason        TEXT NOT NULL DEFAULT '',
    plea          TEXT NOT NULL DEFAULT '',
    stage         INTEGER NOT NULL DEFAULT 0,
    -- The standing that the issuer's chain knows.
    recorded      TEXT NOT NULL DEFAULT '',
    version       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, commission_id)
) WITHOUT ROWID;
CREATE INDEX commission_call_board ON commission_call (issuer_id, commission_id, standing);
CREATE INDEX commission_call_desk ON commission_call (tenant_id, standing, due_at);

-- An answer names its commission; its visible characters say whether it is a short or a long item.
ALTER TABLE submission ADD COLUMN commission_id BLOB;
ALTER TABLE submission ADD COLUMN characters INTEGER NOT NULL DEFAULT 0;
CREATE INDEX submission_answers ON submission (commission_id, sender_id) WHERE commission_id IS NOT NULL;

CREATE TABLE quota (
    tenant_id      BLOB NOT NULL REFERENCES tenant (id),
    id             BLOB NOT NULL,
    version        INTEGER NOT NULL,
    name           TEXT NOT NULL,
    audience       TEXT NOT NULL,
    period         TEXT NOT NULL CHECK (period IN ('week', 'month', 'quarter')),
    length         TEXT NOT NULL CHECK (length IN ('any', 'short', 'long')),
    counting       TEXT NOT NULL CHECK (counting IN ('sent', 'adopted')),
    minimum        INTEGER NOT NULL CHECK (minimum >= 0),
    effective_from TEXT NOT NULL,
    source         TEXT NOT NULL,
    set_at         INTEGER NOT NULL,
    set_by         TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id, version)
) WITHOUT ROWID;

-- A letter: what one portal owes in one period, frozen when the period begins.
CREATE TABLE quota_period (
    tenant_id  BLOB NOT NULL,
    quota_id   BLOB NOT NULL,
    begins     TEXT NOT NULL,
    version    INTEGER NOT NULL,
    issuer_id  BLOB NOT NULL,
    name       TEXT NOT NULL,
    period     TEXT NOT NULL,
    length     TEXT NOT NULL,
    counting   TEXT NOT NULL,
    long_from  INTEGER NOT NULL,
    minimum    INTEGER NOT NULL,
    from_at    INTEGER NOT NULL,
    until_at   INTEGER NOT NULL,
    judge_at   INTEGER NOT NULL,
    verdict    TEXT NOT NULL DEFAULT '' CHECK (verdict IN ('', 'met', 'missed')),
    counted    INTEGER NOT NULL DEFAULT 0,
    judged_at  INTEGER,
    PRIMARY KEY (tenant_id, quota_id, begins)
) WITHOUT ROWID;
CREATE INDEX quota_period_board ON quota_period (issuer_id, quota_id, begins);
