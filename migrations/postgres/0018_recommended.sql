-- Recommended orders: a tenant may stop following the origin and go on with a text of its own; it is told what the origin does
-- afterwards, and may follow again. Rehearsals: orders to portals that are there to practise.

CREATE TABLE detachment (
    tenant_id    UUID NOT NULL REFERENCES tenant (id),
    -- The origin's document, its edition that the own text was made from, and its newest one.
    document_id  UUID NOT NULL,
    origin_id    UUID NOT NULL REFERENCES tenant (id),
    made_from    UUID NOT NULL,
    newest       UUID NOT NULL,
    own_document UUID NOT NULL,
    standing     TEXT NOT NULL CHECK (standing IN ('drafted', 'detached', 'attached', 'recalled')),
    reason       TEXT NOT NULL,
    detached_by  TEXT NOT NULL,
    detached_at  BIGINT NOT NULL,
    newer_at     BIGINT,
    -- Why the origin took its document back; empty while it has not.
    taken_back   TEXT NOT NULL DEFAULT '',
    version      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, document_id)
);
CREATE INDEX detachment_origin ON detachment (origin_id, document_id);
CREATE INDEX detachment_own ON detachment (tenant_id, own_document);

ALTER TABLE tenant ADD COLUMN rehearsal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE repost_order ADD COLUMN rehearsal INTEGER NOT NULL DEFAULT 0;
DROP INDEX repost_order_open;
CREATE UNIQUE INDEX repost_order_open ON repost_order (tenant_id, document_id, locale, kind, rehearsal)
    WHERE state IN ('proposed', 'open');

CALL put_wall('detachment');
-- The origin sees who went on with a text of its own, and tells them of newer editions and of withdrawals.
CREATE POLICY sent ON detachment FOR SELECT USING (origin_id = (SELECT app_tenant()));
CREATE POLICY reach_change ON detachment FOR UPDATE USING ((SELECT app_reach()) AND origin_id = (SELECT app_tenant()))
    WITH CHECK ((SELECT app_reach()) AND origin_id = (SELECT app_tenant()));
-- The origin's newest edition is read beside the own text, while it is before the public.
CREATE POLICY through_detachment ON edition FOR SELECT USING (
    EXISTS (SELECT 1 FROM detachment d WHERE d.tenant_id = (SELECT app_tenant()) AND d.origin_id = edition.tenant_id
                AND d.newest = edition.id AND d.taken_back = ''));
CREATE POLICY through_detachment ON attachment FOR SELECT USING (
    EXISTS (SELECT 1 FROM detachment d WHERE d.tenant_id = (SELECT app_tenant()) AND d.origin_id = attachment.tenant_id
                AND d.newest = attachment.edition_id AND d.taken_back = ''));
