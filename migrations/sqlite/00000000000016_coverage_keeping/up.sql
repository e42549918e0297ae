-- Whose coverage is to be decided anew, because something changed that decides it. No transaction can be committed while
-- anybody is left here: the reference is to a row that never is.
CREATE TABLE coverage_never (id INTEGER PRIMARY KEY CHECK (id IS NULL));
CREATE TABLE coverage_due_people (
    individual_id BIGINT NOT NULL PRIMARY KEY,
    never BIGINT NOT NULL DEFAULT 1 REFERENCES coverage_never (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE coverage_due_agreements (
    agreement_id BIGINT NOT NULL PRIMARY KEY,
    never BIGINT NOT NULL DEFAULT 1 REFERENCES coverage_never (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TRIGGER due_individuals_added AFTER INSERT ON individuals
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (NEW.id); END;
CREATE TRIGGER due_individuals_changed AFTER UPDATE ON individuals
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (NEW.id); END;
CREATE TRIGGER due_individuals_removed AFTER DELETE ON individuals
BEGIN DELETE FROM coverage_due_people WHERE individual_id = OLD.id; END;
CREATE TRIGGER due_needs_added AFTER INSERT ON specific_needs
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (NEW.individual_id); END;
CREATE TRIGGER due_needs_changed AFTER UPDATE ON specific_needs
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (OLD.individual_id), (NEW.individual_id); END;
CREATE TRIGGER due_needs_removed AFTER DELETE ON specific_needs
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (OLD.individual_id); END;
CREATE TRIGGER due_solutions_added AFTER INSERT ON solutions
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (NEW.individual_id); END;
CREATE TRIGGER due_solutions_changed AFTER UPDATE ON solutions
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (OLD.individual_id), (NEW.individual_id); END;
CREATE TRIGGER due_solutions_removed AFTER DELETE ON solutions
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (OLD.individual_id); END;
CREATE TRIGGER due_enrolments_added AFTER INSERT ON enrolments
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (NEW.individual_id); END;
CREATE TRIGGER due_enrolments_changed AFTER UPDATE ON enrolments
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (OLD.individual_id), (NEW.individual_id); END;
CREATE TRIGGER due_enrolments_removed AFTER DELETE ON enrolments
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (OLD.individual_id); END;
CREATE TRIGGER due_consents_added AFTER INSERT ON consents
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (NEW.individual_id); END;
CREATE TRIGGER due_consents_changed AFTER UPDATE ON consents
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (OLD.individual_id), (NEW.individual_id); END;
CREATE TRIGGER due_consents_removed AFTER DELETE ON consents
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (OLD.individual_id); END;
CREATE TRIGGER due_programmes_changed AFTER UPDATE OF kind ON programmes
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) SELECT individual_id FROM enrolments WHERE programme_id = NEW.id; END;
CREATE TRIGGER due_places_changed AFTER UPDATE OF code ON places
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) SELECT individuals.id FROM individuals
    WHERE region_id = NEW.id OR place_id IN (SELECT place_id FROM place_ancestors WHERE ancestor_id = NEW.id); END;
CREATE TRIGGER due_ancestors_added AFTER INSERT ON place_ancestors
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) SELECT id FROM individuals WHERE place_id = NEW.place_id; END;
CREATE TRIGGER due_ancestors_changed AFTER UPDATE ON place_ancestors
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id)
    SELECT id FROM individuals WHERE place_id IN (OLD.place_id, NEW.place_id); END;
CREATE TRIGGER due_ancestors_removed AFTER DELETE ON place_ancestors
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) SELECT id FROM individuals WHERE place_id = OLD.place_id; END;
CREATE INDEX individuals_at ON individuals (place_id);
CREATE INDEX individuals_in ON individuals (region_id);

CREATE TRIGGER due_cases_changed AFTER UPDATE OF number_key ON cases
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) SELECT id FROM individuals WHERE case_id = NEW.id; END;
CREATE TRIGGER due_agencies_changed AFTER UPDATE OF country ON agencies
BEGIN INSERT OR IGNORE INTO coverage_due_agreements (agreement_id) SELECT id FROM agreements WHERE recipient_id = NEW.id; END;
CREATE TRIGGER due_scopes_added AFTER INSERT ON agreement_scopes
BEGIN INSERT OR IGNORE INTO coverage_due_agreements (agreement_id) VALUES (NEW.agreement_id); END;
CREATE TRIGGER due_scopes_changed AFTER UPDATE ON agreement_scopes
BEGIN INSERT OR IGNORE INTO coverage_due_agreements (agreement_id) VALUES (OLD.agreement_id), (NEW.agreement_id); END;
CREATE TRIGGER due_scopes_removed AFTER DELETE ON agreement_scopes
BEGIN INSERT OR IGNORE INTO coverage_due_agreements (agreement_id) VALUES (OLD.agreement_id); END;
CREATE TRIGGER due_signatures_added AFTER INSERT ON agreement_signatures
BEGIN INSERT OR IGNORE INTO coverage_due_agreements (agreement_id)
    SELECT id FROM agreements WHERE id = NEW.agreement_id AND status = 'DRAFT'
        AND provider_id = NEW.agency_id AND proposed_by_id IS NOT NEW.agency_id; END;
