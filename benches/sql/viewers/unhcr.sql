-- The holder of all records: everything, newest registration first; the few without a date come after all pages that are timed.
--@ columns
individuals.id, coverages.registered_on::text || ' ' || coverages.row_key AS value, family_name, place_id, case_id,
true AS with_needs, true AS with_solutions, true AS with_enrolments, sex, nationality, registration_number, given_name,
individuals.date_of_birth, individuals.phone, legal_status, individuals.arrived_on, individuals.registered_on
--@ rows
FROM coverages JOIN individuals ON individuals.id = coverages.individual_id
WHERE coverages.basis_id = (SELECT -agencies.id FROM agencies WHERE code = 'unhcr') AND coverages.row_key IS NOT NULL
    AND coverages.ended IS NULL AND (coverages.until IS NULL OR coverages.until > current_date)
--@ order
AND coverages.registered_on IS NOT NULL
ORDER BY coverages.registered_on DESC, coverages.row_key DESC
--@ after
(coverages.registered_on, coverages.row_key) < (split_part({value}, ' ', 1)::date, split_part({value}, ' ', 2)::bigint)
--@ member
true
--@ programme
true
--@ need
EXISTS (SELECT FROM specific_needs WHERE individual_id = individuals.id AND (code = {need} OR code LIKE {need} || '-%') OFFSET 0)
