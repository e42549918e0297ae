-- Which stages of a solution count as one or later.
DELETE FROM solution_stages;
INSERT INTO solution_stages (least_stage, stage) VALUES {{solution_stages}};

-- Whom an agreement's terms cover, and until when: the row rule. It does not ask whether the agreement is in force.
CREATE OR REPLACE VIEW covered_by_terms AS
SELECT basis_id, individual_id, recipient_id, purpose, grants,
    nullif(least(enrolled_until, nominated_until, consented_until), 'infinity') AS until
FROM (
    SELECT agreement.id AS basis_id, person.id AS individual_id, agreement.recipient_id, agreement.purpose, agreement.grants,
        CASE WHEN agreement.dimensions & {{dimension PROGRAMME}} = 0 THEN 'infinity'::date ELSE (
            SELECT max(coalesce(enrolment.ended_on, 'infinity')) FROM enrolments AS enrolment
            JOIN programmes AS programme ON programme.id = enrolment.programme_id
            JOIN agreement_scopes AS scope ON scope.agreement_id = agreement.id AND scope.dimension = 'PROGRAMME'
                AND scope.value = programme.kind
            WHERE enrolment.individual_id = person.id) END AS enrolled_until,
        -- A nomination counts until the ride closes, and while the person does not withdraw from that country.
        CASE WHEN agreement.dimensions & {{dimension CIRCUIT_RIDE}} = 0 THEN 'infinity'::date ELSE (
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
                    IN ({{pseudo_countries}}, recipient.country) THEN (
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
            AND coalesce(person.nationality, 'UNK') IN ({{pseudo_countries}}, recipient.country))
        AND (agreement.dimensions & {{dimension NATIONALITY}} = 0 OR EXISTS (
            SELECT 1 FROM agreement_scopes AS scope
            WHERE scope.agreement_id = agreement.id AND scope.dimension = 'NATIONALITY' AND scope.value = person.nationality))
        AND (agreement.dimensions & {{dimension PLACE}} = 0 OR EXISTS (
            SELECT 1 FROM agreement_scopes AS scope JOIN places AS place ON place.code = scope.value
            WHERE scope.agreement_id = agreement.id AND scope.dimension = 'PLACE' AND CASE
                WHEN scope.level <= 1 THEN place.id = person.region_id
                ELSE EXISTS (SELECT 1 FROM place_ancestors AS above
                    WHERE above.place_id = person.place_id AND above.ancestor_id = place.id) END))
        AND (agreement.dimensions & {{dimension LEGAL_STATUS}} = 0 OR EXISTS (
            SELECT 1 FROM agreement_scopes AS scope
            WHERE scope.agreement_id = agreement.id AND scope.dimension = 'LEGAL_STATUS' AND scope.value = person.legal_status))
        AND (agreement.dimensions & {{dimension SPECIFIC_NEED}} = 0 OR EXISTS (
            SELECT 1 FROM specific_needs AS need
            JOIN agreement_scopes AS scope ON scope.agreement_id = agreement.id AND scope.dimension = 'SPECIFIC_NEED'
                AND scope.value IN (need.code, substr(need.code, 1, 2))
            WHERE need.individual_id = person.id))
        AND (agreement.dimensions & {{dimension SOLUTION}} = 0 OR EXISTS (
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
    CASE WHEN {{grants ROWS}} THEN (SELECT row_key FROM row_keys
        WHERE row_keys.individual_id = found.individual_id AND row_keys.recipient_id = found.recipient_id
            AND row_keys.purpose = found.purpose) END AS row_key,
    CASE WHEN {{grants ROWS FAMILY}} THEN (SELECT row_key FROM case_keys
        WHERE case_keys.case_id = person.case_id AND case_keys.recipient_id = found.recipient_id
            AND case_keys.purpose = found.purpose) END AS case_key,
    CASE WHEN {{grants IDENTIFIED LEGAL_STATUS}} THEN registered_on WHEN {{grants ROWS LEGAL_STATUS}} THEN registered_year_on END AS registered_on,
    CASE WHEN {{grants IDENTIFIED LEGAL_STATUS}} THEN arrived_on WHEN {{grants ROWS LEGAL_STATUS}} THEN arrived_year_on END AS arrived_on,
    CASE WHEN {{grants IDENTIFIED IDENTITY}} THEN date_of_birth END AS date_of_birth,
    CASE WHEN {{grants IDENTIFIED IDENTITY}} THEN given_name_key END AS given_name_key,
    CASE WHEN {{grants IDENTIFIED IDENTITY}} THEN family_name_key END AS family_name_key,
    CASE WHEN {{grants IDENTIFIED IDENTITY}} THEN registration_number_key END AS registration_number_key,
    CASE WHEN {{grants IDENTIFIED CONTACT}} THEN phone END AS phone,
    CASE WHEN {{grants ROWS FAMILY}} THEN (SELECT number_key FROM cases WHERE cases.id = person.case_id) END AS case_number_key
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
        SELECT this, id, -holder_id, holder_id, 'CASE_MANAGEMENT', {{everything}}, NULL
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
            WHERE batch = this AND {{grants ROWS}}) AS found
        ON CONFLICT DO NOTHING;
    INSERT INTO case_keys
        SELECT case_id, recipient_id, purpose, wall.new_key()
        FROM (SELECT DISTINCT case_id, recipient_id, purpose FROM wall.found JOIN individuals ON individuals.id = individual_id
            WHERE batch = this AND {{grants ROWS FAMILY}} AND case_id IS NOT NULL) AS found
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
        SELECT {{columns_but individuals updated_at}} FROM changed
        EXCEPT SELECT {{columns_but individuals updated_at}} FROM before) AS corrected));
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION wall.due_corrected FROM PUBLIC;
CREATE OR REPLACE TRIGGER due_corrected AFTER UPDATE ON individuals REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION wall.due_corrected();

