-- Joint columns and standing subscriptions between columns (共建).

-- The owner of a column opens it to a member: a letter from the owner to the member. What may come in and how is the
-- owner's to say (mode); the member answers and may leave.
CREATE TABLE joint_member (
    tenant_id   UUID NOT NULL REFERENCES tenant (id),
    id          UUID NOT NULL,
    owner_id    UUID NOT NULL REFERENCES tenant (id),
    column_key  TEXT NOT NULL,
    column_name TEXT NOT NULL,
    mode        TEXT NOT NULL CHECK (mode IN ('review', 'automatic')),
    standing    TEXT NOT NULL CHECK (standing IN ('invited', 'accepted', 'refused', 'left', 'removed')),
    note        TEXT NOT NULL,
    invited_at  BIGINT NOT NULL,
    invited_by  TEXT NOT NULL,
    decided_at  BIGINT,
    decided_by  TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT '',
    version     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    CHECK (owner_id <> tenant_id)
);
CREATE UNIQUE INDEX joint_member_open ON joint_member (tenant_id, owner_id, column_key) WHERE standing IN ('invited', 'accepted');
CREATE INDEX joint_member_owner ON joint_member (owner_id, column_key, standing);

-- Columns that anybody may subscribe to without asking. What it says is public.
CREATE TABLE joint_open (
    tenant_id  UUID NOT NULL REFERENCES tenant (id),
    column_key TEXT NOT NULL,
    opened_at  BIGINT NOT NULL,
    opened_by  TEXT NOT NULL,
    PRIMARY KEY (tenant_id, column_key)
);

-- A standing subscription: a letter from the subscriber to the source. Where it lands, how and what it lets through is the
-- subscriber's to say; the source consents and may end it.
CREATE TABLE joint_subscription (
    tenant_id       UUID NOT NULL REFERENCES tenant (id),
    id              UUID NOT NULL,
    subscriber_id   UUID NOT NULL REFERENCES tenant (id),
    column_key      TEXT NOT NULL,
    column_name     TEXT NOT NULL,
    target_key      TEXT NOT NULL,
    mode            TEXT NOT NULL CHECK (mode IN ('review', 'automatic')),
    filter          TEXT NOT NULL,
    forward_mirrors INTEGER NOT NULL DEFAULT 0,
    since           BIGINT NOT NULL,
    standing        TEXT NOT NULL CHECK (standing IN ('asked', 'active', 'paused', 'ended', 'refused')),
    asked_at        BIGINT NOT NULL,
    asked_by        TEXT NOT NULL,
    paused_at       BIGINT,
    decided_at      BIGINT,
    decided_by      TEXT NOT NULL DEFAULT '',
    reason          TEXT NOT NULL DEFAULT '',
    version         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    CHECK (subscriber_id <> tenant_id)
);
CREATE UNIQUE INDEX joint_subscription_open ON joint_subscription (tenant_id, column_key, subscriber_id, target_key)
    WHERE standing IN ('asked', 'active', 'paused');
-- A publication looks here once: an empty answer is all that it costs where nobody subscribed.
CREATE INDEX joint_subscription_flow ON joint_subscription (tenant_id, column_key) WHERE standing = 'active';
CREATE INDEX joint_subscription_sent ON joint_subscription (subscriber_id, standing);

-- Who is fed by whom, column by column, without what passes: the loop check walks it across portals. The house's own.
CREATE TABLE joint_edge (
    subscription_id UUID PRIMARY KEY,
    source_id       UUID NOT NULL,
    source_key      TEXT NOT NULL,
    target_id       UUID NOT NULL,
    target_key      TEXT NOT NULL
);
CREATE INDEX joint_edge_source ON joint_edge (source_id, source_key);

-- One document on its way into a column of somebody else: contributed by a member, or fetched by a subscription. A letter
-- from the sender to the receiver, keyed by what lets it in, so that nothing comes twice the same way.
CREATE TABLE joint_item (
    tenant_id   UUID NOT NULL,
    via_id      UUID NOT NULL,
    document_id UUID NOT NULL,
    channel     TEXT NOT NULL CHECK (channel IN ('member', 'subscription')),
    sender_id   UUID NOT NULL,
    origin_id   UUID NOT NULL,
    edition_id  UUID NOT NULL,
    target_key  TEXT NOT NULL,
    title       TEXT NOT NULL,
    source      TEXT NOT NULL,
    note        TEXT NOT NULL,
    standing    TEXT NOT NULL CHECK (standing IN ('arrived', 'in_review', 'placed', 'filtered', 'skipped', 'declined', 'returned',
                                                  'taken_down', 'withdrawn', 'void')),
    arrived_at  BIGINT NOT NULL,
    arrived_by  TEXT NOT NULL,
    decided_at  BIGINT,
    decided_by  TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT '',
    address     TEXT NOT NULL DEFAULT '',
    version     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, via_id, document_id)
);
CREATE INDEX joint_item_desk ON joint_item (tenant_id, standing, arrived_at);
CREATE INDEX joint_item_edition ON joint_item (tenant_id, edition_id);
CREATE INDEX joint_item_origin ON joint_item (origin_id, document_id);
CREATE INDEX joint_item_sent ON joint_item (sender_id, channel, arrived_at);

