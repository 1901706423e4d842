-- The receiver's desk: copies of what was withdrawn, standing permissions to skip a level, baskets, visits and fates.

-- Until when the receiver deals with its copy of what the origin withdrew, and how it did.
ALTER TABLE submission ADD COLUMN alarm_due_at BIGINT;
ALTER TABLE submission ADD COLUMN alarm_answer TEXT NOT NULL DEFAULT '';
CREATE INDEX submission_alarm ON submission (tenant_id, alarm_due_at) WHERE alarm_due_at IS NOT NULL;
CREATE INDEX submission_provisional ON submission (tenant_id, submitted_at) WHERE provisional <> 0;

CREATE TABLE desk_policy (
    tenant_id          UUID PRIMARY KEY REFERENCES tenant (id),
    hide_on_withdrawal TEXT NOT NULL CHECK (hide_on_withdrawal IN ('never', 'serious', 'always')),
    changed_at         BIGINT NOT NULL,
    changed_by         TEXT NOT NULL
);
CALL put_wall('desk_policy');

-- Granted by a superior, read by the portal that it names and by those below it.
CREATE TABLE skip_permission (
    tenant_id  UUID NOT NULL REFERENCES tenant (id),
    id         UUID NOT NULL,
    subject_id UUID NOT NULL REFERENCES tenant (id),
    scope      TEXT NOT NULL CHECK (scope IN ('tenant', 'counties')),
    until_at   BIGINT NOT NULL,
    note       TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    granted_by TEXT NOT NULL,
    revoked_at BIGINT,
    revoked_by TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id),
    CHECK (subject_id <> tenant_id OR scope = 'counties')
);
CREATE INDEX skip_permission_subject ON skip_permission (subject_id);
CALL put_wall('skip_permission');
CREATE POLICY told ON skip_permission FOR SELECT USING (
    subject_id IN (SELECT ancestor_id FROM tenant_closure WHERE descendant_id = (SELECT app_tenant())));

CREATE TABLE basket (
    tenant_id  UUID NOT NULL REFERENCES tenant (id),
    id         UUID NOT NULL,
    topic      TEXT NOT NULL,
    note       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    closed_at  BIGINT,
    PRIMARY KEY (tenant_id, id)
);
CALL put_wall('basket');
CREATE TABLE basket_item (
    tenant_id     UUID NOT NULL REFERENCES tenant (id),
    basket_id     UUID NOT NULL,
    submission_id UUID NOT NULL,
    put_at        BIGINT NOT NULL,
    put_by        TEXT NOT NULL,
    PRIMARY KEY (tenant_id, basket_id, submission_id)
);
CREATE INDEX basket_item_submission ON basket_item (tenant_id, submission_id);
CALL put_wall('basket_item');

-- Views of articles by day, with nothing about who looked.
CREATE TABLE visit_count (
    tenant_id   UUID NOT NULL REFERENCES tenant (id),
    document_id UUID NOT NULL,
    day         TEXT NOT NULL,
    views       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, document_id, day)
);
CALL put_wall('visit_count');

-- What became of an item further up, told by whoever received it to every earlier hand.
CREATE TABLE submission_fate (
    tenant_id          UUID NOT NULL REFERENCES tenant (id),
    document_id        UUID NOT NULL,
    submission_id      UUID NOT NULL,
    publisher_id       UUID NOT NULL REFERENCES tenant (id),
    standing           TEXT NOT NULL,
    holder             TEXT NOT NULL,
    address            TEXT NOT NULL,
    published_document UUID,
    views              BIGINT NOT NULL DEFAULT 0,
    submitted_at       BIGINT NOT NULL,
    changed_at         BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, document_id, submission_id)
);
CREATE INDEX submission_fate_submission ON submission_fate (tenant_id, submission_id);
CREATE INDEX submission_fate_published ON submission_fate (publisher_id, published_document) WHERE published_document IS NOT NULL;
CALL put_wall('submission_fate');
CREATE POLICY sent ON submission_fate FOR SELECT USING (publisher_id = (SELECT app_tenant()));
CREATE POLICY send ON submission_fate FOR INSERT WITH CHECK (publisher_id = (SELECT app_tenant())
    AND tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = (SELECT app_tenant()) AND depth > 0));
CREATE POLICY sent_news ON submission_fate FOR UPDATE USING (publisher_id = (SELECT app_tenant()))
    WITH CHECK (publisher_id = (SELECT app_tenant()));

-- Counted views of many portals are written in one statement (base::store::CountingTx), and nothing else is.
CREATE FUNCTION app_counts() RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT coalesce(current_setting('app.reach', true), '') = 'visits' $$;
CREATE POLICY counted ON visit_count USING ((SELECT app_counts())) WITH CHECK ((SELECT app_counts()));
CREATE POLICY counted ON submission_fate FOR SELECT USING ((SELECT app_counts()));
CREATE POLICY counted_change ON submission_fate FOR UPDATE USING ((SELECT app_counts())) WITH CHECK ((SELECT app_counts()));
