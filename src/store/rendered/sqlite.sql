-- Which stages of a solution count as one or later.
DELETE FROM solution_stages;
INSERT INTO solution_stages (least_stage, stage) VALUES ('IDENTIFIED', 'IDENTIFIED'), ('IDENTIFIED', 'SUBMITTED'), ('IDENTIFIED', 'INTERVIEWED'), ('IDENTIFIED', 'ACCEPTED'), ('IDENTIFIED', 'DEPARTED'), ('IDENTIFIED', 'GRANTED'), ('SUBMITTED', 'SUBMITTED'), ('SUBMITTED', 'INTERVIEWED'), ('SUBMITTED', 'ACCEPTED'), ('SUBMITTED', 'DEPARTED'), ('SUBMITTED', 'GRANTED'), ('INTERVIEWED', 'INTERVIEWED'), ('INTERVIEWED', 'ACCEPTED'), ('INTERVIEWED', 'DEPARTED'), ('INTERVIEWED', 'GRANTED'), ('ACCEPTED', 'ACCEPTED'), ('ACCEPTED', 'DEPARTED'), ('ACCEPTED', 'GRANTED'), ('DEPARTED', 'DEPARTED'), ('GRANTED', 'GRANTED'), ('REJECTED', 'REJECTED'), ('WITHDRAWN', 'WITHDRAWN');

-- Whom an agreement's terms cover, and until when: the row rule. It does not ask whether the agreement is in force.
DROP VIEW IF EXISTS covered_by_terms;
CREATE VIEW covered_by_terms AS
SELECT basis_id, individual_id, recipient_id, purpose, grants,
    nullif(min(enrolled_until, nominated_until, consented_until), '9999-12-31') AS until
FROM (
    SELECT agreement.id AS basis_id, person.id AS individual_id, agreement.recipient_id, agreement.purpose, agreement.grants,
        CASE WHEN agreement.dimensions & 16 = 0 THEN '9999-12-31' ELSE (
            SELECT max(coalesce(enrolment.ended_on, '9999-12-31')) FROM enrolments AS enrolment
            CROSS JOIN programmes AS programme ON programme.id = enrolment.programme_id
            CROSS JOIN agreement_scopes AS scope ON scope.agreement_id = agreement.id AND scope.dimension = 'PROGRAMME'
                AND scope.value = programme.kind
            WHERE enrolment.individual_id = person.id) END AS enrolled_until,
        -- A nomination counts until the ride closes, and while the person does not withdraw from that country.
        CASE WHEN agreement.dimensions & 64 = 0 THEN '9999-12-31' ELSE (
            SELECT max(date(ride.closes_on, '+1 day')) FROM nominations AS nomination
            CROSS JOIN circuit_rides AS ride ON ride.id = nomination.circuit_ride_id AND ride.status = 'REQUESTED'
                AND ride.requester_id = agreement.recipient_id
            CROSS JOIN agreement_scopes AS scope ON scope.agreement_id = agreement.id AND scope.dimension = 'CIRCUIT_RIDE'
                AND scope.value = ride.country
            WHERE nomination.individual_id = person.id AND nomination.withdrawn_on IS NULL AND EXISTS (
                SELECT 1 FROM solutions AS solution
                WHERE solution.individual_id = person.id AND solution.kind = 'RESETTLEMENT'
                    AND solution.destination = ride.country AND solution.stage NOT IN ('IDENTIFIED', 'WITHDRAWN'))) END AS nominated_until,
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
WHERE enrolled_until IS NOT NULL AND nominated_until IS NOT NULL AND consented_until IS NOT NULL;

-- What their coverages are to be.
DROP VIEW IF EXISTS coverages_found;
CREATE VIEW coverages_found AS
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
FROM coverage_found AS found CROSS JOIN individuals AS person ON person.id = found.individual_id;

-- Marks as due whose record is corrected. A mark of when it changed last decides nobody's coverage.
DROP TRIGGER IF EXISTS due_corrected;
CREATE TRIGGER due_corrected AFTER UPDATE OF id, holder_id, case_id, sex, nationality, region_id, age_band, registration_number, given_name, family_name, date_of_birth, phone, place_id, legal_status, arrived_on, registered_on, closed_as, closed_on, registration_number_key, given_name_key, family_name_key, arrived_year_on, registered_year_on, audit_key, anonymised, retained_from, merged_into_id ON individuals
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (NEW.id); END;

-- Whoever begins a change of coverage has it kept.
DROP TRIGGER IF EXISTS coverage_kept;
CREATE TRIGGER coverage_kept AFTER INSERT ON coverage_changes
BEGIN
    INSERT INTO coverage_found
        SELECT person.id, -person.holder_id, person.holder_id, 'CASE_MANAGEMENT', 197631, NULL
        FROM coverage_due_people AS due CROSS JOIN individuals AS person ON person.id = due.individual_id
        WHERE person.merged_into_id IS NULL;
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
        WHERE grants & 65536 = 65536;
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
        WHERE coverages.individual_id IN (SELECT individual_id FROM coverage_found)
            AND coverages.individual_id = found.individual_id AND coverages.basis_id = found.basis_id AND coverages.ended IS NULL
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

-- As a demarche is delivered, or becomes a draft again, it rests on patterns as they are by then, and on none with fewer events or people
-- than one that is cited has. A draft rests on them as they are corrected.
DROP TRIGGER IF EXISTS citations_settled;
CREATE TRIGGER citations_settled AFTER UPDATE OF delivered_on ON demarches WHEN (OLD.delivered_on IS NULL) <> (NEW.delivered_on IS NULL)
BEGIN
    DELETE FROM demarche_patterns WHERE demarche_id = NEW.id AND NOT (
        SELECT count(DISTINCT event_id) >= 2 AND count(DISTINCT individual_id) >= 5 FROM incidents
        WHERE incidents.pattern_id = demarche_patterns.pattern_id AND verification <> 'UNFOUNDED');
    UPDATE demarche_patterns SET (name, kind, actor) = (
        SELECT name, kind, actor FROM incident_patterns WHERE incident_patterns.id = demarche_patterns.pattern_id)
        WHERE demarche_id = NEW.id;
END;
DROP TRIGGER IF EXISTS citations_corrected;
CREATE TRIGGER citations_corrected AFTER UPDATE ON incident_patterns
BEGIN
    UPDATE demarche_patterns SET name = NEW.name, kind = NEW.kind, actor = NEW.actor
        WHERE pattern_id = NEW.id AND demarche_id IN (SELECT id FROM demarches WHERE delivered_on IS NULL);
END;