CREATE TRIGGER due_signatures_removed AFTER DELETE ON agreement_signatures
BEGIN INSERT OR IGNORE INTO coverage_due_agreements (agreement_id)
    SELECT id FROM agreements WHERE id = OLD.agreement_id AND status = 'DRAFT'; END;
CREATE TRIGGER due_agreements_added AFTER INSERT ON agreements
BEGIN INSERT OR IGNORE INTO coverage_due_agreements (agreement_id) VALUES (NEW.id); END;
-- An agreement that ends covers as before, and is no longer in force.
CREATE TRIGGER due_agreements_changed AFTER UPDATE ON agreements
WHEN NEW.status <> 'REVOKED' AND (OLD.status = 'REVOKED' OR (OLD.status = 'DRAFT') <> (NEW.status = 'DRAFT') AND NOT EXISTS (
        SELECT 1 FROM agreement_signatures WHERE agreement_id = NEW.id AND agency_id = NEW.provider_id)
    OR (NEW.provider_id, NEW.recipient_id, NEW.purpose, NEW.grants, NEW.dimensions, NEW.consent_required, NEW.emergency, NEW.level)
        IS NOT (OLD.provider_id, OLD.recipient_id, OLD.purpose, OLD.grants, OLD.dimensions, OLD.consent_required, OLD.emergency, OLD.level))
BEGIN INSERT OR IGNORE INTO coverage_due_agreements (agreement_id) VALUES (NEW.id); END;
-- A consent from a time when nothing was in force is to what comes first.
CREATE TRIGGER due_agreements_in_force AFTER UPDATE OF in_force_since, revoked_at ON agreements
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) SELECT individual_id FROM consents
    WHERE newest AND explained IS NULL AND decision = 'GIVEN' AND recipient_id = NEW.recipient_id AND purpose = NEW.purpose; END;
CREATE TRIGGER due_agreements_imported AFTER INSERT ON agreements WHEN NEW.in_force_since IS NOT NULL
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) SELECT individual_id FROM consents
    WHERE newest AND explained IS NULL AND decision = 'GIVEN' AND recipient_id = NEW.recipient_id AND purpose = NEW.purpose; END;

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
    AND (agreement.in_force_since > consent.recorded_at OR date(consent.recorded_at) <= agreement.valid_until);

-- Whom an agreement's terms cover, and until when: the row rule. It does not ask whether the agreement is in force.
CREATE VIEW covered_by_terms AS
SELECT basis_id, individual_id, recipient_id, purpose, grants,
    nullif(min(enrolled_until, consented_until), '9999-12-31') AS until
FROM (
    SELECT agreement.id AS basis_id, person.id AS individual_id, agreement.recipient_id, agreement.purpose, agreement.grants,
        CASE WHEN agreement.dimensions & 16 = 0 THEN '9999-12-31' ELSE (
            SELECT max(coalesce(enrolment.ended_on, '9999-12-31')) FROM enrolments AS enrolment
            CROSS JOIN programmes AS programme ON programme.id = enrolment.programme_id
            CROSS JOIN agreement_scopes AS scope ON scope.agreement_id = agreement.id AND scope.dimension = 'PROGRAMME'
                AND scope.value = programme.kind
            WHERE enrolment.individual_id = person.id) END AS enrolled_until,
        CASE
            -- To the country of origin, consent is always required; an unknown one is every country.
            WHEN agreement.consent_required OR recipient.country IS NOT NULL AND coalesce(person.nationality, 'UNK')
                    IN ('XXA', 'UNK', 'TIB', recipient.country) THEN (
                SELECT coalesce(date(consent.expires_on, '+1 day'), '9999-12-31') FROM consents AS consent
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
                    AND consent.purpose = agreement.purpose AND consent.newest AND consent.decision <> 'GIVEN') THEN '9999-12-31'
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
            CROSS JOIN agreement_scopes AS scope ON scope.agreement_id = agreement.id AND scope.dimension = 'SPECIFIC_NEED'
                AND scope.value IN (need.code, substr(need.code, 1, 2))
            WHERE need.individual_id = person.id))
        AND (agreement.dimensions & 32 = 0 OR EXISTS (
            SELECT 1 FROM solutions AS solution
            CROSS JOIN agreement_scopes AS scope ON scope.agreement_id = agreement.id AND scope.dimension = 'SOLUTION'
                AND scope.value = solution.kind
                AND (scope.destination IS NULL OR scope.destination = solution.destination)
                AND (scope.least_stage IS NULL OR EXISTS (SELECT 1 FROM solution_stages AS reached
                    WHERE reached.least_stage = scope.least_stage AND reached.stage = solution.stage))
            WHERE solution.individual_id = person.id)))
WHERE enrolled_until IS NOT NULL AND consented_until IS NOT NULL;

