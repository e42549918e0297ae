-- Whose coverage is to be decided anew, because something changed that decides it: in each transaction, which keeps coverage at its
-- end if nobody has it kept before.
CREATE UNLOGGED TABLE wall.due (xact XID8 PRIMARY KEY);
CREATE UNLOGGED TABLE wall.due_people (xact XID8 NOT NULL, individual_id BIGINT NOT NULL, PRIMARY KEY (xact, individual_id));
CREATE UNLOGGED TABLE wall.due_agreements (xact XID8 NOT NULL, agreement_id BIGINT NOT NULL, PRIMARY KEY (xact, agreement_id));

-- What a consent is to with which nothing was stored that was explained: the agreements of the least importance. 1 are those in
-- force at its moment that require consent, 2 the others in force then, 3 those that came into force later, the first the least.
CREATE VIEW told AS
SELECT consent.id AS consent_id, agreement.provider_id, agreement.grants,
    CASE WHEN agreement.in_force_since <= consent.recorded_at THEN CASE WHEN agreement.consent_required THEN 1 ELSE 2 END
        ELSE 2 + (SELECT count(*) FROM agreements AS earlier
            WHERE (earlier.provider_id, earlier.recipient_id, earlier.purpose)
                    = (agreement.provider_id, agreement.recipient_id, agreement.purpose)
                AND earlier.in_force_since > consent.recorded_at
                AND (earlier.revoked_at IS NULL OR earlier.revoked_at > earlier.in_force_since)
                AND (earlier.in_force_since, earlier.id) <= (agreement.in_force_since, agreement.id)) END AS importance
FROM consents AS consent
JOIN agreements AS agreement ON agreement.recipient_id = consent.recipient_id AND agreement.purpose = consent.purpose
WHERE consent.explained IS NULL AND agreement.in_force_since IS NOT NULL
    AND (agreement.revoked_at IS NULL
        OR agreement.revoked_at > agreement.in_force_since AND agreement.revoked_at > consent.recorded_at)
    AND (agreement.in_force_since > consent.recorded_at OR consent.recorded_at::date <= agreement.valid_until);

-- Whom an agreement's terms cover, and until when: the row rule. It does not ask whether the agreement is in force.
CREATE VIEW covered_by_terms AS
SELECT basis_id, individual_id, recipient_id, purpose, grants,
    nullif(least(enrolled_until, consented_until), 'infinity') AS until
