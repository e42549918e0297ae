-- The second wall. The server connects as a member of `panoh_server`, which owns nothing; row level security shows it the rows
-- of the viewer whose key opened the transaction, by the row rule of agreements, decided here from the same tables.
CREATE EXTENSION IF NOT EXISTS pgcrypto;
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'panoh_server') THEN
        CREATE ROLE panoh_server NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA wall;
GRANT USAGE ON SCHEMA wall TO panoh_server;

-- One row: the key that seals what a viewer is granted, and the key of the statistics' noise.
CREATE TABLE wall.keys (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seal BYTEA NOT NULL,
    noise BYTEA NOT NULL
);
INSERT INTO wall.keys VALUES (1, gen_random_bytes(32), gen_random_bytes(32));

-- The seal of what a viewer is granted, good until something changes that decides access. For the owner alone.
CREATE FUNCTION wall.sealed(granted TEXT, people TEXT, until TEXT) RETURNS TEXT
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT encode(hmac(convert_to(concat_ws(E'\n\n', policy_epoch, until, people, granted), 'UTF8'), seal, 'sha256'), 'hex')
        FROM wall.keys, audit_head);
END
$$;

-- Whether the transaction's seal holds, and nothing that was open for an emergency has closed.
CREATE FUNCTION wall.holds() RETURNS BOOLEAN
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    until TEXT := current_setting('panoh.until', true);
BEGIN
    RETURN current_setting('panoh.seal', true)
            = wall.sealed(current_setting('panoh.granted', true), current_setting('panoh.people', true), until)
        AND (until = '' OR until::timestamp > now() AT TIME ZONE 'UTC');
END
$$;

