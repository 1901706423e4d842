-- Turns keep one pace of the whole cluster towards somebody else's server. The house's own.
CREATE TABLE turn (
    name    TEXT PRIMARY KEY,
    free_at BIGINT NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON turn TO dibao_runtime;

-- The second wall around a new table, in one call: what 0004 did by hand. Letters add policies of their own.
CREATE PROCEDURE put_wall(name text) LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO dibao_runtime', name);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY mine ON %I USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()))', name);
END $$;
REVOKE EXECUTE ON PROCEDURE put_wall(text) FROM PUBLIC;