-- The bit of a category in what is granted.
CREATE OR REPLACE FUNCTION wall.bit(category TEXT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE AS $$
    SELECT bit FROM (VALUES {{category_bits}}) AS bits (of, bit) WHERE of = category
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
        UNION ALL SELECT -own, 'IDENTIFIED', {{everything}}, NULL WHERE own IS NOT NULL)
    SELECT jsonb_build_object('client', viewer.id, 'role', viewer.role, 'agency', viewer.agency, 'purpose', viewer.purpose,
            'today', day, 'own', own, 'until', (SELECT min(closes_at) FROM basis),
            'counting', ARRAY(SELECT id FROM basis WHERE own IS NULL)::text,
            'ROWS', ARRAY(SELECT id FROM basis WHERE level <> 'STATISTICS')::text)
        || (SELECT jsonb_object_agg(category, ARRAY(
                SELECT id FROM basis WHERE level <> 'STATISTICS' AND grants & wall.bit(category) <> 0)::text)
            FROM unnest(ARRAY[{{item_categories}}]) AS category)
        INTO granted;
    RETURN granted;
END
$$;

-- An emergency agreement is opened for hours.
DROP POLICY recipient_opens ON emergency_accesses;
CREATE POLICY recipient_opens ON emergency_accesses FOR INSERT TO panoh_server WITH CHECK (
    reviewed_at IS NULL AND closes_at <= opened_at + interval '{{emergency_minutes}} minutes'
    AND opened_at < now() AT TIME ZONE 'UTC' + interval '1 minute' AND wall.may_open(agreement_id));
DROP POLICY provider_reviews ON emergency_accesses;
CREATE POLICY provider_reviews ON emergency_accesses FOR UPDATE TO panoh_server
    USING (reviewed_at IS NULL AND EXISTS (SELECT FROM agreements
        WHERE agreements.id = agreement_id AND wall.is_party(provider_id, provider_id)))
    WITH CHECK (reviewed_at IS NOT NULL AND closes_at <= opened_at + interval '{{emergency_minutes}} minutes');

-- As a demarche is delivered, or becomes a draft again, it rests on patterns as they are by then, and on none with fewer events or people
-- than one that is cited has; its drafter, who does not see what others cite, learns nothing of it. A draft rests on them as they are
-- corrected.
CREATE OR REPLACE FUNCTION wall.settle_citations() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM demarche_patterns AS cited WHERE cited.demarche_id = NEW.id AND NOT (
        SELECT count(DISTINCT event_id) >= {{min_events}} AND count(DISTINCT individual_id) >= {{min_affected}} FROM incidents
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
