DO $$
DECLARE
    policy RECORD;
BEGIN
    FOR policy IN SELECT * FROM pg_policies WHERE schemaname = current_schema() LOOP
        EXECUTE format('DROP POLICY %I ON %I', policy.policyname, policy.tablename);
        EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', policy.tablename);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', policy.tablename);
    END LOOP;
END
$$;
DROP OWNED BY panoh_server;
DROP SCHEMA wall CASCADE;
