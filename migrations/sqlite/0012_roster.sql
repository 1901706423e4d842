-- Duty rosters: who is on duty at which post, and the notes by which a shift is handed over.

CREATE TABLE duty_shift (
    tenant_id  BLOB NOT NULL REFERENCES tenant (id),
    id         BLOB NOT NULL,
    post       TEXT NOT NULL CHECK (post IN ('a', 'b')),
    account_id BLOB NOT NULL,
    login      TEXT NOT NULL,
    name       TEXT NOT NULL,
    from_at    INTEGER NOT NULL,
    until_at   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK (from_at < until_at)
) WITHOUT ROWID;
-- One post has one person: two shifts that begin together are refused here, those that overlap by the act.
CREATE UNIQUE INDEX duty_shift_begin ON duty_shift (tenant_id, post, from_at);
CREATE INDEX duty_shift_end ON duty_shift (tenant_id, until_at);

CREATE TABLE handover (
    tenant_id       BLOB NOT NULL REFERENCES tenant (id),
    id              BLOB NOT NULL,
    standing        TEXT NOT NULL CHECK (standing IN ('drafted', 'signed_out', 'taken_over')),
    note            TEXT NOT NULL,
    counts          TEXT NOT NULL DEFAULT '',
    text_hash       TEXT NOT NULL DEFAULT '',
    drafted_at      INTEGER NOT NULL,
    drafted_by      TEXT NOT NULL,
    signed_out_at   INTEGER,
    signed_out_by   TEXT NOT NULL DEFAULT '',
    signed_out_id   BLOB,
    taken_over_at   INTEGER,
    taken_over_by   TEXT NOT NULL DEFAULT '',
    remind_at       INTEGER,
    version         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
-- One note is under way at a time.
CREATE UNIQUE INDEX handover_open ON handover (tenant_id) WHERE standing IN ('drafted', 'signed_out');
CREATE INDEX handover_recent ON handover (tenant_id, drafted_at);
