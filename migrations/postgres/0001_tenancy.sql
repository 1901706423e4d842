-- The house's own tables: tenants, people, sessions, tokens, jobs, the change log.
-- Instants are microseconds since 1970-01-01T00:00:00Z (BIGINT); JSON is TEXT so that hashed bytes stay the bytes that were hashed.

CREATE TABLE tenant (
    id            UUID PRIMARY KEY,
    slug          TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 1 AND 63),
    name          TEXT NOT NULL,
    short_name    TEXT NOT NULL,
    level         TEXT NOT NULL CHECK (level IN ('central', 'province', 'city', 'county', 'department')),
    division_code TEXT NOT NULL DEFAULT '',
    site_code     TEXT UNIQUE,
    parent_id     UUID REFERENCES tenant (id),
    owner_unit    TEXT NOT NULL DEFAULT '',
    state         TEXT NOT NULL CHECK (state IN ('draft', 'live', 'suspended', 'closing', 'closed')),
    state_reason  TEXT NOT NULL DEFAULT '',
    state_until   BIGINT,
    state_since   BIGINT NOT NULL,
    suspended_at  BIGINT,
    successor     TEXT NOT NULL DEFAULT '',
    theme         TEXT NOT NULL,
    skin          TEXT NOT NULL,
    furniture     TEXT NOT NULL DEFAULT '{}',
    blueprint     TEXT NOT NULL DEFAULT '',
    digest        TEXT NOT NULL DEFAULT '',
    created_at    BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL
);
CREATE INDEX tenant_parent ON tenant (parent_id);

CREATE TABLE tenant_host (
    host      TEXT PRIMARY KEY,
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    position  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX tenant_host_tenant ON tenant_host (tenant_id);

-- Every (superior, inferior) pair including each tenant with itself: a subtree is one indexed read.
CREATE TABLE tenant_closure (
    ancestor_id   UUID NOT NULL REFERENCES tenant (id),
    descendant_id UUID NOT NULL REFERENCES tenant (id),
    depth         INTEGER NOT NULL,
    PRIMARY KEY (ancestor_id, descendant_id)
);
CREATE INDEX tenant_closure_up ON tenant_closure (descendant_id, depth);

CREATE TABLE account (
    id            UUID PRIMARY KEY,
    login         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    failures      INTEGER NOT NULL DEFAULT 0,
    locked_until  BIGINT NOT NULL DEFAULT 0,
    disabled      INTEGER NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL
);

CREATE TABLE role_grant (
    account_id UUID NOT NULL REFERENCES account (id),
    tenant_id  UUID NOT NULL REFERENCES tenant (id),
    role       TEXT NOT NULL CHECK (role IN ('central_duty', 'operator', 'tenant_admin', 'editor', 'reviewer')),
    subtree    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, tenant_id, role)
);

-- Only hashes of bearer values are kept: a stolen copy of these tables signs nobody in.
CREATE TABLE session (
    id_hash    TEXT PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL
);
CREATE INDEX session_account ON session (account_id);

CREATE TABLE api_token (
    id_hash    TEXT PRIMARY KEY,
    id         UUID NOT NULL UNIQUE,
    tenant_id  UUID NOT NULL REFERENCES tenant (id),
    role       TEXT NOT NULL,
    subtree    INTEGER NOT NULL,
    label      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- Answers already given to a write with an Idempotency-Key, so that a repeated request gets the same answer.
CREATE TABLE idempotency (
    holder     TEXT NOT NULL,
    key        TEXT NOT NULL,
    request    TEXT NOT NULL,
    status     INTEGER NOT NULL,
    body       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (holder, key)
);

-- The queue is a table: a job is inserted in the transaction that makes it necessary. An expired lease is simply claimable.
-- `lease` is one claim, `lost` counts leases in a row that ran out, `again` says that it was asked for since it was claimed.
CREATE TABLE job (
    key          TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    tenant_id    UUID NOT NULL REFERENCES tenant (id),
    payload      TEXT NOT NULL,
    run_at       BIGINT NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    leased_until BIGINT NOT NULL DEFAULT 0,
    leased_by    TEXT NOT NULL DEFAULT '',
    lease        TEXT NOT NULL DEFAULT '',
    lost         INTEGER NOT NULL DEFAULT 0,
    again        INTEGER NOT NULL DEFAULT 0,
    dead         INTEGER NOT NULL DEFAULT 0,
    last_error   TEXT NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL
);
CREATE INDEX job_due ON job (run_at, leased_until) WHERE dead = 0;

-- What pages a commit made old. Nodes follow it; raising a generation twice is harmless.
CREATE TABLE change (
    seq       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id UUID NOT NULL,
    scope     TEXT NOT NULL CHECK (scope IN ('pages', 'subtree', 'tenant')),
    at        BIGINT NOT NULL
);

-- Append-only, hash-chained per tenant (SM3). See docs/orders-and-evidence.md for the recipe that checks an export.
CREATE TABLE evidence (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    seq       BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    kind      TEXT NOT NULL,
    subject   TEXT NOT NULL,
    actor     TEXT NOT NULL,
    body      TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX evidence_subject ON evidence (tenant_id, subject);

CREATE TABLE evidence_head (
    tenant_id UUID PRIMARY KEY REFERENCES tenant (id),
    seq       BIGINT NOT NULL,
    hash      TEXT NOT NULL
);

CREATE TABLE notice (
    tenant_id  UUID NOT NULL REFERENCES tenant (id),
    key        TEXT NOT NULL,
    kind       TEXT NOT NULL,
    audience   TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    read_at    BIGINT,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX notice_recent ON notice (tenant_id, created_at);
