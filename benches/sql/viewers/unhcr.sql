-- The holder of all records: everything, newest registration first; the few without a date come after all pages that are timed.
--@ columns
individuals.id, registered_on::text AS value, family_name, place_id, case_id, true AS with_needs, true AS with_solutions,
true AS with_enrolments, sex, nationality, registration_number, given_name, date_of_birth, phone, legal_status, arrived_on,
registered_on
--@ rows
FROM individuals
WHERE holder_id = (SELECT id FROM agencies WHERE code = 'unhcr')
--@ order
AND registered_on IS NOT NULL
ORDER BY registered_on DESC, individuals.id DESC
--@ after
(registered_on, individuals.id) < ({value}::date, {key})
--@ member
true
--@ programme
true
--@ need
EXISTS (SELECT FROM specific_needs WHERE individual_id = individuals.id AND (code = {need} OR code LIKE {need} || '-%'))
