-- Delivery: where people are reached, what was sent to whom, and endpoints of tenants for signed messages.

-- A person's own affair: the address, the language of letters, and the audiences whose letters are not wanted.
ALTER TABLE account ADD COLUMN mail TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN mail_lang TEXT NOT NULL DEFAULT 'zh-Hans';
ALTER TABLE account ADD COLUMN mail_off TEXT NOT NULL DEFAULT '';

-- Addresses of a portal itself, such as the duty office's.
CREATE TABLE mail_contact (
    tenant_id  UUID NOT NULL REFERENCES tenant (id),
    id         UUID NOT NULL,
    address    TEXT NOT NULL,
    lang       TEXT NOT NULL,
    audiences  TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX mail_contact_address ON mail_contact (tenant_id, address);

-- Where signed messages go. The secret signs, so it is kept as it is; after a rotation the old one signs as well for a while.
CREATE TABLE webhook (
    tenant_id  UUID NOT NULL REFERENCES tenant (id),
    id         UUID NOT NULL,
    url        TEXT NOT NULL,
    kinds      TEXT NOT NULL,
    active     INTEGER NOT NULL,
    secret     TEXT NOT NULL,
    old_secret TEXT NOT NULL DEFAULT '',
    old_until  BIGINT NOT NULL DEFAULT 0,
    -- The last entry of the tenant's chain that was looked at.
    seen_seq   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    version    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id)
);

-- One thing for one receiver by one channel. `source` is the digest or the endpoint, `receiver` the person, the contact or the
-- number of the entry.
CREATE TABLE delivery (
    tenant_id  UUID NOT NULL REFERENCES tenant (id),
    id         UUID NOT NULL,
    channel    TEXT NOT NULL CHECK (channel IN ('mail', 'webhook')),
    source     TEXT NOT NULL,
    receiver   TEXT NOT NULL,
    seq        BIGINT NOT NULL DEFAULT 0,
    address    TEXT NOT NULL,
    what       TEXT NOT NULL,
    urgent     INTEGER NOT NULL DEFAULT 0,
    standing   TEXT NOT NULL CHECK (standing IN ('waiting', 'failed', 'sent', 'dead', 'given_up')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    run_at     BIGINT NOT NULL,
    said       TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    settled_at BIGINT,
    version    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX delivery_once ON delivery (tenant_id, channel, source, receiver);
CREATE INDEX delivery_due ON delivery (tenant_id, source, run_at) WHERE standing IN ('waiting', 'failed');
CREATE INDEX delivery_dead ON delivery (tenant_id, created_at) WHERE standing = 'dead';
CREATE INDEX delivery_recent ON delivery (tenant_id, created_at);

CALL put_wall('mail_contact');
CALL put_wall('webhook');
CALL put_wall('delivery');
