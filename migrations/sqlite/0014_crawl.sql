-- Crawl sources 抓取: what a portal reads elsewhere, what it found there, how each run ended, and the sample pages on which
-- field rules are built.

CREATE TABLE crawl_source (
    tenant_id     BLOB NOT NULL REFERENCES tenant (id),
    id            BLOB NOT NULL,
    name          TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('feed', 'sitemap', 'pages')),
    address       TEXT NOT NULL,
    column_key    TEXT NOT NULL,
    source_line   TEXT NOT NULL,
    every_minutes INTEGER NOT NULL,
    quiet_from    INTEGER NOT NULL,
    quiet_to      INTEGER NOT NULL,
    pace_ms       INTEGER NOT NULL,
    include       TEXT NOT NULL,
    exclude       TEXT NOT NULL,
    max_items     INTEGER NOT NULL,
    rules         TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('active', 'paused', 'failing', 'ended')),
    etag          TEXT NOT NULL DEFAULT '',
    modified      TEXT NOT NULL DEFAULT '',
    failures      INTEGER NOT NULL DEFAULT 0,
    last_error    TEXT NOT NULL DEFAULT '',
    last_run_at   INTEGER,
    next_run_at   INTEGER NOT NULL,
    home_title    TEXT NOT NULL DEFAULT '',
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    changed_by    TEXT NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;

CREATE TABLE crawl_item (
    tenant_id      BLOB NOT NULL REFERENCES tenant (id),
    source_id      BLOB NOT NULL,
    url_key        TEXT NOT NULL,
    url            TEXT NOT NULL,
    guid           TEXT NOT NULL DEFAULT '',
    title          TEXT NOT NULL DEFAULT '',
    listed         TEXT NOT NULL DEFAULT '',
    list_hash      TEXT NOT NULL DEFAULT '',
    due            INTEGER NOT NULL DEFAULT 1,
    tries          INTEGER NOT NULL DEFAULT 0,
    etag           TEXT NOT NULL DEFAULT '',
    modified       TEXT NOT NULL DEFAULT '',
    text_hash      TEXT NOT NULL DEFAULT '',
    sketch         TEXT NOT NULL DEFAULT '',
    standing       TEXT NOT NULL CHECK (standing IN ('new', 'landed', 'duplicate', 'changed', 'gone', 'failed', 'filtered')),
    reason         TEXT NOT NULL DEFAULT '',
    document_id    BLOB,
    landed_version INTEGER NOT NULL DEFAULT 0,
    landed_files   INTEGER NOT NULL DEFAULT 0,
    newer          TEXT NOT NULL DEFAULT '',
    first_seen     INTEGER NOT NULL,
    last_seen      INTEGER NOT NULL,
    checked_at     INTEGER NOT NULL DEFAULT 0,
    version        INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, source_id, url_key)
) WITHOUT ROWID;
CREATE INDEX crawl_item_due ON crawl_item (tenant_id, source_id, first_seen) WHERE due = 1;
CREATE INDEX crawl_item_shown ON crawl_item (tenant_id, source_id, standing, last_seen);
CREATE INDEX crawl_item_url ON crawl_item (tenant_id, url_key) WHERE document_id IS NOT NULL;
CREATE INDEX crawl_item_guid ON crawl_item (tenant_id, guid) WHERE guid <> '' AND document_id IS NOT NULL;
CREATE INDEX crawl_item_text ON crawl_item (tenant_id, text_hash) WHERE text_hash <> '' AND document_id IS NOT NULL;
CREATE INDEX crawl_item_recent ON crawl_item (tenant_id, first_seen) WHERE document_id IS NOT NULL;

CREATE TABLE crawl_run (
    tenant_id  BLOB NOT NULL REFERENCES tenant (id),
    source_id  BLOB NOT NULL,
    at         INTEGER NOT NULL,
    outcome    TEXT NOT NULL CHECK (outcome IN ('read', 'unchanged', 'failed')),
    found      INTEGER NOT NULL DEFAULT 0,
    landed     INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    changed    INTEGER NOT NULL DEFAULT 0,
    failed     INTEGER NOT NULL DEFAULT 0,
    note       TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, source_id, at)
) WITHOUT ROWID;

CREATE TABLE crawl_sample (
    tenant_id  BLOB NOT NULL REFERENCES tenant (id),
    source_id  BLOB NOT NULL,
    part       TEXT NOT NULL CHECK (part IN ('list', 'article')),
    url        TEXT NOT NULL,
    html       TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, source_id, part)
);
