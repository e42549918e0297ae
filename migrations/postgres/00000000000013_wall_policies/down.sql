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
DROP TRIGGER epoch_rises ON audit_head;
DROP FUNCTION wall.epoch_rises, wall.may_open, wall.may_become, wall.is_party;
DROP OWNED BY panoh_server;