CALL put_wall('joint_member');
CALL put_wall('joint_open');
CALL put_wall('joint_subscription');
CALL put_wall('joint_item');
REVOKE DELETE ON joint_member, joint_subscription, joint_item FROM dibao_runtime;

CREATE POLICY public ON joint_open FOR SELECT USING (true);

-- An invitation is the owner's: nobody makes a member of himself.
CREATE POLICY sent ON joint_member FOR SELECT USING (owner_id = (SELECT app_tenant()));
CREATE POLICY send ON joint_member FOR INSERT WITH CHECK (owner_id = (SELECT app_tenant()) AND standing = 'invited');
CREATE POLICY sent_change ON joint_member FOR UPDATE USING (owner_id = (SELECT app_tenant())) WITH CHECK (owner_id = (SELECT app_tenant()));
CREATE POLICY not_forged ON joint_member AS RESTRICTIVE FOR INSERT WITH CHECK (owner_id = (SELECT app_tenant()));
CREATE FUNCTION joint_member_ends() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (NEW.tenant_id, NEW.id, NEW.owner_id, NEW.column_key) <> (OLD.tenant_id, OLD.id, OLD.owner_id, OLD.column_key) THEN
        RAISE EXCEPTION 'a letter keeps its ends';
    END IF;
    IF NEW.mode <> OLD.mode AND app_tenant() <> OLD.owner_id THEN RAISE EXCEPTION 'the mode is the owner''s'; END IF;
    IF NEW.standing <> OLD.standing AND NEW.standing IN ('accepted', 'refused', 'left') AND app_tenant() <> OLD.tenant_id THEN
        RAISE EXCEPTION 'the answer is the member''s';
    END IF;
    IF NEW.standing <> OLD.standing AND OLD.standing IN ('refused', 'left', 'removed') THEN RAISE EXCEPTION 'it has ended'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER joint_member_ends BEFORE UPDATE ON joint_member FOR EACH ROW EXECUTE FUNCTION joint_member_ends();

-- A subscription is the subscriber's: nobody subscribes in another's name, which would be to push into its columns. It begins
-- without consent only below oneself or where the source said that anybody may.
CREATE POLICY sent ON joint_subscription FOR SELECT USING (subscriber_id = (SELECT app_tenant()));
CREATE POLICY send ON joint_subscription FOR INSERT WITH CHECK (subscriber_id = (SELECT app_tenant()));
CREATE POLICY sent_change ON joint_subscription FOR UPDATE USING (subscriber_id = (SELECT app_tenant()))
    WITH CHECK (subscriber_id = (SELECT app_tenant()));
CREATE POLICY not_forged ON joint_subscription AS RESTRICTIVE FOR INSERT WITH CHECK (subscriber_id = (SELECT app_tenant())
    AND (standing = 'asked' OR (standing = 'active'
        AND (tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = (SELECT app_tenant()))
            OR EXISTS (SELECT 1 FROM joint_open o WHERE o.tenant_id = joint_subscription.tenant_id
                AND o.column_key = joint_subscription.column_key)))));
CREATE FUNCTION joint_subscription_ends() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (NEW.tenant_id, NEW.id, NEW.subscriber_id, NEW.column_key) <> (OLD.tenant_id, OLD.id, OLD.subscriber_id, OLD.column_key) THEN
        RAISE EXCEPTION 'a letter keeps its ends';
    END IF;
    IF (NEW.target_key, NEW.mode, NEW.filter, NEW.forward_mirrors) <> (OLD.target_key, OLD.mode, OLD.filter, OLD.forward_mirrors)
        AND app_tenant() <> OLD.subscriber_id THEN RAISE EXCEPTION 'where it lands is the subscriber''s'; END IF;
    IF OLD.standing IN ('ended', 'refused') AND NEW.standing <> OLD.standing THEN RAISE EXCEPTION 'it has ended'; END IF;
    IF OLD.standing = 'asked' AND NEW.standing IN ('active', 'refused') AND app_tenant() <> OLD.tenant_id THEN
        RAISE EXCEPTION 'the consent is the source''s';
    END IF;
    IF OLD.standing = 'asked' AND NEW.standing = 'paused' THEN RAISE EXCEPTION 'it has not begun'; END IF;
    IF OLD.standing IN ('active', 'paused') AND NEW.standing IN ('active', 'paused') AND NEW.standing <> OLD.standing
        AND app_tenant() <> OLD.subscriber_id THEN RAISE EXCEPTION 'pausing is the subscriber''s'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER joint_subscription_ends BEFORE UPDATE ON joint_subscription FOR EACH ROW EXECUTE FUNCTION joint_subscription_ends();

