-- Who puts an entry on record does so in the name of a client whose key it has seen, and in nobody else's.

-- The agencies and clients that have the keys whose hashes the transaction shows.
CREATE FUNCTION wall.speaks_for() RETURNS TABLE (agency_id BIGINT, client_id BIGINT)
LANGUAGE sql STABLE ROWS 4 SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT agency_id, id FROM clients WHERE key_hash = ANY (string_to_array(current_setting('panoh.speaks_for', true), ' '))
$$;
DROP POLICY anybody_appends ON audit_entries;
CREATE POLICY client_appends ON audit_entries FOR INSERT TO panoh_server WITH CHECK (
    agency_id IS NULL AND client_id IS NULL
    OR (agency_id, client_id) IN (SELECT speaks.agency_id, speaks.client_id FROM wall.speaks_for() AS speaks));

-- How many entries an agency has is known to those who add to them.
ALTER TABLE audit_numbers ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON audit_numbers TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY own ON audit_numbers TO panoh_server USING (agency_id IN (SELECT speaks.agency_id FROM wall.speaks_for() AS speaks));

-- What is listed beside an entry is listed with it: the chain's head is raised once both are there.
CREATE FUNCTION wall.newest_entry() RETURNS BIGINT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$ SELECT max(sequence) FROM audit_entries $$;
DROP POLICY anybody_appends ON audit_recent_people;
CREATE POLICY client_appends ON audit_recent_people FOR INSERT TO panoh_server WITH CHECK (
    sequence > (SELECT sequence FROM audit_head) AND sequence <= (SELECT wall.newest_entry()));
DROP POLICY anybody_appends ON audit_questions;
CREATE POLICY client_appends ON audit_questions FOR INSERT TO panoh_server WITH CHECK (
    sequence > (SELECT sequence FROM audit_head) AND sequence <= (SELECT wall.newest_entry()));

REVOKE EXECUTE ON FUNCTION wall.speaks_for, wall.newest_entry FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.speaks_for, wall.newest_entry TO panoh_server;