-- The stages that count as one or later; none stands for all.
CREATE FUNCTION wall.or_later(least_stage TEXT) RETURNS TEXT[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN least_stage IS NULL THEN NULL
        WHEN least_stage IN ('REJECTED', 'WITHDRAWN', 'DEPARTED', 'GRANTED') THEN ARRAY[least_stage]
        ELSE (way.stages)[array_position(way.stages, least_stage):]
    END
    FROM (SELECT ARRAY['IDENTIFIED', 'SUBMITTED', 'INTERVIEWED', 'ACCEPTED', 'DEPARTED', 'GRANTED'] AS stages) AS way
$$;

-- When an agreement that is open for an emergency closes; none for another. The server's clock, by which it was opened, may be ahead.
CREATE FUNCTION wall.closes_at(agreement BIGINT) RETURNS TIMESTAMP
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT max(closes_at) FROM emergency_accesses
    WHERE agreement_id = agreement AND closes_at > now() AT TIME ZONE 'UTC'
        AND opened_at < now() AT TIME ZONE 'UTC' + interval '1 minute'
$$;

-- What the client that has a key is granted: who it is and, for a purpose for which it is registered, the terms of the agreements
-- that count. `CASE_MANAGEMENT` is work on the agency's own records.
CREATE FUNCTION wall.grant_of(claimed_key_hash TEXT, stated_purpose TEXT, day DATE) RETURNS JSONB
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    viewer RECORD;
    own JSONB;
    terms JSONB;
    until TIMESTAMP;
BEGIN
    SELECT clients.id, role, agencies.id AS agency, agencies.country, coalesce(stated_purpose, default_purpose) AS purpose INTO viewer
        FROM clients JOIN agencies ON agencies.id = agency_id
        WHERE key_hash = claimed_key_hash AND disabled_at IS NULL;
    IF NOT EXISTS (SELECT FROM client_purposes WHERE client_id = viewer.id AND purpose = viewer.purpose) THEN
        RETURN jsonb_build_object('client', viewer.id);
    END IF;
    IF viewer.purpose = 'CASE_MANAGEMENT' THEN
        own := to_jsonb(viewer.agency);
        terms := jsonb_build_array(jsonb_build_object('own', true, 'provider_id', viewer.agency, 'categories', ARRAY[
            'DEMOGRAPHICS', 'IDENTITY', 'CONTACT', 'LOCATION', 'LEGAL_STATUS', 'SPECIFIC_NEEDS', 'FAMILY', 'SOLUTIONS',
            'ASSISTANCE', 'PROTECTION']));
    ELSE
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'own', false,
            'provider_id', provider_id,
            'recipient_id', recipient_id,
            'recipient_country', viewer.country,
            'purpose', purpose,
            'level', level,
            'categories', categories::jsonb,
            'consent_required', consent_required,
            'consents_from', consents_from,
            'emergency', emergency,
            'nationalities', scope::jsonb -> 'nationalities',
            'regions', (SELECT jsonb_agg(place -> 'code') FILTER (WHERE (place ->> 'level')::int <= 1)
                FROM jsonb_array_elements(nullif(scope::jsonb -> 'places', 'null')) AS place),
            'places', (SELECT jsonb_agg(place -> 'code') FILTER (WHERE (place ->> 'level')::int > 1)
                FROM jsonb_array_elements(nullif(scope::jsonb -> 'places', 'null')) AS place),
            'anywhere', nullif(scope::jsonb -> 'places', 'null') IS NULL,
            'legal_statuses', scope::jsonb -> 'legal_statuses',
            'specific_needs', scope::jsonb -> 'specific_needs',
            'programmes', scope::jsonb -> 'programmes',
            'solutions', CASE WHEN nullif(scope::jsonb -> 'solutions', 'null') IS NOT NULL THEN (
                SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'kind', solution -> 'kind', 'destination', solution -> 'destination',
                    'stages', wall.or_later(solution ->> 'least_stage'))), '[]')
                FROM jsonb_array_elements(scope::jsonb -> 'solutions') AS solution) END,
            'today', day)), '[]'), min(wall.closes_at(id)) INTO terms, until
        FROM agreements
        WHERE recipient_id = viewer.agency AND purpose = viewer.purpose AND status = 'IN_FORCE'
            AND day BETWEEN valid_from AND valid_until AND (NOT emergency OR wall.closes_at(id) IS NOT NULL);
    END IF;
    RETURN jsonb_build_object('client', viewer.id, 'role', viewer.role, 'agency', viewer.agency, 'purpose', viewer.purpose,
        'today', day, 'own', own, 'terms', terms, 'until', until);
END
$$;

-- What the transaction's viewer is granted; nothing where its seal does not hold.
CREATE FUNCTION wall.granted() RETURNS JSONB
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN CASE WHEN wall.holds() THEN current_setting('panoh.granted')::jsonb END;
END
$$;

CREATE FUNCTION wall.terms() RETURNS TABLE (
    own BOOLEAN, provider_id BIGINT, recipient_id BIGINT, recipient_country TEXT, purpose TEXT, level TEXT, categories TEXT[],
    consent_required BOOLEAN, consents_from TIMESTAMP, emergency BOOLEAN, nationalities TEXT[], anywhere BOOLEAN, regions TEXT[], places TEXT[],
    legal_statuses TEXT[], specific_needs TEXT[], programmes TEXT[], solutions JSONB, today DATE)
LANGUAGE sql STABLE ROWS 2 SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT * FROM jsonb_to_recordset(nullif(wall.granted() -> 'terms', 'null')) AS terms (
        own BOOLEAN, provider_id BIGINT, recipient_id BIGINT, recipient_country TEXT, purpose TEXT, level TEXT, categories TEXT[],
        consent_required BOOLEAN, consents_from TIMESTAMP, emergency BOOLEAN, nationalities TEXT[], anywhere BOOLEAN, regions TEXT[], places TEXT[],
        legal_statuses TEXT[], specific_needs TEXT[], programmes TEXT[], solutions JSONB, today DATE)
$$;

-- Who is covered, by which terms. For the owner alone: it holds people who are shared as statistics only.
CREATE VIEW wall.covered AS
SELECT person.id AS individual_id, person.holder_id, person.case_id, terms.own, terms.level, terms.categories,
    person.anonymised
