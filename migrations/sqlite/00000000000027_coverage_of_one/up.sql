-- One person's coverage is found by the person: the planner began with everybody's, which took a third of a second of 100,000 people.
DROP TRIGGER coverage_kept;
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