-- The topology is seen by all, written by the end that is fed and taken away by either end.
GRANT SELECT, INSERT, DELETE ON joint_edge TO dibao_runtime;
ALTER TABLE joint_edge ENABLE ROW LEVEL SECURITY;
ALTER TABLE joint_edge FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON joint_edge FOR SELECT USING (true);
CREATE POLICY drawn ON joint_edge FOR INSERT WITH CHECK (target_id = (SELECT app_tenant()));
CREATE POLICY cut ON joint_edge FOR DELETE USING (target_id = (SELECT app_tenant()) OR source_id = (SELECT app_tenant()));

-- An item is let in by the receiver's own word only: its active subscription of the sender's column, or its open invitation.
-- It names an edition of the sender's own, or one that stands on the sender's pages.
CREATE POLICY sent ON joint_item FOR SELECT USING (sender_id = (SELECT app_tenant()) OR origin_id = (SELECT app_tenant()));
CREATE POLICY send ON joint_item FOR INSERT WITH CHECK (sender_id = (SELECT app_tenant()));
CREATE POLICY follow ON joint_item FOR UPDATE USING (origin_id = (SELECT app_tenant()) OR sender_id = (SELECT app_tenant()))
    WITH CHECK (origin_id = (SELECT app_tenant()) OR sender_id = (SELECT app_tenant()));
CREATE POLICY not_forged ON joint_item AS RESTRICTIVE FOR INSERT WITH CHECK (sender_id = (SELECT app_tenant()) AND standing = 'arrived'
    AND CASE channel
        WHEN 'subscription' THEN EXISTS (SELECT 1 FROM joint_subscription s WHERE s.tenant_id = (SELECT app_tenant()) AND s.id = joint_item.via_id
            AND s.subscriber_id = joint_item.tenant_id AND s.target_key = joint_item.target_key AND s.standing = 'active')
        ELSE EXISTS (SELECT 1 FROM joint_member m WHERE m.tenant_id = (SELECT app_tenant()) AND m.id = joint_item.via_id
            AND m.owner_id = joint_item.tenant_id AND m.column_key = joint_item.target_key AND m.standing = 'accepted') END
    AND CASE WHEN origin_id = (SELECT app_tenant()) THEN true
        ELSE EXISTS (SELECT 1 FROM placement p WHERE p.tenant_id = (SELECT app_tenant()) AND p.document_id = joint_item.document_id
            AND p.origin_tenant_id = joint_item.origin_id AND p.edition_id = joint_item.edition_id AND p.mode = 'mirror' AND p.state = 'live') END);
CREATE FUNCTION joint_item_ends() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (NEW.tenant_id, NEW.via_id, NEW.document_id, NEW.channel, NEW.sender_id, NEW.origin_id)
        <> (OLD.tenant_id, OLD.via_id, OLD.document_id, OLD.channel, OLD.sender_id, OLD.origin_id) THEN
        RAISE EXCEPTION 'a letter keeps its ends';
    END IF;
    IF NEW.edition_id <> OLD.edition_id AND app_tenant() <> OLD.origin_id THEN RAISE EXCEPTION 'the edition is the origin''s'; END IF;
    IF NEW.standing <> OLD.standing AND NEW.standing IN ('placed', 'filtered', 'skipped', 'declined', 'returned', 'taken_down')
        AND app_tenant() <> OLD.tenant_id THEN RAISE EXCEPTION 'the decision is the receiver''s'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER joint_item_ends BEFORE UPDATE ON joint_item FOR EACH ROW EXECUTE FUNCTION joint_item_ends();

-- Who may read the edition that waits in the queue: whoever received it, while it is neither taken back nor void.
CREATE POLICY through_joint ON edition FOR SELECT USING (
    EXISTS (SELECT 1 FROM joint_item i WHERE i.tenant_id = (SELECT app_tenant()) AND i.edition_id = edition.id
                AND i.origin_id = edition.tenant_id AND i.standing NOT IN ('void', 'withdrawn')));
CREATE POLICY through_joint ON attachment FOR SELECT USING (
    EXISTS (SELECT 1 FROM joint_item i WHERE i.tenant_id = (SELECT app_tenant()) AND i.edition_id = attachment.edition_id
                AND i.origin_id = attachment.tenant_id AND i.standing NOT IN ('void', 'withdrawn')));

