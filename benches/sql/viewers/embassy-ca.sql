-- One agreement, IDENTIFIED: DEMOGRAPHICS, IDENTITY, FAMILY, SOLUTIONS. By row key, since no date is shared.
--@ columns
individuals.id, coverages.row_key::text AS value, family_name, NULL::bigint AS place_id, case_id, false AS with_needs,
true AS with_solutions, false AS with_enrolments, sex, nationality, registration_number, given_name, individuals.date_of_birth,
NULL AS phone, NULL AS legal_status, NULL AS arrived_on, NULL AS registered_on
--@ rows
FROM coverages JOIN individuals ON individuals.id = coverages.individual_id
WHERE coverages.basis_id = (SELECT agreements.id FROM agreements WHERE reference = 'DSA-2003-06') AND coverages.row_key IS NOT NULL
    AND coverages.ended IS NULL AND (coverages.until IS NULL OR coverages.until > current_date)
--@ order
ORDER BY coverages.row_key
--@ after
coverages.row_key > {value}::bigint
--@ member
EXISTS (SELECT FROM coverages AS own WHERE own.individual_id = member.id
    AND own.basis_id = (SELECT agreements.id FROM agreements WHERE reference = 'DSA-2003-06') AND own.ended IS NULL
    AND (own.until IS NULL OR own.until > current_date) OFFSET 0)
--@ programme
false
--@ need
false
