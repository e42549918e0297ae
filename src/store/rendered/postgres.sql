-- Which stages of a solution count as one or later.
DELETE FROM solution_stages;
INSERT INTO solution_stages (least_stage, stage) VALUES ('IDENTIFIED', 'IDENTIFIED'), ('IDENTIFIED', 'SUBMITTED'), ('IDENTIFIED', 'INTERVIEWED'), ('IDENTIFIED', 'ACCEPTED'), ('IDENTIFIED', 'DEPARTED'), ('IDENTIFIED', 'GRANTED'), ('SUBMITTED', 'SUBMITTED'), ('SUBMITTED', 'INTERVIEWED'), ('SUBMITTED', 'ACCEPTED'), ('SUBMITTED', 'DEPARTED'), ('SUBMITTED', 'GRANTED'), ('INTERVIEWED', 'INTERVIEWED'), ('INTERVIEWED', 'ACCEPTED'), ('INTERVIEWED', 'DEPARTED'), ('INTERVIEWED', 'GRANTED'), ('ACCEPTED', 'ACCEPTED'), ('ACCEPTED', 'DEPARTED'), ('ACCEPTED', 'GRANTED'), ('DEPARTED', 'DEPARTED'), ('GRANTED', 'GRANTED'), ('REJECTED', 'REJECTED'), ('WITHDRAWN', 'WITHDRAWN');

-- Whom an agreement's terms cover, and until when: the row rule. It does not ask whether the agreement is in force.
CREATE OR REPLACE VIEW covered_by_terms AS
SELECT basis_id, individual_id, recipient_id, purpose, grants,
    nullif(least(enrolled_until, nominated_until, consented_until), 'infinity') AS until
FROM (
    SELECT agreement.id AS basis_id, person.id AS individual_id, agreement.recipient_id, agreement.purpose, agreement.grants,
        CASE WHEN agreement.dimensions & 16 = 0 THEN 'infinity'::date ELSE (
            SELECT max(coalesce(enrolment.ended_on, 'infinity')) FROM enrolments AS enrolment
            JOIN programmes AS programme ON programme.id = enrolment.programme_id
            JOIN agreement_scopes AS scope ON scope.agreement_id = agreement.id AND scope.dimension = 'PROGRAMME'
                AND scope.value = programme.kind
            WHERE enrolment.individual_id = person.id) END AS enrolled_until,
        -- A nomination counts until the ride closes, and while the person does not withdraw from that country.
        CASE WHEN agreement.dimensions & 64 = 0 THEN 'infinity'::date ELSE (
            SELECT max(ride.closes_on + 1) FROM nominations AS nomination
            JOIN circuit_rides AS ride ON ride.id = nomination.circuit_ride_id AND ride.status = 'REQUESTED'
                AND ride.requester_id = agreement.recipient_id
            JOIN agreement_scopes AS scope ON scope.agreement_id = agreement.id AND scope.dimension = 'CIRCUIT_RIDE'
                AND scope.value = ride.country
            WHERE nomination.individual_id = person.id AND nomination.withdrawn_on IS NULL AND EXISTS (
                SELECT 1 FROM solutions AS solution
                WHERE solution.individual_id = person.id AND solution.kind = 'RESETTLEMENT'
                    AND solution.destination = ride.country AND solution.stage NOT IN ('IDENTIFIED', 'WITHDRAWN'))) END AS nominated_until,
        CASE
            -- To the country of origin, consent is always required; an unknown one is every country.
            WHEN agreement.consent_required OR recipient.country IS NOT NULL AND coalesce(person.nationality, 'UNK')
                    IN ('XXA', 'UNK', 'TIB', recipient.country) THEN (
                SELECT coalesce(consent.expires_on + 1, 'infinity') FROM consents AS consent
                WHERE consent.individual_id = person.id AND consent.recipient_id = agreement.recipient_id
                    AND consent.purpose = agreement.purpose AND consent.newest AND consent.decision = 'GIVEN'
                    AND CASE
                        WHEN consent.explained IS NOT NULL THEN agreement.grants & ~consent.explained = 0
                        WHEN EXISTS (SELECT 1 FROM told WHERE told.consent_id = consent.id AND told.provider_id = agreement.provider_id)
                            THEN NOT EXISTS (SELECT 1 FROM told
                                WHERE told.consent_id = consent.id AND told.provider_id = agreement.provider_id
                                    AND told.importance = (SELECT min(importance) FROM told
                                        WHERE told.consent_id = consent.id AND told.provider_id = agreement.provider_id)
                                    AND agreement.grants & ~told.grants <> 0)
                        ELSE agreement.status = 'DRAFT' END)
            WHEN NOT EXISTS (
                SELECT 1 FROM consents AS consent
                WHERE consent.individual_id = person.id AND consent.recipient_id = agreement.recipient_id
                    AND consent.purpose = agreement.purpose AND consent.newest AND consent.decision <> 'GIVEN') THEN 'infinity'
        END AS consented_until
    FROM agreements AS agreement
    JOIN agencies AS recipient ON recipient.id = agreement.recipient_id
    JOIN individuals AS person ON person.holder_id = agreement.provider_id
    WHERE NOT person.anonymised AND person.merged_into_id IS NULL
        AND NOT (agreement.emergency AND recipient.country IS NOT NULL
            AND coalesce(person.nationality, 'UNK') IN ('XXA', 'UNK', 'TIB', recipient.country))
        AND (agreement.dimensions & 1 = 0 OR EXISTS (
            SELECT 1 FROM agreement_scopes AS scope
            WHERE scope.agreement_id = agreement.id AND scope.dimension = 'NATIONALITY' AND scope.value = person.nationality))
        AND (agreement.dimensions & 2 = 0 OR EXISTS (
            SELECT 1 FROM agreement_scopes AS scope JOIN places AS place ON place.code = scope.value
            WHERE scope.agreement_id = agreement.id AND scope.dimension = 'PLACE' AND CASE
                WHEN scope.level <= 1 THEN place.id = person.region_id
                ELSE EXISTS (SELECT 1 FROM place_ancestors AS above
                    WHERE above.place_id = person.place_id AND above.ancestor_id = place.id) END))
        AND (agreement.dimensions & 4 = 0 OR EXISTS (
            SELECT 1 FROM agreement_scopes AS scope
            WHERE scope.agreement_id = agreement.id AND scope.dimension = 'LEGAL_STATUS' AND scope.value = person.legal_status))
        AND (agreement.dimensions & 8 = 0 OR EXISTS (
            SELECT 1 FROM specific_needs AS need
            JOIN agreement_scopes AS scope ON scope.agreement_id = agreement.id AND scope.dimension = 'SPECIFIC_NEED'
                AND scope.value IN (need.code, substr(need.code, 1, 2))
            WHERE need.individual_id = person.id))
        AND (agreement.dimensions & 32 = 0 OR EXISTS (
            SELECT 1 FROM solutions AS solution
            JOIN agreement_scopes AS scope ON scope.agreement_id = agreement.id AND scope.dimension = 'SOLUTION'
                AND scope.value = solution.kind
                AND (scope.destination IS NULL OR scope.destination = solution.destination)
                AND (scope.least_stage IS NULL OR EXISTS (SELECT 1 FROM solution_stages AS reached
                    WHERE reached.least_stage = scope.least_stage AND reached.stage = solution.stage))
            WHERE solution.individual_id = person.id))) AS pair
