-- The second wall: row-level security, forced, for a role that owns nothing and cannot bypass it.
-- The transaction says whose it is with SET LOCAL app.tenant; app.reach opens the closed set of verbs of a superior
-- over the rows below it (exchange/order/reach.rs), and nothing else.

DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dibao_runtime') THEN
        CREATE ROLE dibao_runtime NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
END $$;
GRANT dibao_runtime TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO dibao_runtime;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO dibao_runtime;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dibao_runtime;
-- Evidence only grows.
REVOKE UPDATE, DELETE ON evidence FROM dibao_runtime;
-- The head of a chain is never taken away, and only moves on to the next entry.
REVOKE DELETE ON evidence_head FROM dibao_runtime;
CREATE FUNCTION evidence_head_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.seq <> OLD.seq + 1 OR NEW.tenant_id <> OLD.tenant_id THEN RAISE EXCEPTION 'a chain only grows'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER evidence_head_moves_on BEFORE UPDATE ON evidence_head FOR EACH ROW EXECUTE FUNCTION evidence_head_moves_on();

CREATE FUNCTION app_tenant() RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('app.tenant', true), '')::uuid $$;
CREATE FUNCTION app_reach() RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT coalesce(current_setting('app.reach', true), '') = 'on' $$;

DO $$ DECLARE name text; BEGIN
    FOREACH name IN ARRAY ARRAY['evidence', 'evidence_head', 'notice', 'site_column', 'document', 'edition', 'attachment',
                                'placement', 'repost_policy', 'repost_order', 'obligation', 'sighting'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY mine ON %I USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()))', name);
    END LOOP;
END $$;

-- A mirror is read through its key: exactly the edition that a live placement of mine, or an obligation of mine, names. What
-- was taken back is read through neither.
CREATE POLICY through ON edition FOR SELECT USING (
    EXISTS (SELECT 1 FROM placement p WHERE p.tenant_id = (SELECT app_tenant()) AND p.document_id = edition.document_id
                AND p.origin_tenant_id = edition.tenant_id AND p.edition_id = edition.id AND p.state = 'live')
    OR EXISTS (SELECT 1 FROM obligation o WHERE o.tenant_id = (SELECT app_tenant())
                AND o.issuer_id = edition.tenant_id AND o.edition_id = edition.id
                AND o.kind <> 'recall' AND o.standing <> 'ended'));
CREATE POLICY through ON attachment FOR SELECT USING (
    EXISTS (SELECT 1 FROM placement p WHERE p.tenant_id = (SELECT app_tenant())
                AND p.origin_tenant_id = attachment.tenant_id AND p.edition_id = attachment.edition_id AND p.state = 'live')
    OR EXISTS (SELECT 1 FROM obligation o WHERE o.tenant_id = (SELECT app_tenant())
                AND o.issuer_id = attachment.tenant_id AND o.edition_id = attachment.edition_id
                AND o.kind <> 'recall' AND o.standing <> 'ended'));

-- A letter is seen by its two ends and nobody else.
CREATE POLICY sent ON obligation FOR SELECT USING (issuer_id = (SELECT app_tenant()));
CREATE POLICY received_order ON repost_order FOR SELECT USING (
    EXISTS (SELECT 1 FROM obligation o WHERE o.tenant_id = (SELECT app_tenant()) AND o.issuer_id = repost_order.tenant_id
                AND o.order_id = repost_order.id));

-- A superior's reach: new letters and new mirrors only in its own subtree. What it sent before stays its own to correct and to
-- take back wherever the tenant stands in the tree by now; and a recall follows every mirror.
CREATE POLICY reach_change ON obligation FOR UPDATE USING ((SELECT app_reach()) AND issuer_id = (SELECT app_tenant()))
    WITH CHECK ((SELECT app_reach()) AND issuer_id = (SELECT app_tenant()));
CREATE POLICY reach_write ON obligation FOR INSERT WITH CHECK ((SELECT app_reach()) AND issuer_id = (SELECT app_tenant())
        AND (tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = (SELECT app_tenant()))
            OR (kind = 'recall' AND EXISTS (SELECT 1 FROM placement p WHERE p.tenant_id = obligation.tenant_id
                AND p.origin_tenant_id = (SELECT app_tenant()) AND p.document_id = obligation.document_id AND p.mode = 'mirror'))));
-- A superior watches how its own subtree stands under anybody's order; it cannot change those letters.
CREATE POLICY oversee ON obligation FOR SELECT USING ((SELECT app_reach())
        AND tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = (SELECT app_tenant())));
CREATE POLICY reach_see ON placement FOR SELECT USING ((SELECT app_reach()) AND origin_tenant_id = (SELECT app_tenant()));
CREATE POLICY reach_change ON placement FOR UPDATE USING ((SELECT app_reach()) AND origin_tenant_id = (SELECT app_tenant()))
    WITH CHECK ((SELECT app_reach()) AND origin_tenant_id = (SELECT app_tenant()));
CREATE POLICY reach_write ON placement FOR INSERT WITH CHECK ((SELECT app_reach()) AND origin_tenant_id = (SELECT app_tenant())
        AND tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = (SELECT app_tenant())));
CREATE POLICY reach ON notice FOR INSERT WITH CHECK ((SELECT app_reach())
        AND tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = (SELECT app_tenant())));
CREATE POLICY reach_columns ON site_column FOR SELECT USING ((SELECT app_reach())
        AND tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = (SELECT app_tenant())));
CREATE POLICY reach_policy ON repost_policy FOR SELECT USING ((SELECT app_reach())
        AND tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = (SELECT app_tenant())));

-- Bringing tenants on board writes the standard columns and policies of many portals in one statement.
CREATE FUNCTION app_provision() RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT coalesce(current_setting('app.reach', true), '') = 'provision' $$;
CREATE POLICY provision ON site_column USING ((SELECT app_provision())) WITH CHECK ((SELECT app_provision()));
CREATE POLICY provision ON repost_policy USING ((SELECT app_provision())) WITH CHECK ((SELECT app_provision()));
