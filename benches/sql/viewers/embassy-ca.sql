-- One agreement, IDENTIFIED: DEMOGRAPHICS, IDENTITY, FAMILY, SOLUTIONS. By row key, since no date is shared.
--@ columns
individuals.id, NULL AS value, family_name, NULL::bigint AS place_id, case_id, false AS with_needs, true AS with_solutions,
false AS with_enrolments, sex, nationality, registration_number, given_name, date_of_birth, NULL AS phone,
NULL AS legal_status, NULL AS arrived_on, NULL AS registered_on
--@ rows
FROM individuals
WHERE EXISTS (SELECT FROM wall.visible WHERE visible.individual_id = individuals.id OFFSET 0)
--@ order
ORDER BY individuals.id
--@ after
individuals.id > {key}
--@ member
EXISTS (SELECT FROM wall.visible WHERE visible.individual_id = member.id OFFSET 0)
--@ programme
false
--@ need
false
