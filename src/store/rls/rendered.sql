-- individuals
REVOKE ALL ON individuals FROM panoh_server;
GRANT SELECT (id, holder_id, case_id, sex, nationality, region_id, age_band, registration_number, given_name, family_name, date_of_birth, phone, place_id, legal_status, arrived_on, registered_on, registration_number_key, family_name_key, arrived_year_on, registered_year_on, audit_key, anonymised) ON individuals TO panoh_server;
ALTER TABLE individuals ENABLE ROW LEVEL SECURITY;
ALTER TABLE individuals FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON individuals;
CREATE POLICY outside_policy ON individuals TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON individuals;
CREATE POLICY viewer ON individuals FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = individuals.id AND coverage.basis_id = ANY ((SELECT wall.bases())::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));

-- cases
REVOKE ALL ON cases FROM panoh_server;
GRANT SELECT (id, holder_id, number) ON cases TO panoh_server;

-- specific_needs
REVOKE ALL ON specific_needs FROM panoh_server;
GRANT SELECT (individual_id, code, id) ON specific_needs TO panoh_server;
ALTER TABLE specific_needs ENABLE ROW LEVEL SECURITY;
ALTER TABLE specific_needs FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON specific_needs;
CREATE POLICY outside_policy ON specific_needs TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON specific_needs;
CREATE POLICY viewer ON specific_needs FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = specific_needs.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('SPECIFIC_NEEDS'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));

-- solutions
REVOKE ALL ON solutions FROM panoh_server;
GRANT SELECT (id, individual_id, kind, form, stage, destination, assisted, stage_on) ON solutions TO panoh_server;
ALTER TABLE solutions ENABLE ROW LEVEL SECURITY;
ALTER TABLE solutions FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON solutions;
CREATE POLICY outside_policy ON solutions TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON solutions;
CREATE POLICY viewer ON solutions FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = solutions.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('SOLUTIONS'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));

-- enrolments
REVOKE ALL ON enrolments FROM panoh_server;
GRANT SELECT (id, individual_id, programme_id, started_on, ended_on) ON enrolments TO panoh_server;
ALTER TABLE enrolments ENABLE ROW LEVEL SECURITY;
ALTER TABLE enrolments FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON enrolments;
CREATE POLICY outside_policy ON enrolments TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON enrolments;
CREATE POLICY viewer ON enrolments FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = enrolments.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('ASSISTANCE'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));

-- assistance
REVOKE ALL ON assistance FROM panoh_server;
GRANT SELECT (id, individual_id, programme_id, amount_hundredths, currency, paid_on) ON assistance TO panoh_server;
ALTER TABLE assistance ENABLE ROW LEVEL SECURITY;
ALTER TABLE assistance FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON assistance;
CREATE POLICY outside_policy ON assistance TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON assistance;
CREATE POLICY viewer ON assistance FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = assistance.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('ASSISTANCE'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));

-- incidents
REVOKE ALL ON incidents FROM panoh_server;
GRANT SELECT (id, individual_id, kind, occurred_on, place_id) ON incidents TO panoh_server;
ALTER TABLE incidents ENABLE ROW LEVEL SECURITY;
ALTER TABLE incidents FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON incidents;
CREATE POLICY outside_policy ON incidents TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON incidents;
CREATE POLICY viewer ON incidents FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = incidents.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('PROTECTION'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));

-- consents
REVOKE ALL ON consents FROM panoh_server;
GRANT SELECT (id, individual_id, recipient_id, purpose, decision, recorded_at, expires_on, newest, explained),
    INSERT (id, individual_id, recipient_id, purpose, decision, recorded_at, expires_on, newest, explained),
    UPDATE (newest) ON consents TO panoh_server;

-- coverages
REVOKE ALL ON coverages FROM panoh_server;
GRANT SELECT (individual_id, basis_id, since, ended, until, row_key, case_key, registered_on, arrived_on, date_of_birth, given_name_key, family_name_key, registration_number_key, phone, case_number_key, audit_key) ON coverages TO panoh_server;

-- row_keys
REVOKE ALL ON row_keys FROM panoh_server;

-- case_keys
REVOKE ALL ON case_keys FROM panoh_server;

-- statistics_counted
REVOKE ALL ON statistics_counted FROM panoh_server;