WHERE enrolled_until IS NOT NULL AND nominated_until IS NOT NULL AND consented_until IS NOT NULL;

-- What their coverages are to be.
CREATE OR REPLACE FUNCTION wall.coverages_found(this BIGINT) RETURNS TABLE (individual_id BIGINT, basis_id BIGINT, until DATE, row_key BIGINT,
    case_key BIGINT, registered_on DATE, arrived_on DATE, date_of_birth DATE, given_name_key TEXT, family_name_key TEXT,
    registration_number_key TEXT, phone TEXT, case_number_key TEXT)
LANGUAGE sql STABLE AS $$
SELECT found.individual_id, found.basis_id, found.until,
    CASE WHEN grants & 65536 = 65536 THEN (SELECT row_key FROM row_keys
        WHERE row_keys.individual_id = found.individual_id AND row_keys.recipient_id = found.recipient_id
            AND row_keys.purpose = found.purpose) END AS row_key,
    CASE WHEN grants & 65600 = 65600 THEN (SELECT row_key FROM case_keys
        WHERE case_keys.case_id = person.case_id AND case_keys.recipient_id = found.recipient_id
            AND case_keys.purpose = found.purpose) END AS case_key,
    CASE WHEN grants & 131088 = 131088 THEN registered_on WHEN grants & 65552 = 65552 THEN registered_year_on END AS registered_on,
    CASE WHEN grants & 131088 = 131088 THEN arrived_on WHEN grants & 65552 = 65552 THEN arrived_year_on END AS arrived_on,
    CASE WHEN grants & 131074 = 131074 THEN date_of_birth END AS date_of_birth,
    CASE WHEN grants & 131074 = 131074 THEN given_name_key END AS given_name_key,
    CASE WHEN grants & 131074 = 131074 THEN family_name_key END AS family_name_key,
    CASE WHEN grants & 131074 = 131074 THEN registration_number_key END AS registration_number_key,
    CASE WHEN grants & 131076 = 131076 THEN phone END AS phone,
    CASE WHEN grants & 65600 = 65600 THEN (SELECT number_key FROM cases WHERE cases.id = person.case_id) END AS case_number_key
FROM wall.found JOIN individuals AS person ON person.id = found.individual_id
WHERE found.batch = this
$$;

-- Gives the coverage of people, and of agreements, what it is to be. Statements name people one by one, so that they are looked up
-- however many there are.
CREATE OR REPLACE FUNCTION wall.keep(change BIGINT, people BIGINT[], due_agreements BIGINT[]) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = auto AS $$
DECLARE
    this BIGINT := nextval('wall.batches');
    kept BIGINT[] := ARRAY(SELECT id FROM kept_agreements);
