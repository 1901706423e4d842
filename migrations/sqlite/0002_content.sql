-- Columns, documents, editions, placements. Every key starts with the tenant, so a distributed engine can shard by it.

CREATE TABLE site_column (
    tenant_id          BLOB NOT NULL REFERENCES tenant (id),
    key                TEXT NOT NULL,
    standard_code      TEXT,
    parent_key         TEXT,
    name               TEXT NOT NULL,
    kind               TEXT NOT NULL,
    description        TEXT NOT NULL,
    keywords           TEXT NOT NULL,
    position           INTEGER NOT NULL,
    home               TEXT NOT NULL CHECK (home IN ('policy', 'top', 'block', 'none')),
    update_window_days INTEGER NOT NULL DEFAULT 0,
    update_min         INTEGER NOT NULL DEFAULT 0,
    changed_at         INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, key),
    FOREIGN KEY (tenant_id, parent_key) REFERENCES site_column (tenant_id, key)
) WITHOUT ROWID;
CREATE UNIQUE INDEX site_column_standard ON site_column (tenant_id, standard_code) WHERE standard_code IS NOT NULL;

CREATE TABLE document (
    tenant_id  BLOB NOT NULL REFERENCES tenant (id),
    id         BLOB NOT NULL,
    tail       TEXT NOT NULL,
    import_key TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX document_import ON document (tenant_id, import_key) WHERE import_key IS NOT NULL;

CREATE TABLE edition (
    tenant_id    BLOB NOT NULL,
    id           BLOB NOT NULL,
    document_id  BLOB NOT NULL,
    locale       TEXT NOT NULL,
    number       INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('draft', 'live', 'superseded', 'withdrawn')),
    version      INTEGER NOT NULL,
    title        TEXT NOT NULL,
    body_html    TEXT NOT NULL,
    header       TEXT NOT NULL,
    source       TEXT NOT NULL,
    source_url   TEXT NOT NULL,
    source_published_at INTEGER,
    author       TEXT NOT NULL,
    summary      TEXT NOT NULL,
    keywords     TEXT NOT NULL,
    column_key   TEXT NOT NULL,
    change_note  TEXT NOT NULL DEFAULT '',
    content_hash TEXT NOT NULL DEFAULT '',
    text_hash    TEXT NOT NULL DEFAULT '',
    published_at INTEGER,
    first_published_at INTEGER,
    created_at   INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL,
    changed_by   TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, document_id, locale, number),
    FOREIGN KEY (tenant_id, document_id) REFERENCES document (tenant_id, id)
);
-- At most one draft and one live edition per document and language.
CREATE UNIQUE INDEX edition_one_draft ON edition (tenant_id, document_id, locale) WHERE state = 'draft';
CREATE UNIQUE INDEX edition_one_live ON edition (tenant_id, document_id, locale) WHERE state = 'live';
CREATE INDEX edition_recent ON edition (tenant_id, state, changed_at);

CREATE TABLE attachment (
    tenant_id  BLOB NOT NULL,
    edition_id BLOB NOT NULL,
    position   INTEGER NOT NULL,
    name       TEXT NOT NULL,
    file_hash  TEXT NOT NULL,
    mime       TEXT NOT NULL,
    size       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, edition_id, position),
    FOREIGN KEY (tenant_id, edition_id) REFERENCES edition (tenant_id, id)
) WITHOUT ROWID;
CREATE INDEX attachment_file ON attachment (tenant_id, file_hash);

-- A document in a column of a tenant: the only sharing record. The natural key needs no id minted in set-based SQL.
-- The title and dates are copies of the origin's, kept in step in the origin's own transaction, so that a list page
-- reads one tenant's rows only.
-- No references: the statement that places something reads tenant and column from their tables, and neither is ever deleted.
-- One order writes 84,094 of these, and a reference would lock as many rows elsewhere, each on a page of its own.
CREATE TABLE placement (
    tenant_id        BLOB NOT NULL,
    document_id      BLOB NOT NULL,
    locale           TEXT NOT NULL,
    column_key       TEXT NOT NULL,
    mode             TEXT NOT NULL CHECK (mode IN ('own', 'mirror', 'adopted', 'link')),
    origin_tenant_id BLOB NOT NULL,
    edition_id       BLOB NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('live', 'withdrawn')),
    address          TEXT NOT NULL,
    title            TEXT NOT NULL,
    summary          TEXT NOT NULL,
    doc_number       TEXT NOT NULL,
    source           TEXT NOT NULL,
    published_at     INTEGER NOT NULL,
    placed_at        INTEGER NOT NULL,
    placed_by        TEXT NOT NULL,
    pinned           INTEGER NOT NULL DEFAULT 0,
    lead_in          TEXT NOT NULL DEFAULT '',
    order_id         BLOB,
    withdrawal       TEXT,
    provenance       TEXT NOT NULL DEFAULT '[]',
    changed_at       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, document_id, locale, column_key)
) WITHOUT ROWID;
CREATE UNIQUE INDEX placement_address ON placement (tenant_id, address);
CREATE INDEX placement_list ON placement (tenant_id, column_key, state, pinned, published_at);
CREATE INDEX placement_recent ON placement (tenant_id, state, published_at);
CREATE INDEX placement_origin ON placement (origin_tenant_id, document_id);
