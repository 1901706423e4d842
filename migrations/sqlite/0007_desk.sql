-- The receiver's desk: copies of what was withdrawn, standing permissions to skip a level, baskets, visits and fates.

-- Until when the receiver deals with its copy of what the origin withdrew, and how it did.
ALTER TABLE submission ADD COLUMN alarm_due_at INTEGER;
ALTER TABLE submission ADD COLUMN alarm_answer TEXT NOT NULL DEFAULT '';
CREATE INDEX submission_alarm ON submission (tenant_id, alarm_due_at) WHERE alarm_due_at IS NOT NULL;
CREATE INDEX submission_provisional ON submission (tenant_id, submitted_at) WHERE provisional <> 0;

CREATE TABLE desk_policy (
    tenant_id          BLOB PRIMARY KEY REFERENCES tenant (id),
    hide_on_withdrawal TEXT NOT NULL CHECK (hide_on_withdrawal IN ('never', 'serious', 'always')),
    changed_at         INTEGER NOT NULL,
    changed_by         TEXT NOT NULL
) WITHOUT ROWID;

-- Granted by a superior, read by the portal that it names and by those below it.
CREATE TABLE skip_permission (
    tenant_id  BLOB NOT NULL REFERENCES tenant (id),
    id         BLOB NOT NULL,
    subject_id BLOB NOT NULL REFERENCES tenant (id),
    scope      TEXT NOT NULL CHECK (scope IN ('tenant', 'counties')),
    until_at   INTEGER NOT NULL,
    note       TEXT NOT NULL,
    granted_at INTEGER NOT NULL,
    granted_by TEXT NOT NULL,
    revoked_at INTEGER,
    revoked_by TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id),
    CHECK (subject_id <> tenant_id OR scope = 'counties')
) WITHOUT ROWID;
CREATE INDEX skip_permission_subject ON skip_permission (subject_id);

CREATE TABLE basket (
    tenant_id  BLOB NOT NULL REFERENCES tenant (id),
    id         BLOB NOT NULL,
    topic      TEXT NOT NULL,
    note       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    closed_at  INTEGER,
    PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE TABLE basket_item (
    tenant_id     BLOB NOT NULL REFERENCES tenant (id),
    basket_id     BLOB NOT NULL,
    submission_id BLOB NOT NULL,
    put_at        INTEGER NOT NULL,
    put_by        TEXT NOT NULL,
    PRIMARY KEY (tenant_id, basket_id, submission_id)
) WITHOUT ROWID;
CREATE INDEX basket_item_submission ON basket_item (tenant_id, submission_id);

-- Views of articles by day, with nothing about who looked.
CREATE TABLE visit_count (
    tenant_id   BLOB NOT NULL REFERENCES tenant (id),
    document_id BLOB NOT NULL,
    day         TEXT NOT NULL,
    views       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, document_id, day)
) WITHOUT ROWID;

-- What became of an item further up, told by whoever received it to every earlier hand.
CREATE TABLE submission_fate (
    tenant_id          BLOB NOT NULL REFERENCES tenant (id),
    document_id        BLOB NOT NULL,
    submission_id      BLOB NOT NULL,
    publisher_id       BLOB NOT NULL REFERENCES tenant (id),
    standing           TEXT NOT NULL,
    holder             TEXT NOT NULL,
    address            TEXT NOT NULL,
    published_document BLOB,
    views              INTEGER NOT NULL DEFAULT 0,
    submitted_at       INTEGER NOT NULL,
    changed_at         INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, document_id, submission_id)
) WITHOUT ROWID;
CREATE INDEX submission_fate_submission ON submission_fate (tenant_id, submission_id);
CREATE INDEX submission_fate_published ON submission_fate (publisher_id, published_document) WHERE published_document IS NOT NULL;
