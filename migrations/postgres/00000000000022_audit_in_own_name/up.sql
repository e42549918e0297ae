-- Who puts an entry on record does so in the name of a client whose key it has seen, and in nobody else's.

-- The agencies and clients that have the keys whose hashes the transaction shows.
CREATE FUNCTION wall.speaks_for() RETURNS TEXT[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT agency_id || ' ' || id FROM clients
        WHERE key_hash = ANY (string_to_array(current_setting('panoh.speaks_for', true), ' ')));
END
$$;
REVOKE EXECUTE ON FUNCTION wall.speaks_for FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.speaks_for TO panoh_server;

DROP POLICY anybody_appends ON audit_entries;
CREATE POLICY client_appends ON audit_entries FOR INSERT TO panoh_server WITH CHECK (
    agency_id IS NULL AND client_id IS NULL OR agency_id || ' ' || client_id = ANY ((SELECT wall.speaks_for())::text[]));
