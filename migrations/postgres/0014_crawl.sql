-- Crawl sources 抓取: what a portal reads elsewhere, what it found there, how each run ended, and the sample pages on which
-- field rules are built.

CREATE TABLE crawl_source (
    tenant_id     UUID NOT NULL REFERENCES tenant (id),
    id            UUID NOT NULL,
    name          TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('feed', 'sitemap', 'pages')),
    address       TEXT NOT NULL,
    column_key    TEXT NOT NULL,
    source_line   TEXT NOT NULL,
    every_minutes INTEGER NOT NULL,
    quiet_from    INTEGER NOT NULL,
    quiet_to      INTEGER NOT NULL,
    pace_ms       BIGINT NOT NULL,
    include       TEXT NOT NULL,
    exclude       TEXT NOT NULL,
    max_items     INTEGER NOT NULL,
    rules         TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('active', 'paused', 'failing', 'ended')),
    etag          TEXT NOT NULL DEFAULT '',
    modified      TEXT NOT NULL DEFAULT '',
    failures      INTEGER NOT NULL DEFAULT 0,
    last_error    TEXT NOT NULL DEFAULT '',
    last_run_at   BIGINT,
    next_run_at   BIGINT NOT NULL,
    home_title    TEXT NOT NULL DEFAULT '',
    created_at    BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    changed_by    TEXT NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE crawl_item (
    tenant_id      UUID NOT NULL REFERENCES tenant (id),
    source_id      UUID NOT NULL,
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
    document_id    UUID,
    landed_version INTEGER NOT NULL DEFAULT 0,
    landed_files   INTEGER NOT NULL DEFAULT 0,
    newer          TEXT NOT NULL DEFAULT '',
    first_seen     BIGINT NOT NULL,
    last_seen      BIGINT NOT NULL,
    checked_at     BIGINT NOT NULL DEFAULT 0,
    version        INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, source_id, url_key)
);
CREATE INDEX crawl_item_due ON crawl_item (tenant_id, source_id, first_seen) WHERE due = 1;
CREATE INDEX crawl_item_shown ON crawl_item (tenant_id, source_id, standing, last_seen);
CREATE INDEX crawl_item_url ON crawl_item (tenant_id, url_key) WHERE document_id IS NOT NULL;
CREATE INDEX crawl_item_guid ON crawl_item (tenant_id, guid) WHERE guid <> '' AND document_id IS NOT NULL;
CREATE INDEX crawl_item_text ON crawl_item (tenant_id, text_hash) WHERE text_hash <> '' AND document_id IS NOT NULL;
CREATE INDEX crawl_item_recent ON crawl_item (tenant_id, first_seen) WHERE document_id IS NOT NULL;

CREATE TABLE crawl_run (
    tenant_id  UUID NOT NULL REFERENCES tenant (id),
    source_id  UUID NOT NULL,
    at         BIGINT NOT NULL,
    outcome    TEXT NOT NULL CHECK (outcome IN ('read', 'unchanged', 'failed')),
    found      INTEGER NOT NULL DEFAULT 0,
    landed     INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    changed    INTEGER NOT NULL DEFAULT 0,
    failed     INTEGER NOT NULL DEFAULT 0,
    note       TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, source_id, at)
);

CREATE TABLE crawl_sample (
    tenant_id  UUID NOT NULL REFERENCES tenant (id),
    source_id  UUID NOT NULL,
    part       TEXT NOT NULL CHECK (part IN ('list', 'article')),
    url        TEXT NOT NULL,
    html       TEXT NOT NULL,
    fetched_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, source_id, part)
);

CALL put_wall('crawl_source');
CALL put_wall('crawl_item');
CALL put_wall('crawl_run');
CALL put_wall('crawl_sample');
