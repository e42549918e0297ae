-- Which rows the server's role reads and writes. Every protected table is walled, for its owner too.

-- Migrations, imports and the demo work outside policy: as the tables' owner.
DO $$
DECLARE
    walled TEXT;
BEGIN
    FOREACH walled IN ARRAY ARRAY['individuals', 'cases', 'specific_needs', 'consents', 'solutions', 'incidents', 'enrolments',
        'assistance']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
        EXECUTE format('CREATE POLICY outside_policy ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', walled);
    END LOOP;
END
$$;

-- Whoever is gathered already is looked up; else each row is decided. `OFFSET 0` keeps the planner from gathering everybody who is
-- visible for the sake of a few rows.
CREATE POLICY viewer ON individuals FOR SELECT TO panoh_server USING (
    holder_id = (SELECT (wall.granted() ->> 'own')::bigint)
    OR coalesce(id IN (SELECT unnest(wall.people(NULL))),
        EXISTS (SELECT FROM wall.visible WHERE visible.individual_id = individuals.id OFFSET 0)));
CREATE POLICY viewer ON cases FOR SELECT TO panoh_server USING (
    holder_id = (SELECT (wall.granted() ->> 'own')::bigint)
    OR EXISTS (SELECT FROM wall.visible WHERE visible.holder_id = cases.holder_id AND visible.case_id = cases.id
        AND 'FAMILY' = ANY (visible.categories) OFFSET 0));
DO $$
DECLARE
    item RECORD;
BEGIN
    FOR item IN SELECT * FROM (VALUES ('specific_needs', 'SPECIFIC_NEEDS'), ('solutions', 'SOLUTIONS'), ('incidents', 'PROTECTION'),
        ('enrolments', 'ASSISTANCE'), ('assistance', 'ASSISTANCE')) AS items (walled, category)
    LOOP
        EXECUTE format('CREATE POLICY viewer ON %1$I FOR SELECT TO panoh_server USING (
            coalesce(individual_id IN (SELECT unnest(wall.people(%2$L))),
                EXISTS (SELECT FROM wall.visible WHERE visible.individual_id = %1$I.individual_id
                    AND %2$L = ANY (visible.categories) OFFSET 0)))', item.walled, item.category);
    END LOOP;
END
$$;
CREATE POLICY viewer ON consents FOR SELECT TO panoh_server USING (
    coalesce(recipient_id || ' ' || purpose = (
        SELECT concat_ws(' ', granted ->> 'agency', granted ->> 'purpose') FROM wall.granted() AS granted
        WHERE granted ->> 'own' IS NULL), true)
    AND coalesce(individual_id IN (SELECT unnest(wall.people(NULL))),
        EXISTS (SELECT FROM wall.visible WHERE visible.individual_id = consents.individual_id OFFSET 0)));
CREATE POLICY holder_records ON consents FOR INSERT TO panoh_server WITH CHECK (
    (SELECT wall.granted() ->> 'role') IN ('CASEWORKER', 'DATA_OFFICER') AND EXISTS (SELECT FROM wall.visible
    WHERE visible.individual_id = consents.individual_id AND visible.own OFFSET 0));
CREATE POLICY holder_supersedes ON consents FOR UPDATE TO panoh_server USING (
    (SELECT wall.granted() ->> 'role') IN ('CASEWORKER', 'DATA_OFFICER') AND EXISTS (SELECT FROM wall.visible
    WHERE visible.individual_id = consents.individual_id AND visible.own OFFSET 0));