-- Agreements whose coverage is kept: those that the provider has proposed or signed, until they end.
CREATE VIEW kept_agreements AS
SELECT id FROM agreements WHERE status IN ('IN_FORCE', 'SUSPENDED') OR status = 'DRAFT' AND (proposed_by_id = provider_id
    OR EXISTS (SELECT 1 FROM agreement_signatures WHERE agreement_id = agreements.id AND agency_id = provider_id));

-- Who is covered as things stand, of those whose coverage is due. Emptied when it is kept.
CREATE TABLE coverage_found (
    individual_id BIGINT NOT NULL,
    basis_id BIGINT NOT NULL,
    recipient_id BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    grants BIGINT NOT NULL,
    until DATE,
    PRIMARY KEY (individual_id, basis_id)
) WITHOUT ROWID;

-- What their coverages are to be.
CREATE VIEW coverages_found AS
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
FROM coverage_found AS found CROSS JOIN individuals AS person ON person.id = found.individual_id;

-- Whoever begins a change of coverage has it kept.
CREATE TRIGGER coverage_kept AFTER INSERT ON coverage_changes
BEGIN
    INSERT INTO coverage_found
        SELECT person.id, -person.holder_id, person.holder_id, 'CASE_MANAGEMENT', 197631, NULL
        FROM coverage_due_people AS due CROSS JOIN individuals AS person ON person.id = due.individual_id;
    INSERT INTO coverage_found
        SELECT covered.individual_id, basis_id, recipient_id, purpose, grants, until
        FROM coverage_due_people AS due CROSS JOIN covered_by_terms AS covered ON covered.individual_id = due.individual_id
        WHERE basis_id IN (SELECT id FROM kept_agreements);
    INSERT OR IGNORE INTO coverage_found
        SELECT covered.individual_id, basis_id, recipient_id, purpose, grants, until
        FROM coverage_due_agreements AS due CROSS JOIN covered_by_terms AS covered ON covered.basis_id = due.agreement_id
        WHERE basis_id IN (SELECT id FROM kept_agreements);
    INSERT OR IGNORE INTO row_keys
        SELECT individual_id, recipient_id, purpose, random() & 9223372036854775807 FROM coverage_found
        WHERE grants & 65536 <> 0;
    INSERT OR IGNORE INTO case_keys
        SELECT case_id, recipient_id, purpose, random() & 9223372036854775807
        FROM coverage_found AS found CROSS JOIN individuals AS person ON person.id = found.individual_id
        WHERE grants & 65600 = 65600 AND case_id IS NOT NULL;
    UPDATE coverages SET ended = NEW.id
        WHERE ended IS NULL AND individual_id IN (SELECT individual_id FROM coverage_due_people)
            AND NOT EXISTS (SELECT 1 FROM coverage_found AS found WHERE found.individual_id = coverages.individual_id
                AND found.basis_id = coverages.basis_id AND found.until IS coverages.until);
    UPDATE coverages SET ended = NEW.id
        WHERE ended IS NULL AND basis_id IN (SELECT agreement_id FROM coverage_due_agreements)
            AND NOT EXISTS (SELECT 1 FROM coverage_found AS found WHERE found.individual_id = coverages.individual_id
                AND found.basis_id = coverages.basis_id AND found.until IS coverages.until);
    UPDATE coverages SET row_key = found.row_key, case_key = found.case_key, registered_on = found.registered_on, arrived_on = found.arrived_on,
            date_of_birth = found.date_of_birth, given_name_key = found.given_name_key, family_name_key = found.family_name_key,
            registration_number_key = found.registration_number_key, phone = found.phone,
            case_number_key = found.case_number_key
        FROM coverages_found AS found
        WHERE coverages.individual_id = found.individual_id AND coverages.basis_id = found.basis_id AND coverages.ended IS NULL
            AND (coverages.row_key, coverages.case_key, coverages.registered_on, coverages.arrived_on, coverages.date_of_birth,
                coverages.given_name_key, coverages.family_name_key, coverages.registration_number_key, coverages.phone,
                coverages.case_number_key)
            IS NOT (found.row_key, found.case_key, found.registered_on, found.arrived_on, found.date_of_birth, found.given_name_key,
                found.family_name_key, found.registration_number_key, found.phone, found.case_number_key);
    INSERT INTO coverages (individual_id, basis_id, since, until, row_key, case_key, registered_on, arrived_on, date_of_birth,
            given_name_key, family_name_key, registration_number_key, phone, case_number_key)
        SELECT individual_id, basis_id, NEW.id, until, row_key, case_key, registered_on, arrived_on, date_of_birth,
            given_name_key, family_name_key, registration_number_key, phone, case_number_key
        FROM coverages_found AS found
        WHERE NOT EXISTS (SELECT 1 FROM coverages WHERE coverages.individual_id = found.individual_id
            AND coverages.basis_id = found.basis_id AND coverages.ended IS NULL);
    DELETE FROM coverage_found;
    DELETE FROM coverage_due_people;
    DELETE FROM coverage_due_agreements;
END;

INSERT INTO coverage_due_people (individual_id) SELECT id FROM individuals;
INSERT INTO coverage_changes (sequence) SELECT sequence FROM audit_head;
