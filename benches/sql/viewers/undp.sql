-- One agreement, IDENTIFIED: DEMOGRAPHICS, IDENTITY, CONTACT, LOCATION, ASSISTANCE. By row key, since no date is shared.
--@ columns
individuals.id, NULL AS value, family_name, place_id, NULL::bigint AS case_id, false AS with_needs, false AS with_solutions,
true AS with_enrolments, sex, nationality, registration_number, given_name, date_of_birth, phone, NULL AS legal_status,
NULL AS arrived_on, NULL AS registered_on
--@ rows
FROM individuals
WHERE EXISTS (SELECT FROM wall.visible WHERE visible.individual_id = individuals.id OFFSET 0)
--@ order
ORDER BY individuals.id
--@ after
individuals.id > {key}
--@ member
false
--@ programme
(kind IN ('MICRO_CREDIT', 'HOUSING', 'SCHOOL')
    OR (SELECT id FROM agencies WHERE code = 'undp') IN (lead_id, implementer_id))
--@ need
false