BEGIN
    -- For a few people planning takes ten times as long as running. For many the plan must know them: PostgreSQL looks them up by
    -- hash only if it knows them when it plans, and goes through all of them for each row otherwise.
    IF due_agreements = '{}' AND cardinality(people) <= 100 THEN
        SET LOCAL plan_cache_mode = force_generic_plan;
    ELSE
        SET LOCAL plan_cache_mode = force_custom_plan;
    END IF;
    INSERT INTO wall.found
        SELECT this, id, -holder_id, holder_id, 'CASE_MANAGEMENT', 197631, NULL
        FROM individuals WHERE id = ANY (people) AND merged_into_id IS NULL;
    INSERT INTO wall.found
        SELECT this, individual_id, basis_id, recipient_id, purpose, grants, until
        FROM covered_by_terms WHERE individual_id = ANY (people) AND basis_id = ANY (kept);
    IF due_agreements <> '{}' THEN
        INSERT INTO wall.found
            SELECT this, individual_id, basis_id, recipient_id, purpose, grants, until
            FROM covered_by_terms WHERE basis_id = ANY (due_agreements) AND basis_id = ANY (kept)
            ON CONFLICT DO NOTHING;
    END IF;
    INSERT INTO row_keys
        SELECT individual_id, recipient_id, purpose, wall.new_key()
        FROM (SELECT DISTINCT individual_id, recipient_id, purpose FROM wall.found
            WHERE batch = this AND grants & 65536 = 65536) AS found
        ON CONFLICT DO NOTHING;
    INSERT INTO case_keys
        SELECT case_id, recipient_id, purpose, wall.new_key()
        FROM (SELECT DISTINCT case_id, recipient_id, purpose FROM wall.found JOIN individuals ON individuals.id = individual_id
            WHERE batch = this AND grants & 65600 = 65600 AND case_id IS NOT NULL) AS found
        ON CONFLICT DO NOTHING;
    UPDATE coverages SET ended = change
        WHERE ended IS NULL AND individual_id = ANY (people)
            AND NOT EXISTS (SELECT FROM wall.found WHERE found.batch = this
                AND found.individual_id = coverages.individual_id AND found.basis_id = coverages.basis_id
                AND found.until IS NOT DISTINCT FROM coverages.until);
    IF due_agreements <> '{}' THEN
        UPDATE coverages SET ended = change
            WHERE ended IS NULL AND basis_id = ANY (due_agreements)
                AND NOT EXISTS (SELECT FROM wall.found WHERE found.batch = this
                    AND found.individual_id = coverages.individual_id AND found.basis_id = coverages.basis_id
                    AND found.until IS NOT DISTINCT FROM coverages.until);
    END IF;
    UPDATE coverages SET row_key = found.row_key, case_key = found.case_key, registered_on = found.registered_on, arrived_on = found.arrived_on,
            date_of_birth = found.date_of_birth, given_name_key = found.given_name_key, family_name_key = found.family_name_key,
            registration_number_key = found.registration_number_key, phone = found.phone,
            case_number_key = found.case_number_key
        FROM wall.coverages_found(this) AS found
        WHERE coverages.individual_id = found.individual_id AND coverages.basis_id = found.basis_id AND coverages.ended IS NULL
            AND (coverages.row_key, coverages.case_key, coverages.registered_on, coverages.arrived_on, coverages.date_of_birth,
                coverages.given_name_key, coverages.family_name_key, coverages.registration_number_key, coverages.phone,
                coverages.case_number_key)
            IS DISTINCT FROM (found.row_key, found.case_key, found.registered_on, found.arrived_on, found.date_of_birth, found.given_name_key,
                found.family_name_key, found.registration_number_key, found.phone, found.case_number_key);
    INSERT INTO coverages (individual_id, basis_id, since, until, row_key, case_key, registered_on, arrived_on, date_of_birth,
            given_name_key, family_name_key, registration_number_key, phone, case_number_key)
        SELECT individual_id, basis_id, change, until, row_key, case_key, registered_on, arrived_on, date_of_birth,
            given_name_key, family_name_key, registration_number_key, phone, case_number_key
        FROM wall.coverages_found(this) AS found
        WHERE NOT EXISTS (SELECT FROM coverages WHERE coverages.individual_id = found.individual_id
            AND coverages.basis_id = found.basis_id AND coverages.ended IS NULL);
    DELETE FROM wall.found WHERE batch = this;
END
$$;

-- Marks as due whose record is corrected. A mark of when it changed last decides nobody's coverage.
CREATE OR REPLACE FUNCTION wall.due_corrected() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM wall.due_people(ARRAY(SELECT id FROM (
        SELECT id, holder_id, case_id, sex, nationality, region_id, age_band, registration_number, given_name, family_name, date_of_birth, phone, place_id, legal_status, arrived_on, registered_on, closed_as, closed_on, registration_number_key, given_name_key, family_name_key, arrived_year_on, registered_year_on, audit_key, anonymised, retained_from, merged_into_id FROM changed
        EXCEPT SELECT id, holder_id, case_id, sex, nationality, region_id, age_band, registration_number, given_name, family_name, date_of_birth, phone, place_id, legal_status, arrived_on, registered_on, closed_as, closed_on, registration_number_key, given_name_key, family_name_key, arrived_year_on, registered_year_on, audit_key, anonymised, retained_from, merged_into_id FROM before) AS corrected));
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION wall.due_corrected FROM PUBLIC;
CREATE OR REPLACE TRIGGER due_corrected AFTER UPDATE ON individuals REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION wall.due_corrected();

