-- One agreement, IDENTIFIED: DEMOGRAPHICS, IDENTITY, CONTACT, LOCATION, ASSISTANCE. By row key, since no date is shared.
--@ columns
individuals.id, coverages.row_key::text AS value, family_name, place_id, NULL::bigint AS case_id, false AS with_needs,
false AS with_solutions, true AS with_enrolments, sex, nationality, registration_number, given_name, individuals.date_of_birth,
individuals.phone, NULL AS legal_status, NULL AS arrived_on, NULL AS registered_on
--@ rows
FROM coverages JOIN individuals ON individuals.id = coverages.individual_id
WHERE coverages.basis_id = (SELECT agreements.id FROM agreements WHERE reference = 'DSA-2003-01') AND coverages.row_key IS NOT NULL
    AND coverages.ended IS NULL AND (coverages.until IS NULL OR coverages.until > current_date)
--@ order
ORDER BY coverages.row_key
--@ after
coverages.row_key > {value}::bigint
--@ member
false
--@ programme
(kind IN ('MICRO_CREDIT', 'HOUSING', 'SCHOOL')
    OR (SELECT id FROM agencies WHERE code = 'undp') IN (lead_id, implementer_id))
--@ need
false