FROM (
    SELECT agreement.id AS basis_id, person.id AS individual_id, agreement.recipient_id, agreement.purpose, agreement.grants,
        CASE WHEN agreement.dimensions & 16 = 0 THEN 'infinity'::date ELSE (
            SELECT max(coalesce(enrolment.ended_on, 'infinity')) FROM enrolments AS enrolment
            JOIN programmes AS programme ON programme.id = enrolment.programme_id
            JOIN agreement_scopes AS scope ON scope.agreement_id = agreement.id AND scope.dimension = 'PROGRAMME'
                AND scope.value = programme.kind
            WHERE enrolment.individual_id = person.id) END AS enrolled_until,
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
    WHERE NOT person.anonymised
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
WHERE enrolled_until IS NOT NULL AND consented_until IS NOT NULL;

-- Agreements whose coverage is kept: those that the provider has proposed or signed, until they end.
CREATE VIEW kept_agreements AS
SELECT id FROM agreements WHERE status IN ('IN_FORCE', 'SUSPENDED') OR status = 'DRAFT' AND (proposed_by_id = provider_id
    OR EXISTS (SELECT 1 FROM agreement_signatures WHERE agreement_id = agreements.id AND agency_id = provider_id));

-- Who is covered as things stand, of those whose coverage is due. Emptied when it is kept.
CREATE SEQUENCE wall.batches;
CREATE UNLOGGED TABLE wall.found (
    batch BIGINT NOT NULL,
    individual_id BIGINT NOT NULL,
    basis_id BIGINT NOT NULL,
    recipient_id BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    grants BIGINT NOT NULL,
    until DATE,
    PRIMARY KEY (batch, individual_id, basis_id)
);

-- What their coverages are to be.
CREATE FUNCTION wall.coverages_found(this BIGINT) RETURNS TABLE (individual_id BIGINT, basis_id BIGINT, until DATE, row_key BIGINT,
    case_key BIGINT, registered_on DATE, arrived_on DATE, date_of_birth DATE, given_name_key TEXT, family_name_key TEXT,
    registration_number_key TEXT, phone TEXT, case_number_key TEXT)
LANGUAGE sql STABLE AS $$
SELECT found.individual_id, found.basis_id, found.until,
    CASE WHEN grants & 65536 <> 0 THEN (SELECT row_key FROM row_keys
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

-- A random row key.
CREATE FUNCTION wall.new_key() RETURNS BIGINT LANGUAGE sql VOLATILE AS $$
    SELECT ('x' || encode(gen_random_bytes(8), 'hex'))::bit(64)::bigint & 9223372036854775807
$$;

-- Gives the coverage of people, and of agreements, what it is to be. Statements name people one by one, so that they are looked up
-- however many there are.
CREATE FUNCTION wall.keep(change BIGINT, people BIGINT[], due_agreements BIGINT[]) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    this BIGINT := nextval('wall.batches');
    kept BIGINT[] := ARRAY(SELECT id FROM kept_agreements);
BEGIN
    INSERT INTO wall.found
        SELECT this, id, -holder_id, holder_id, 'CASE_MANAGEMENT', 197631, NULL
        FROM individuals WHERE id = ANY (people);
    INSERT INTO wall.found
        SELECT this, individual_id, basis_id, recipient_id, purpose, grants, until
        FROM covered_by_terms WHERE individual_id = ANY (people) AND basis_id = ANY (kept);
    INSERT INTO wall.found
        SELECT this, individual_id, basis_id, recipient_id, purpose, grants, until
        FROM covered_by_terms WHERE basis_id = ANY (due_agreements) AND basis_id = ANY (kept)
        ON CONFLICT DO NOTHING;
    INSERT INTO row_keys
        SELECT individual_id, recipient_id, purpose, wall.new_key()
        FROM (SELECT DISTINCT individual_id, recipient_id, purpose FROM wall.found
            WHERE batch = this AND grants & 65536 <> 0) AS found
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
    UPDATE coverages SET ended = change
        WHERE ended IS NULL AND basis_id = ANY (due_agreements)
            AND NOT EXISTS (SELECT FROM wall.found WHERE found.batch = this
                AND found.individual_id = coverages.individual_id AND found.basis_id = coverages.basis_id
                AND found.until IS NOT DISTINCT FROM coverages.until);
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

-- Keeps the coverage of all that is due in the transaction.
CREATE FUNCTION wall.keep_due() RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    this XID8 := pg_current_xact_id();
    change BIGINT;
    last BIGINT := 0;
    people BIGINT[];
    due_agreements BIGINT[];
BEGIN
    DELETE FROM wall.due WHERE xact = this;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO coverage_changes (sequence) VALUES (NULL) RETURNING id INTO change;
    LOOP
        people := ARRAY(SELECT individual_id FROM wall.due_people WHERE xact = this AND individual_id > last
            ORDER BY individual_id LIMIT 1000);
        EXIT WHEN people = '{}';
        last := people[cardinality(people)];
        PERFORM wall.keep(change, people, '{}');
    END LOOP;
    due_agreements := ARRAY(SELECT agreement_id FROM wall.due_agreements WHERE xact = this);
    DELETE FROM wall.due_people WHERE xact = this;
    DELETE FROM wall.due_agreements WHERE xact = this;
    IF due_agreements <> '{}' THEN
        PERFORM wall.keep(change, '{}', due_agreements);
    END IF;
END
$$;

-- At the end of a transaction that did not have its coverage kept: one at a time, and answers over what was before are stale.
CREATE FUNCTION wall.keep_at_commit() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM wall.due WHERE xact = pg_current_xact_id()) THEN
        PERFORM FROM audit_head FOR UPDATE;
        IF EXISTS (SELECT FROM wall.due_people WHERE xact = pg_current_xact_id()) OR EXISTS (
            SELECT FROM wall.due_agreements JOIN agreements ON id = agreement_id
            WHERE xact = pg_current_xact_id() AND status = 'IN_FORCE') THEN
            UPDATE audit_head SET policy_epoch = policy_epoch + 1;
        END IF;
        PERFORM wall.keep_due();
    END IF;
    UPDATE coverage_changes SET sequence = (SELECT sequence FROM audit_head) WHERE sequence IS NULL;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER keep_at_commit AFTER INSERT ON wall.due DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wall.keep_at_commit();

CREATE FUNCTION wall.due_people(people BIGINT[]) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO wall.due SELECT pg_current_xact_id() WHERE cardinality(people) > 0 ON CONFLICT DO NOTHING;
    INSERT INTO wall.due_people SELECT pg_current_xact_id(), person FROM unnest(people) AS person ON CONFLICT DO NOTHING;
$$;
CREATE FUNCTION wall.due_agreements(agreements BIGINT[]) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO wall.due SELECT pg_current_xact_id() WHERE cardinality(agreements) > 0 ON CONFLICT DO NOTHING;
    INSERT INTO wall.due_agreements SELECT pg_current_xact_id(), agreement FROM unnest(agreements) AS agreement
        ON CONFLICT DO NOTHING;
$$;
CREATE FUNCTION wall.due_individuals() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM wall.due_people(ARRAY(SELECT id FROM changed));
    RETURN NULL;
END
$$;
CREATE FUNCTION wall.due_items() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM wall.due_people(ARRAY(SELECT DISTINCT individual_id FROM changed));
    RETURN NULL;
END
$$;
CREATE FUNCTION wall.due_programmes() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM wall.due_people(ARRAY(SELECT DISTINCT individual_id FROM enrolments WHERE programme_id = NEW.id));
    RETURN NULL;
END
$$;
CREATE FUNCTION wall.due_places() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM wall.due_people(ARRAY(SELECT id FROM individuals WHERE region_id = NEW.id
        OR place_id IN (SELECT place_id FROM place_ancestors WHERE ancestor_id = NEW.id)));
    RETURN NULL;
END
$$;
CREATE FUNCTION wall.due_ancestors() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM wall.due_people(ARRAY(SELECT id FROM individuals WHERE place_id IN (SELECT place_id FROM changed)));
    RETURN NULL;
END
$$;
CREATE FUNCTION wall.due_cases() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM wall.due_people(ARRAY(SELECT id FROM individuals WHERE case_id = NEW.id));
    RETURN NULL;
END
$$;
CREATE FUNCTION wall.due_agencies() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM wall.due_agreements(ARRAY(SELECT id FROM agreements WHERE recipient_id = NEW.id));
    RETURN NULL;
END
$$;
CREATE FUNCTION wall.due_scopes() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM wall.due_agreements(ARRAY(SELECT DISTINCT agreement_id FROM changed));
    RETURN NULL;
END
$$;
CREATE FUNCTION wall.due_signatures() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM wall.due_agreements(ARRAY(SELECT DISTINCT id FROM changed JOIN agreements ON id = agreement_id
        WHERE status = 'DRAFT' AND provider_id = agency_id AND proposed_by_id IS DISTINCT FROM agency_id));
    RETURN NULL;
END
$$;
-- An agreement that ends covers as before, and is no longer in force. A consent from a time when nothing was in force is to what
-- comes first.
CREATE FUNCTION wall.due_terms() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.status <> 'REVOKED' AND (OLD.status = 'REVOKED'
        OR (OLD.status = 'DRAFT') <> (NEW.status = 'DRAFT') AND NOT EXISTS (SELECT FROM agreement_signatures
            WHERE agreement_id = NEW.id AND agency_id = NEW.provider_id)
        OR (NEW.provider_id, NEW.recipient_id, NEW.purpose, NEW.grants, NEW.dimensions, NEW.consent_required, NEW.emergency)
            IS DISTINCT FROM (OLD.provider_id, OLD.recipient_id, OLD.purpose, OLD.grants, OLD.dimensions, OLD.consent_required,
                OLD.emergency)) THEN
        PERFORM wall.due_agreements(ARRAY[NEW.id]);
    END IF;
    IF TG_OP = 'INSERT' AND NEW.in_force_since IS NOT NULL
        OR TG_OP = 'UPDATE' AND (NEW.in_force_since, NEW.revoked_at) IS DISTINCT FROM (OLD.in_force_since, OLD.revoked_at) THEN
        PERFORM wall.due_people(ARRAY(SELECT individual_id FROM consents WHERE newest AND explained IS NULL AND decision = 'GIVEN'
            AND recipient_id = NEW.recipient_id AND purpose = NEW.purpose));
    END IF;
    RETURN NULL;
END
$$;

DO $$
DECLARE
    kind RECORD;
BEGIN
    FOR kind IN
        SELECT walled, due, event, transition
        FROM (VALUES ('individuals', 'due_individuals'), ('specific_needs', 'due_items'), ('solutions', 'due_items'),
            ('enrolments', 'due_items'), ('consents', 'due_items'), ('place_ancestors', 'due_ancestors'),
            ('agreement_scopes', 'due_scopes'), ('agreement_signatures', 'due_signatures')) AS tables (walled, due),
            (VALUES ('INSERT', 'NEW'), ('UPDATE', 'OLD'), ('UPDATE', 'NEW'), ('DELETE', 'OLD')) AS events (event, transition)
        WHERE (walled, event) <> ('individuals', 'DELETE')
    LOOP
        EXECUTE format('CREATE TRIGGER due_%s_%s AFTER %s ON %I REFERENCING %s TABLE AS changed FOR EACH STATEMENT
            EXECUTE FUNCTION wall.%I()', lower(kind.event), lower(kind.transition), kind.event, kind.walled, kind.transition, kind.due);
    END LOOP;
END
$$;
CREATE TRIGGER due_kind AFTER UPDATE OF kind ON programmes FOR EACH ROW EXECUTE FUNCTION wall.due_programmes();
CREATE TRIGGER due_code AFTER UPDATE OF code ON places FOR EACH ROW EXECUTE FUNCTION wall.due_places();
CREATE TRIGGER due_number AFTER UPDATE OF number_key ON cases FOR EACH ROW EXECUTE FUNCTION wall.due_cases();
CREATE TRIGGER due_country AFTER UPDATE OF country ON agencies FOR EACH ROW EXECUTE FUNCTION wall.due_agencies();
CREATE TRIGGER due_terms AFTER INSERT OR UPDATE ON agreements FOR EACH ROW EXECUTE FUNCTION wall.due_terms();
CREATE INDEX individuals_at ON individuals (place_id);
CREATE INDEX individuals_in ON individuals (region_id);
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA wall FROM PUBLIC;

INSERT INTO wall.due SELECT pg_current_xact_id();
INSERT INTO wall.due_people SELECT pg_current_xact_id(), id FROM individuals;
SELECT wall.keep_due();
UPDATE coverage_changes SET sequence = (SELECT sequence FROM audit_head);