-- The bit of a category in what is granted.
CREATE OR REPLACE FUNCTION wall.bit(category TEXT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE AS $$
    SELECT bit FROM (VALUES ('DEMOGRAPHICS', 1::bigint), ('IDENTITY', 2::bigint), ('CONTACT', 4::bigint), ('LOCATION', 8::bigint), ('LEGAL_STATUS', 16::bigint), ('SPECIFIC_NEEDS', 32::bigint), ('FAMILY', 64::bigint), ('SOLUTIONS', 128::bigint), ('ASSISTANCE', 256::bigint), ('PROTECTION', 512::bigint)) AS bits (of, bit) WHERE of = category
$$;

-- What the client that has a key is granted: who it is and, for a purpose for which it is registered, its bases.
CREATE OR REPLACE FUNCTION wall.grant_of(claimed_key_hash TEXT, stated_purpose TEXT, day DATE) RETURNS JSONB
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    viewer RECORD;
    granted JSONB;
    own BIGINT;
BEGIN
    IF wall.may_be_today(day) IS NOT TRUE THEN
        RAISE EXCEPTION 'the day that the server states is not the database''s';
    END IF;
    SELECT clients.id, role, agency_id AS agency, coalesce(stated_purpose, default_purpose) AS purpose INTO viewer
        FROM clients WHERE key_hash = claimed_key_hash AND disabled_at IS NULL;
    IF NOT EXISTS (SELECT FROM client_purposes WHERE client_id = viewer.id AND purpose = viewer.purpose) THEN
        RETURN jsonb_build_object('client', viewer.id);
    END IF;
    own := CASE WHEN viewer.purpose = 'CASE_MANAGEMENT' THEN viewer.agency END;
    WITH basis AS (
        SELECT id, level, grants, wall.closes_at(id) AS closes_at FROM agreements
        WHERE own IS NULL AND recipient_id = viewer.agency AND agreements.purpose = viewer.purpose AND status = 'IN_FORCE'
            AND day BETWEEN valid_from AND valid_until AND (NOT emergency OR wall.closes_at(id) IS NOT NULL)
        UNION ALL SELECT -own, 'IDENTIFIED', 197631, NULL WHERE own IS NOT NULL)
    SELECT jsonb_build_object('client', viewer.id, 'role', viewer.role, 'agency', viewer.agency, 'purpose', viewer.purpose,
            'today', day, 'own', own, 'until', (SELECT min(closes_at) FROM basis),
            'counting', ARRAY(SELECT id FROM basis WHERE own IS NULL)::text,
            'ROWS', ARRAY(SELECT id FROM basis WHERE level <> 'STATISTICS')::text)
        || (SELECT jsonb_object_agg(category, ARRAY(
                SELECT id FROM basis WHERE level <> 'STATISTICS' AND grants & wall.bit(category) <> 0)::text)
            FROM unnest(ARRAY['SPECIFIC_NEEDS', 'FAMILY', 'SOLUTIONS', 'ASSISTANCE', 'PROTECTION']) AS category)
        INTO granted;
    RETURN granted;
END
$$;

-- An emergency agreement is opened for hours.
DROP POLICY recipient_opens ON emergency_accesses;
CREATE POLICY recipient_opens ON emergency_accesses FOR INSERT TO panoh_server WITH CHECK (
    reviewed_at IS NULL AND closes_at <= opened_at + interval '180 minutes'
    AND opened_at < now() AT TIME ZONE 'UTC' + interval '1 minute' AND wall.may_open(agreement_id));
DROP POLICY provider_reviews ON emergency_accesses;
CREATE POLICY provider_reviews ON emergency_accesses FOR UPDATE TO panoh_server
    USING (reviewed_at IS NULL AND EXISTS (SELECT FROM agreements
        WHERE agreements.id = agreement_id AND wall.is_party(provider_id, provider_id)))
    WITH CHECK (reviewed_at IS NOT NULL AND closes_at <= opened_at + interval '180 minutes');

-- As a demarche is delivered, or becomes a draft again, it rests on patterns as they are by then, and on none with fewer events or people
-- than one that is cited has; its drafter, who does not see what others cite, learns nothing of it. A draft rests on them as they are
-- corrected.
CREATE OR REPLACE FUNCTION wall.settle_citations() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM demarche_patterns AS cited WHERE cited.demarche_id = NEW.id AND NOT (
        SELECT count(DISTINCT event_id) >= 2 AND count(DISTINCT individual_id) >= 5 FROM incidents
        WHERE incidents.pattern_id = cited.pattern_id AND verification <> 'UNFOUNDED');
    UPDATE demarche_patterns AS cited SET name = pattern.name, kind = pattern.kind, actor = pattern.actor
        FROM incident_patterns AS pattern WHERE pattern.id = cited.pattern_id AND cited.demarche_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER citations_settled AFTER UPDATE OF delivered_on ON demarches FOR EACH ROW
    WHEN ((OLD.delivered_on IS NULL) <> (NEW.delivered_on IS NULL)) EXECUTE FUNCTION wall.settle_citations();
CREATE OR REPLACE FUNCTION wall.correct_citations() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE demarche_patterns SET name = NEW.name, kind = NEW.kind, actor = NEW.actor
        WHERE pattern_id = NEW.id AND demarche_id IN (SELECT id FROM demarches WHERE delivered_on IS NULL);
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER citations_corrected AFTER UPDATE ON incident_patterns FOR EACH ROW EXECUTE FUNCTION wall.correct_citations();
REVOKE EXECUTE ON FUNCTION wall.settle_citations, wall.correct_citations FROM PUBLIC;
-- individuals
REVOKE ALL ON individuals FROM panoh_server;
GRANT SELECT (id, holder_id, case_id, sex, nationality, region_id, age_band, registration_number, given_name, family_name, date_of_birth, phone, place_id, legal_status, arrived_on, registered_on, closed_as, closed_on, registration_number_key, family_name_key, arrived_year_on, registered_year_on, audit_key, anonymised, updated_at, merged_into_id),
    INSERT (id, holder_id, case_id, sex, nationality, region_id, age_band, registration_number, given_name, family_name, date_of_birth, phone, place_id, legal_status, arrived_on, registered_on, closed_as, closed_on, registration_number_key, given_name_key, family_name_key, arrived_year_on, registered_year_on, audit_key, anonymised, retained_from, updated_at, merged_into_id),
    UPDATE (case_id, sex, nationality, region_id, age_band, registration_number, given_name, family_name, date_of_birth, phone, place_id, legal_status, arrived_on, registered_on, closed_as, closed_on, registration_number_key, given_name_key, family_name_key, arrived_year_on, registered_year_on),
    UPDATE (updated_at) ON individuals TO panoh_server;
ALTER TABLE individuals ENABLE ROW LEVEL SECURITY;
ALTER TABLE individuals FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON individuals;
CREATE POLICY outside_policy ON individuals TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON individuals;
CREATE POLICY viewer ON individuals FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = individuals.id AND coverage.basis_id = ANY ((SELECT wall.bases())::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON individuals;
CREATE POLICY holder_adds ON individuals FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_for(holder_id)));
DROP POLICY IF EXISTS holder_changes ON individuals;
CREATE POLICY holder_changes ON individuals FOR UPDATE TO panoh_server USING ((SELECT wall.works_for(holder_id))) WITH CHECK ((SELECT wall.works_for(holder_id)));