-- Agreements are no data of people, yet they decide what is shown: only a party's data officer writes them, by the steps that an
-- agreement goes through.
CREATE FUNCTION wall.is_party(provider_id BIGINT, recipient_id BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT granted ->> 'role' = 'DATA_OFFICER' AND (granted ->> 'agency')::bigint IN (provider_id, recipient_id)
    FROM wall.granted() AS granted
$$;
-- Whether an agreement as it stands may get a status and a moment from which consents count.
CREATE FUNCTION wall.may_become(agreement BIGINT, new_status TEXT, new_consents_from TIMESTAMP) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT wall.is_party(provider_id, recipient_id)
        AND (status = 'DRAFT' OR new_consents_from IS NOT DISTINCT FROM consents_from)
        AND CASE status
            WHEN new_status THEN true
            WHEN 'DRAFT' THEN new_status = 'REVOKED' OR new_status = 'IN_FORCE'
                AND (SELECT count(*) = 2 FROM agreement_signatures WHERE agreement_id = id
                    AND agency_id IN (provider_id, recipient_id))
            WHEN 'IN_FORCE' THEN new_status IN ('SUSPENDED', 'REVOKED')
            WHEN 'SUSPENDED' THEN new_status = 'REVOKED'
        END
    FROM agreements WHERE id = agreement
$$;
ALTER TABLE agreements ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON agreements TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY everybodys ON agreements FOR SELECT TO panoh_server USING (true);
CREATE POLICY party_proposes ON agreements FOR INSERT TO panoh_server
    WITH CHECK (status = 'DRAFT' AND wall.is_party(provider_id, recipient_id));
CREATE POLICY party_settles ON agreements FOR UPDATE TO panoh_server
    USING (wall.is_party(provider_id, recipient_id)) WITH CHECK (wall.may_become(id, status, consents_from));
ALTER TABLE agreement_signatures ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON agreement_signatures TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY everybodys ON agreement_signatures FOR SELECT TO panoh_server USING (true);
CREATE POLICY party_signs ON agreement_signatures FOR INSERT TO panoh_server WITH CHECK (
    (client_id, agency_id) = (SELECT (granted ->> 'client')::bigint, (granted ->> 'agency')::bigint
        FROM wall.granted() AS granted WHERE granted ->> 'role' = 'DATA_OFFICER'));
CREATE POLICY party_withdraws ON agreement_signatures FOR DELETE TO panoh_server USING (EXISTS (SELECT FROM agreements
    WHERE agreements.id = agreement_id AND agreements.status = 'DRAFT' AND wall.is_party(provider_id, recipient_id)));

-- An emergency agreement is opened by its recipient, for hours, and once until its provider has reviewed that.
CREATE FUNCTION wall.may_open(agreement BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM agreements, wall.granted() AS granted
        WHERE id = agreement AND emergency AND status = 'IN_FORCE' AND recipient_id = (granted ->> 'agency')::bigint
            AND granted ->> 'role' IN ('CASEWORKER', 'DATA_OFFICER')
            AND NOT EXISTS (SELECT FROM emergency_accesses JOIN agreements AS version ON version.id = agreement_id
                WHERE reviewed_at IS NULL AND (version.provider_id, version.recipient_id, version.purpose)
                    = (agreements.provider_id, agreements.recipient_id, agreements.purpose)))
$$;
ALTER TABLE emergency_accesses ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON emergency_accesses TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON emergency_accesses FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM agreements
    WHERE agreements.id = agreement_id AND (SELECT (wall.granted() ->> 'agency')::bigint) IN (provider_id, recipient_id)));
CREATE POLICY recipient_opens ON emergency_accesses FOR INSERT TO panoh_server WITH CHECK (
    reviewed_at IS NULL AND closes_at <= opened_at + interval '3 hours'
    AND opened_at < now() AT TIME ZONE 'UTC' + interval '1 minute' AND wall.may_open(agreement_id));
CREATE POLICY provider_reviews ON emergency_accesses FOR UPDATE TO panoh_server
    USING (reviewed_at IS NULL AND EXISTS (SELECT FROM agreements
        WHERE agreements.id = agreement_id AND wall.is_party(provider_id, provider_id)))
    WITH CHECK (reviewed_at IS NOT NULL AND closes_at <= opened_at + interval '3 hours');

-- What clients asked for is theirs; what is on record is their agency's, and for its data officers all that may be about its people.
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON idempotency_keys TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY own ON idempotency_keys TO panoh_server
    USING (client_id = (SELECT (wall.granted() ->> 'client')::bigint))
    WITH CHECK (client_id = (SELECT (wall.granted() ->> 'client')::bigint));
ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON audit_entries TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY anybody_appends ON audit_entries FOR INSERT TO panoh_server WITH CHECK (true);
CREATE POLICY agencys ON audit_entries FOR SELECT TO panoh_server USING (
    agency_id = (SELECT (wall.granted() ->> 'agency')::bigint)
    OR (SELECT wall.granted() ->> 'own' IS NOT NULL AND wall.granted() ->> 'role' = 'DATA_OFFICER'));

-- A seal that no longer holds never holds again.
CREATE FUNCTION wall.epoch_rises() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the policy epoch never falls';
END
$$;
CREATE TRIGGER epoch_rises BEFORE UPDATE ON audit_head
    FOR EACH ROW WHEN (NEW.policy_epoch < OLD.policy_epoch) EXECUTE FUNCTION wall.epoch_rises();

-- What the server may do at all. It never reads the hashes of keys, nor the record keys of people.
GRANT SELECT ON agencies, client_purposes, agreements, agreement_signatures, emergency_accesses, idempotency_keys, places, place_ancestors,
    cases, specific_needs, consents, solutions, incidents, programmes, programme_places, enrolments, assistance,
    population_figures, population_figure_sources, audit_entries, audit_head, __diesel_schema_migrations TO panoh_server;
GRANT SELECT (id, agency_id, name, role, default_purpose, disabled_at) ON clients TO panoh_server;
DO $$
BEGIN
    EXECUTE format('GRANT SELECT (%s) ON individuals TO panoh_server', (
        SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
        WHERE attrelid = 'individuals'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'record_key'));
END
$$;
GRANT INSERT ON audit_entries, agreements, agreement_signatures, emergency_accesses, idempotency_keys, consents TO panoh_server;
GRANT UPDATE ON audit_head TO panoh_server;
GRANT UPDATE (status, consents_from, revoked_on) ON agreements TO panoh_server;
GRANT UPDATE (closes_at, reviewed_at, justified) ON emergency_accesses TO panoh_server;
GRANT UPDATE (newest) ON consents TO panoh_server;
GRANT DELETE ON agreement_signatures TO panoh_server;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA wall FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.is_party, wall.may_become, wall.may_open TO panoh_server;
