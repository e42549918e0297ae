-- Two agreements. IDENTIFIED: DEMOGRAPHICS, IDENTITY, LEGAL_STATUS, SPECIFIC_NEEDS, FAMILY, SOLUTIONS; PSEUDONYMISED:
-- DEMOGRAPHICS, IDENTITY, LEGAL_STATUS, SOLUTIONS. Newest registration first, of pseudonymised people by its year alone.
--@ columns
individuals.id, CASE WHEN identified THEN registered_on ELSE registered_year_on END::text AS value,
CASE WHEN identified THEN family_name END AS family_name, NULL::bigint AS place_id,
CASE WHEN identified THEN case_id END AS case_id, identified AS with_needs, true AS with_solutions, false AS with_enrolments,
sex, nationality, CASE WHEN identified THEN registration_number END AS registration_number,
CASE WHEN identified THEN given_name END AS given_name, CASE WHEN identified THEN date_of_birth END AS date_of_birth,
NULL AS phone, legal_status, CASE WHEN identified THEN arrived_on ELSE arrived_year_on END AS arrived_on,
CASE WHEN identified THEN registered_on ELSE registered_year_on END AS registered_on
--@ rows
FROM individuals CROSS JOIN LATERAL (
    SELECT bool_or('FAMILY' = ANY (categories)) AS identified FROM wall.visible WHERE visible.individual_id = individuals.id
) AS cover
WHERE identified IS NOT NULL
--@ order
ORDER BY CASE WHEN identified THEN registered_on ELSE registered_year_on END DESC NULLS LAST, individuals.id DESC
--@ after
(CASE WHEN identified THEN registered_on ELSE registered_year_on END, individuals.id) < ({value}::date, {key})
--@ member
EXISTS (SELECT FROM wall.visible WHERE visible.individual_id = member.id AND 'FAMILY' = ANY (visible.categories) OFFSET 0)
--@ programme
false
--@ need
identified AND EXISTS (SELECT FROM specific_needs
    WHERE individual_id = individuals.id AND (code = {need} OR code LIKE {need} || '-%'))