FROM individuals AS person JOIN wall.terms() AS terms ON terms.provider_id = person.holder_id
WHERE terms.own OR (
    (terms.nationalities IS NULL OR person.nationality = ANY (terms.nationalities))
    AND (terms.legal_statuses IS NULL OR person.legal_status = ANY (terms.legal_statuses))
    AND (terms.anywhere
        OR EXISTS (SELECT FROM places WHERE id = person.region_id AND code = ANY (terms.regions))
        OR EXISTS (SELECT FROM place_ancestors AS above JOIN places ON places.id = above.ancestor_id
            WHERE above.place_id = person.place_id AND places.code = ANY (terms.places)))
    AND (terms.specific_needs IS NULL OR EXISTS (SELECT FROM specific_needs AS need WHERE need.individual_id = person.id
        AND (need.code = ANY (terms.specific_needs) OR left(need.code, 2) = ANY (terms.specific_needs))))
    AND (terms.programmes IS NULL OR EXISTS (SELECT FROM enrolments AS enrolment
        JOIN programmes AS programme ON programme.id = enrolment.programme_id
        WHERE enrolment.individual_id = person.id AND programme.kind = ANY (terms.programmes)
            AND (enrolment.ended_on IS NULL OR enrolment.ended_on > terms.today)))
    AND (terms.solutions IS NULL OR EXISTS (SELECT FROM solutions AS solution
        JOIN jsonb_to_recordset(terms.solutions) AS wanted (kind TEXT, stages TEXT[], destination TEXT)
            ON wanted.kind = solution.kind
        WHERE solution.individual_id = person.id
            AND (wanted.stages IS NULL OR solution.stage = ANY (wanted.stages))
            AND (wanted.destination IS NULL OR solution.destination = wanted.destination)))
    AND (NOT terms.emergency OR terms.recipient_country IS NULL
        OR person.nationality NOT IN ('XXA', 'UNK', 'TIB', terms.recipient_country))
    AND CASE
        WHEN EXISTS (SELECT FROM consents AS consent WHERE consent.individual_id = person.id AND consent.newest
            AND consent.recipient_id = terms.recipient_id AND consent.purpose = terms.purpose AND consent.decision = 'GIVEN'
            AND (consent.expires_on IS NULL OR consent.expires_on >= terms.today)
            AND (terms.consents_from IS NULL OR consent.recorded_at >= terms.consents_from)) THEN TRUE
        WHEN terms.consent_required THEN FALSE
        WHEN EXISTS (SELECT FROM consents AS consent WHERE consent.individual_id = person.id AND consent.newest
            AND consent.recipient_id = terms.recipient_id AND consent.purpose = terms.purpose AND consent.decision <> 'GIVEN')
            THEN FALSE
        ELSE terms.recipient_country IS NULL
            OR person.nationality NOT IN ('XXA', 'UNK', 'TIB', terms.recipient_country)
    END);

-- Whose rows the viewer sees, with the categories that are granted of them. Of anonymised people only the holder does.
CREATE VIEW wall.visible WITH (security_barrier) AS
SELECT individual_id, holder_id, case_id, own, categories
FROM wall.covered WHERE own OR level <> 'STATISTICS' AND NOT anonymised;
GRANT SELECT ON wall.visible TO panoh_server;

-- The people whom the viewer sees, where each of its agreements has a side of at most `few` rows: a line for those of whom the same
-- categories are granted, categories first. Nothing is not nobody.
CREATE FUNCTION wall.gathered(few INTEGER) RETURNS TEXT
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    term RECORD;
    side BIGINT[];
    candidates BIGINT[] := '{}';