-- cases
REVOKE ALL ON cases FROM panoh_server;
GRANT SELECT (id, holder_id, number, number_key),
    INSERT (id, holder_id, number, number_key),
    DELETE ON cases TO panoh_server;
DROP POLICY IF EXISTS holder_adds ON cases;
CREATE POLICY holder_adds ON cases FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_for(holder_id)));
DROP POLICY IF EXISTS holder_removes ON cases;
CREATE POLICY holder_removes ON cases FOR DELETE TO panoh_server USING ((SELECT wall.works_for(holder_id)));

-- specific_needs
REVOKE ALL ON specific_needs FROM panoh_server;
GRANT SELECT (individual_id, code, id),
    INSERT (individual_id, code, id),
    UPDATE (individual_id),
    DELETE ON specific_needs TO panoh_server;
ALTER TABLE specific_needs ENABLE ROW LEVEL SECURITY;
ALTER TABLE specific_needs FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON specific_needs;
CREATE POLICY outside_policy ON specific_needs TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON specific_needs;
CREATE POLICY viewer ON specific_needs FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = specific_needs.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('SPECIFIC_NEEDS'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON specific_needs;
CREATE POLICY holder_adds ON specific_needs FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_changes ON specific_needs;
CREATE POLICY holder_changes ON specific_needs FOR UPDATE TO panoh_server USING ((SELECT wall.works_on(individual_id))) WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_removes ON specific_needs;
CREATE POLICY holder_removes ON specific_needs FOR DELETE TO panoh_server USING ((SELECT wall.works_on(individual_id)));

-- solutions
REVOKE ALL ON solutions FROM panoh_server;
GRANT SELECT (id, individual_id, kind, form, stage, destination, assisted, stage_on, submission_category, priority, split_reason),
    INSERT (id, individual_id, kind, form, stage, destination, assisted, stage_on, submission_category, priority, split_reason),
    UPDATE (kind, form, stage, destination, assisted, stage_on, submission_category, priority, split_reason),
    UPDATE (individual_id),
    DELETE ON solutions TO panoh_server;
ALTER TABLE solutions ENABLE ROW LEVEL SECURITY;
ALTER TABLE solutions FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON solutions;
CREATE POLICY outside_policy ON solutions TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON solutions;
CREATE POLICY viewer ON solutions FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = solutions.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('SOLUTIONS'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON solutions;
CREATE POLICY holder_adds ON solutions FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_changes ON solutions;
CREATE POLICY holder_changes ON solutions FOR UPDATE TO panoh_server USING ((SELECT wall.works_on(individual_id))) WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_removes ON solutions;
CREATE POLICY holder_removes ON solutions FOR DELETE TO panoh_server USING ((SELECT wall.works_on(individual_id)));

-- nominations
REVOKE ALL ON nominations FROM panoh_server;
GRANT SELECT (id, individual_id, circuit_ride_id, nominated_on, withdrawn_on, interview_id, outcome, outcome_on),
    INSERT (id, individual_id, circuit_ride_id, nominated_on, withdrawn_on, interview_id, outcome, outcome_on),
    UPDATE (individual_id),
    UPDATE (withdrawn_on),
    UPDATE (interview_id),
    UPDATE (outcome),
    UPDATE (outcome_on),
    DELETE ON nominations TO panoh_server;
ALTER TABLE nominations ENABLE ROW LEVEL SECURITY;
ALTER TABLE nominations FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON nominations;
CREATE POLICY outside_policy ON nominations TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON nominations;
CREATE POLICY viewer ON nominations FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = nominations.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('SOLUTIONS'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON nominations;
CREATE POLICY holder_adds ON nominations FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_changes ON nominations;
CREATE POLICY holder_changes ON nominations FOR UPDATE TO panoh_server USING ((SELECT wall.works_on(individual_id))) WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_removes ON nominations;
CREATE POLICY holder_removes ON nominations FOR DELETE TO panoh_server USING ((SELECT wall.works_on(individual_id)));

-- enrolments
REVOKE ALL ON enrolments FROM panoh_server;
GRANT SELECT (id, individual_id, programme_id, started_on, ended_on),
    INSERT (id, individual_id, programme_id, started_on, ended_on),
    UPDATE (individual_id),
    UPDATE (ended_on),
    DELETE ON enrolments TO panoh_server;
ALTER TABLE enrolments ENABLE ROW LEVEL SECURITY;
ALTER TABLE enrolments FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON enrolments;
CREATE POLICY outside_policy ON enrolments TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON enrolments;
CREATE POLICY viewer ON enrolments FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = enrolments.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('ASSISTANCE'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON enrolments;
CREATE POLICY holder_adds ON enrolments FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_changes ON enrolments;
CREATE POLICY holder_changes ON enrolments FOR UPDATE TO panoh_server USING ((SELECT wall.works_on(individual_id))) WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_removes ON enrolments;
CREATE POLICY holder_removes ON enrolments FOR DELETE TO panoh_server USING ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS lead_adds ON enrolments;
CREATE POLICY lead_adds ON enrolments FOR INSERT TO panoh_server WITH CHECK (wall.leads(programme_id) AND wall.serves(individual_id));
DROP POLICY IF EXISTS lead_changes ON enrolments;
CREATE POLICY lead_changes ON enrolments FOR UPDATE TO panoh_server USING (wall.leads(programme_id) AND wall.serves(individual_id)) WITH CHECK (wall.leads(programme_id) AND wall.serves(individual_id));

-- assistance
REVOKE ALL ON assistance FROM panoh_server;
GRANT SELECT (id, individual_id, programme_id, amount_minor, currency, paid_on, period_from, period_until),
    INSERT (id, individual_id, programme_id, amount_minor, currency, paid_on, period_from, period_until),
    UPDATE (individual_id),
    DELETE ON assistance TO panoh_server;
ALTER TABLE assistance ENABLE ROW LEVEL SECURITY;
ALTER TABLE assistance FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON assistance;
CREATE POLICY outside_policy ON assistance TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON assistance;
CREATE POLICY viewer ON assistance FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = assistance.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('ASSISTANCE'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON assistance;
CREATE POLICY holder_adds ON assistance FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_changes ON assistance;
CREATE POLICY holder_changes ON assistance FOR UPDATE TO panoh_server USING ((SELECT wall.works_on(individual_id))) WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_removes ON assistance;
CREATE POLICY holder_removes ON assistance FOR DELETE TO panoh_server USING ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS lead_adds ON assistance;
CREATE POLICY lead_adds ON assistance FOR INSERT TO panoh_server WITH CHECK (wall.leads(programme_id) AND wall.serves(individual_id));
DROP POLICY IF EXISTS lead_changes ON assistance;
CREATE POLICY lead_changes ON assistance FOR UPDATE TO panoh_server USING (wall.leads(programme_id) AND wall.serves(individual_id)) WITH CHECK (wall.leads(programme_id) AND wall.serves(individual_id));
DROP POLICY IF EXISTS lead_removes ON assistance;
CREATE POLICY lead_removes ON assistance FOR DELETE TO panoh_server USING (wall.leads(programme_id) AND wall.serves(individual_id));

-- loans
REVOKE ALL ON loans FROM panoh_server;
GRANT SELECT (id, individual_id, programme_id, amount_minor, currency, disbursed_on, instalments, first_due_on),
    INSERT (id, individual_id, programme_id, amount_minor, currency, disbursed_on, instalments, first_due_on),
    UPDATE (individual_id),
    DELETE ON loans TO panoh_server;
ALTER TABLE loans ENABLE ROW LEVEL SECURITY;
ALTER TABLE loans FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON loans;
CREATE POLICY outside_policy ON loans TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON loans;
CREATE POLICY viewer ON loans FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = loans.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('ASSISTANCE'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON loans;
CREATE POLICY holder_adds ON loans FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_changes ON loans;
CREATE POLICY holder_changes ON loans FOR UPDATE TO panoh_server USING ((SELECT wall.works_on(individual_id))) WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_removes ON loans;
CREATE POLICY holder_removes ON loans FOR DELETE TO panoh_server USING ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS lead_adds ON loans;
CREATE POLICY lead_adds ON loans FOR INSERT TO panoh_server WITH CHECK (wall.leads(programme_id) AND wall.serves(individual_id));
DROP POLICY IF EXISTS lead_changes ON loans;
CREATE POLICY lead_changes ON loans FOR UPDATE TO panoh_server USING (wall.leads(programme_id) AND wall.serves(individual_id)) WITH CHECK (wall.leads(programme_id) AND wall.serves(individual_id));
DROP POLICY IF EXISTS lead_removes ON loans;
CREATE POLICY lead_removes ON loans FOR DELETE TO panoh_server USING (wall.leads(programme_id) AND wall.serves(individual_id));

-- repayments
REVOKE ALL ON repayments FROM panoh_server;
GRANT SELECT (id, individual_id, programme_id, loan_id, amount_minor, paid_on),
    INSERT (id, individual_id, programme_id, loan_id, amount_minor, paid_on),
    UPDATE (individual_id),
    DELETE ON repayments TO panoh_server;
ALTER TABLE repayments ENABLE ROW LEVEL SECURITY;
ALTER TABLE repayments FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON repayments;
CREATE POLICY outside_policy ON repayments TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON repayments;
CREATE POLICY viewer ON repayments FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = repayments.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('ASSISTANCE'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON repayments;
CREATE POLICY holder_adds ON repayments FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_changes ON repayments;
CREATE POLICY holder_changes ON repayments FOR UPDATE TO panoh_server USING ((SELECT wall.works_on(individual_id))) WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_removes ON repayments;
CREATE POLICY holder_removes ON repayments FOR DELETE TO panoh_server USING ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS lead_adds ON repayments;
CREATE POLICY lead_adds ON repayments FOR INSERT TO panoh_server WITH CHECK (wall.leads(programme_id) AND wall.serves(individual_id));
DROP POLICY IF EXISTS lead_changes ON repayments;
CREATE POLICY lead_changes ON repayments FOR UPDATE TO panoh_server USING (wall.leads(programme_id) AND wall.serves(individual_id)) WITH CHECK (wall.leads(programme_id) AND wall.serves(individual_id));
DROP POLICY IF EXISTS lead_removes ON repayments;
CREATE POLICY lead_removes ON repayments FOR DELETE TO panoh_server USING (wall.leads(programme_id) AND wall.serves(individual_id));

-- housing
REVOKE ALL ON housing FROM panoh_server;
GRANT SELECT (id, individual_id, programme_id, dwelling, moved_in_on, months, moved_out_on),
    INSERT (id, individual_id, programme_id, dwelling, moved_in_on, months, moved_out_on),
    UPDATE (individual_id),
    UPDATE (moved_out_on) ON housing TO panoh_server;
ALTER TABLE housing ENABLE ROW LEVEL SECURITY;
ALTER TABLE housing FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON housing;
CREATE POLICY outside_policy ON housing TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON housing;
CREATE POLICY viewer ON housing FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = housing.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('ASSISTANCE'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON housing;
CREATE POLICY holder_adds ON housing FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_changes ON housing;
CREATE POLICY holder_changes ON housing FOR UPDATE TO panoh_server USING ((SELECT wall.works_on(individual_id))) WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS lead_adds ON housing;
CREATE POLICY lead_adds ON housing FOR INSERT TO panoh_server WITH CHECK (wall.leads(programme_id) AND wall.serves(individual_id));
DROP POLICY IF EXISTS lead_changes ON housing;
CREATE POLICY lead_changes ON housing FOR UPDATE TO panoh_server USING (wall.leads(programme_id) AND wall.serves(individual_id)) WITH CHECK (wall.leads(programme_id) AND wall.serves(individual_id));

-- school_years
REVOKE ALL ON school_years FROM panoh_server;
GRANT SELECT (id, individual_id, programme_id, grade, started_on, ended_on, completed),
    INSERT (id, individual_id, programme_id, grade, started_on, ended_on, completed),
    UPDATE (individual_id),
    UPDATE (ended_on),
    UPDATE (completed) ON school_years TO panoh_server;
ALTER TABLE school_years ENABLE ROW LEVEL SECURITY;
ALTER TABLE school_years FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON school_years;
CREATE POLICY outside_policy ON school_years TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON school_years;
CREATE POLICY viewer ON school_years FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = school_years.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('ASSISTANCE'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON school_years;
CREATE POLICY holder_adds ON school_years FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_changes ON school_years;
CREATE POLICY holder_changes ON school_years FOR UPDATE TO panoh_server USING ((SELECT wall.works_on(individual_id))) WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS lead_adds ON school_years;
CREATE POLICY lead_adds ON school_years FOR INSERT TO panoh_server WITH CHECK (wall.leads(programme_id) AND wall.serves(individual_id));
DROP POLICY IF EXISTS lead_changes ON school_years;
CREATE POLICY lead_changes ON school_years FOR UPDATE TO panoh_server USING (wall.leads(programme_id) AND wall.serves(individual_id)) WITH CHECK (wall.leads(programme_id) AND wall.serves(individual_id));

-- incidents
REVOKE ALL ON incidents FROM panoh_server;
GRANT SELECT (id, individual_id, event_id, kind, actor, occurred_on, place_id, verification, pattern_id),
    INSERT (id, individual_id, event_id, kind, actor, occurred_on, place_id, verification, pattern_id),
    UPDATE (individual_id),
    UPDATE (kind),
    UPDATE (actor),
    UPDATE (occurred_on),
    UPDATE (place_id),
    UPDATE (verification),
    UPDATE (pattern_id),
    DELETE ON incidents TO panoh_server;
ALTER TABLE incidents ENABLE ROW LEVEL SECURITY;
ALTER TABLE incidents FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON incidents;
CREATE POLICY outside_policy ON incidents TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON incidents;
CREATE POLICY viewer ON incidents FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = incidents.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('PROTECTION'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON incidents;
CREATE POLICY holder_adds ON incidents FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_changes ON incidents;
CREATE POLICY holder_changes ON incidents FOR UPDATE TO panoh_server USING ((SELECT wall.works_on(individual_id))) WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_removes ON incidents;
CREATE POLICY holder_removes ON incidents FOR DELETE TO panoh_server USING ((SELECT wall.works_on(individual_id)));

-- incident_accounts
REVOKE ALL ON incident_accounts FROM panoh_server;
GRANT SELECT (id, individual_id, incident_id, account, recorded_on),
    INSERT (id, individual_id, incident_id, account, recorded_on),
    UPDATE (individual_id),
    UPDATE (incident_id) ON incident_accounts TO panoh_server;
ALTER TABLE incident_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_accounts FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON incident_accounts;
CREATE POLICY outside_policy ON incident_accounts TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON incident_accounts;
CREATE POLICY viewer ON incident_accounts FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = incident_accounts.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('PROTECTION'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON incident_accounts;
CREATE POLICY holder_adds ON incident_accounts FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_changes ON incident_accounts;
CREATE POLICY holder_changes ON incident_accounts FOR UPDATE TO panoh_server USING ((SELECT wall.works_on(individual_id))) WITH CHECK ((SELECT wall.works_on(individual_id)));

-- emergencies
REVOKE ALL ON emergencies FROM panoh_server;
GRANT SELECT (id, individual_id, incident_id, opened_on, closed_on, outcome),
    INSERT (id, individual_id, incident_id, opened_on, closed_on, outcome),
    UPDATE (individual_id),
    UPDATE (incident_id),
    UPDATE (opened_on),
    UPDATE (closed_on),
    UPDATE (outcome),
    DELETE ON emergencies TO panoh_server;
ALTER TABLE emergencies ENABLE ROW LEVEL SECURITY;
ALTER TABLE emergencies FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON emergencies;
CREATE POLICY outside_policy ON emergencies TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON emergencies;
CREATE POLICY viewer ON emergencies FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = emergencies.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('PROTECTION'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON emergencies;
CREATE POLICY holder_adds ON emergencies FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_changes ON emergencies;
CREATE POLICY holder_changes ON emergencies FOR UPDATE TO panoh_server USING ((SELECT wall.works_on(individual_id))) WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_removes ON emergencies;
CREATE POLICY holder_removes ON emergencies FOR DELETE TO panoh_server USING ((SELECT wall.works_on(individual_id)));

-- emergency_facts
REVOKE ALL ON emergency_facts FROM panoh_server;
GRANT SELECT (id, individual_id, emergency_id, question, answer, known_on),
    INSERT (id, individual_id, emergency_id, question, answer, known_on),
    UPDATE (individual_id),
    UPDATE (emergency_id),
    UPDATE (answer),
    UPDATE (known_on),
    DELETE ON emergency_facts TO panoh_server;
ALTER TABLE emergency_facts ENABLE ROW LEVEL SECURITY;
ALTER TABLE emergency_facts FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON emergency_facts;
CREATE POLICY outside_policy ON emergency_facts TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON emergency_facts;
CREATE POLICY viewer ON emergency_facts FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = emergency_facts.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('PROTECTION'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON emergency_facts;
CREATE POLICY holder_adds ON emergency_facts FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_changes ON emergency_facts;
CREATE POLICY holder_changes ON emergency_facts FOR UPDATE TO panoh_server USING ((SELECT wall.works_on(individual_id))) WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_removes ON emergency_facts;
CREATE POLICY holder_removes ON emergency_facts FOR DELETE TO panoh_server USING ((SELECT wall.works_on(individual_id)));

-- emergency_steps
REVOKE ALL ON emergency_steps FROM panoh_server;
GRANT SELECT (id, individual_id, emergency_id, action, due_on, done_on),
    INSERT (id, individual_id, emergency_id, action, due_on, done_on),
    UPDATE (individual_id),
    UPDATE (emergency_id),
    UPDATE (done_on),
    DELETE ON emergency_steps TO panoh_server;
ALTER TABLE emergency_steps ENABLE ROW LEVEL SECURITY;
ALTER TABLE emergency_steps FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS outside_policy ON emergency_steps;
CREATE POLICY outside_policy ON emergency_steps TO CURRENT_USER USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS viewer ON emergency_steps;
CREATE POLICY viewer ON emergency_steps FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage
    WHERE coverage.individual_id = emergency_steps.individual_id AND coverage.basis_id = ANY ((SELECT wall.bases('PROTECTION'))::bigint[])
        AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DROP POLICY IF EXISTS holder_adds ON emergency_steps;
CREATE POLICY holder_adds ON emergency_steps FOR INSERT TO panoh_server WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_changes ON emergency_steps;
CREATE POLICY holder_changes ON emergency_steps FOR UPDATE TO panoh_server USING ((SELECT wall.works_on(individual_id))) WITH CHECK ((SELECT wall.works_on(individual_id)));
DROP POLICY IF EXISTS holder_removes ON emergency_steps;
CREATE POLICY holder_removes ON emergency_steps FOR DELETE TO panoh_server USING ((SELECT wall.works_on(individual_id)));

-- consents
REVOKE ALL ON consents FROM panoh_server;
GRANT SELECT (id, individual_id, recipient_id, purpose, decision, recorded_at, expires_on, explained, newest),
    INSERT (id, individual_id, recipient_id, purpose, decision, recorded_at, expires_on, explained, newest),
    UPDATE (individual_id),
    UPDATE (recorded_at),
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

