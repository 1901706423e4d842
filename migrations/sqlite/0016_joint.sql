-- Joint columns and standing subscriptions between columns (共建).

-- The owner of a column opens it to a member: a letter from the owner to the member. What may come in and how is the
-- owner's to say (mode); the member answers and may leave.
CREATE TABLE joint_member (
    tenant_id   BLOB NOT NULL REFERENCES tenant (id),
    id          BLOB NOT NULL,
    owner_id    BLOB NOT NULL REFERENCES tenant (id),
    column_key  TEXT NOT NULL,
    column_name TEXT NOT NULL,
    mode        TEXT NOT NULL CHECK (mode IN ('review', 'automatic')),
    standing    TEXT NOT NULL CHECK (standing IN ('invited', 'accepted', 'refused', 'left', 'removed')),
    note        TEXT NOT NULL,
    invited_at  INTEGER NOT NULL,
    invited_by  TEXT NOT NULL,
    decided_at  INTEGER,
    decided_by  TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT '',
    version     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    CHECK (owner_id <> tenant_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX joint_member_open ON joint_member (tenant_id, owner_id, column_key) WHERE standing IN ('invited', 'accepted');
CREATE INDEX joint_member_owner ON joint_member (owner_id, column_key, standing);

-- Columns that anybody may subscribe to without asking. What it says is public.
CREATE TABLE joint_open (
    tenant_id  BLOB NOT NULL REFERENCES tenant (id),
    column_key TEXT NOT NULL,
    opened_at  INTEGER NOT NULL,
    opened_by  TEXT NOT NULL,
    PRIMARY KEY (tenant_id, column_key)
) WITHOUT ROWID;

-- A standing subscription: a letter from the subscriber to the source. Where it lands, how and what it lets through is the
-- subscriber's to say; the source consents and may end it.
CREATE TABLE joint_subscription (
    tenant_id       BLOB NOT NULL REFERENCES tenant (id),
    id              BLOB NOT NULL,
    subscriber_id   BLOB NOT NULL REFERENCES tenant (id),
    column_key      TEXT NOT NULL,
    column_name     TEXT NOT NULL,
    target_key      TEXT NOT NULL,
    mode            TEXT NOT NULL CHECK (mode IN ('review', 'automatic')),
    filter          TEXT NOT NULL,
    forward_mirrors INTEGER NOT NULL DEFAULT 0,
    since           INTEGER NOT NULL,
    standing        TEXT NOT NULL CHECK (standing IN ('asked', 'active', 'paused', 'ended', 'refused')),
    asked_at        INTEGER NOT NULL,
    asked_by        TEXT NOT NULL,
    paused_at       INTEGER,
    decided_at      INTEGER,
    decided_by      TEXT NOT NULL DEFAULT '',
    reason          TEXT NOT NULL DEFAULT '',
    version         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    CHECK (subscriber_id <> tenant_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX joint_subscription_open ON joint_subscription (tenant_id, column_key, subscriber_id, target_key)
    WHERE standing IN ('asked', 'active', 'paused');
-- A publication looks here once: an empty answer is all that it costs where nobody subscribed.
CREATE INDEX joint_subscription_flow ON joint_subscription (tenant_id, column_key) WHERE standing = 'active';
CREATE INDEX joint_subscription_sent ON joint_subscription (subscriber_id, standing);

-- Who is fed by whom, column by column, without what passes: the loop check walks it across portals. The house's own.
CREATE TABLE joint_edge (
    subscription_id BLOB PRIMARY KEY,
    source_id       BLOB NOT NULL,
    source_key      TEXT NOT NULL,
    target_id       BLOB NOT NULL,
    target_key      TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX joint_edge_source ON joint_edge (source_id, source_key);

-- One document on its way into a column of somebody else: contributed by a member, or fetched by a subscription. A letter
-- from the sender to the receiver, keyed by what lets it in, so that nothing comes twice the same way.
CREATE TABLE joint_item (
    tenant_id   BLOB NOT NULL,
    via_id      BLOB NOT NULL,
    document_id BLOB NOT NULL,
    channel     TEXT NOT NULL CHECK (channel IN ('member', 'subscription')),
    sender_id   BLOB NOT NULL,
    origin_id   BLOB NOT NULL,
    edition_id  BLOB NOT NULL,
    target_key  TEXT NOT NULL,
    title       TEXT NOT NULL,
    source      TEXT NOT NULL,
    note        TEXT NOT NULL,
    standing    TEXT NOT NULL CHECK (standing IN ('arrived', 'in_review', 'placed', 'filtered', 'skipped', 'declined', 'returned',
                                                  'taken_down', 'withdrawn', 'void')),
    arrived_at  INTEGER NOT NULL,
    arrived_by  TEXT NOT NULL,
    decided_at  INTEGER,
    decided_by  TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT '',
    address     TEXT NOT NULL DEFAULT '',
    version     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, via_id, document_id)
) WITHOUT ROWID;
CREATE INDEX joint_item_desk ON joint_item (tenant_id, standing, arrived_at);
CREATE INDEX joint_item_edition ON joint_item (tenant_id, edition_id);
CREATE INDEX joint_item_origin ON joint_item (origin_id, document_id);
CREATE INDEX joint_item_sent ON joint_item (sender_id, channel, arrived_at);