BEGIN
    FOR term IN SELECT * FROM wall.terms() AS terms WHERE own OR level <> 'STATISTICS' LOOP
        SELECT ids INTO side FROM (
            SELECT term.consent_required AS is_side, ARRAY(SELECT individual_id FROM consents
                WHERE newest AND recipient_id = term.recipient_id AND purpose = term.purpose AND decision = 'GIVEN'
                LIMIT few + 1) AS ids
            UNION ALL SELECT term.programmes IS NOT NULL, ARRAY(SELECT individual_id FROM enrolments
                JOIN programmes ON programmes.id = programme_id
                WHERE kind = ANY (term.programmes) AND (ended_on IS NULL OR ended_on > term.today) LIMIT few + 1)
            UNION ALL SELECT term.solutions IS NOT NULL, ARRAY(SELECT individual_id FROM solutions
                JOIN jsonb_to_recordset(term.solutions) AS wanted (kind TEXT, stages TEXT[], destination TEXT)
                    ON wanted.kind = solutions.kind
                WHERE (wanted.stages IS NULL OR stage = ANY (wanted.stages))
                    AND (wanted.destination IS NULL OR solutions.destination = wanted.destination) LIMIT few + 1)) AS sides
            WHERE is_side AND cardinality(ids) <= few ORDER BY cardinality(ids) LIMIT 1;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        candidates := candidates || side;
    END LOOP;
    RETURN (SELECT concat_ws(E'\n', 'gathered', string_agg(format(',%s, %s', array_to_string(categories, ','), ids), E'\n')) FROM (
        SELECT categories, array_agg(individual_id) AS ids FROM (
            SELECT individual_id, array_agg(DISTINCT category ORDER BY category) AS categories
            FROM wall.visible LEFT JOIN LATERAL unnest(visible.categories) AS category ON true
            WHERE individual_id = ANY (candidates) GROUP BY individual_id) AS people
        GROUP BY categories) AS groups);
END
$$;

-- Of the people who were gathered, those of whom a category is granted, or all; the unknown one where they were not gathered.
CREATE FUNCTION wall.people(category TEXT) RETURNS BIGINT[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    held TEXT := current_setting('panoh.people', true);
    people BIGINT[] := '{}';
    line TEXT;
BEGIN
    IF held = '' OR wall.holds() IS NOT TRUE THEN
        RETURN '{NULL}';
    END IF;
    FOREACH line IN ARRAY (string_to_array(held, E'\n'))[2:] LOOP
        IF category IS NULL OR position(',' || category || ',' IN split_part(line, ' ', 1)) > 0 THEN
            people := people || split_part(line, ' ', 2)::bigint[];
        END IF;
    END LOOP;
    RETURN people;
END
$$;

-- Opens the transaction for the client that has a key; another transaction is opened by setting the same again, as long as the seal
-- holds. For a purpose for which the client is not registered it is opened for nothing.
CREATE FUNCTION wall.open(claimed_key_hash TEXT, stated_purpose TEXT, day DATE, few INTEGER)
RETURNS TABLE (granted TEXT, people TEXT, until TEXT, seal TEXT)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    held JSONB := wall.grant_of(claimed_key_hash, stated_purpose, day);
BEGIN
    granted := held::text;
    until := coalesce(held ->> 'until', '');
    PERFORM set_config('panoh.granted', granted, true), set_config('panoh.people', '', true),
        set_config('panoh.until', until, true), set_config('panoh.seal', wall.sealed(granted, '', until), true);
    people := coalesce(wall.gathered(few), '');
    seal := wall.sealed(granted, people, until);
    PERFORM set_config('panoh.people', people, true), set_config('panoh.seal', seal, true);
    RETURN NEXT;
END
$$;

-- The moment of the newest consent to a recipient for a purpose, whoever gave it: whoever signs an agreement needs it.
CREATE FUNCTION wall.newest_consent(recipient BIGINT, stated_purpose TEXT) RETURNS TIMESTAMP
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT max(recorded_at) FROM consents
    WHERE recipient_id = recipient AND purpose = stated_purpose AND wall.granted() IS NOT NULL
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA wall FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.open, wall.granted, wall.terms, wall.people, wall.newest_consent TO panoh_server;
