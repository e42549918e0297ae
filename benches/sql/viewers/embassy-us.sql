-- Two agreements. IDENTIFIED: DEMOGRAPHICS, IDENTITY, LEGAL_STATUS, SPECIFIC_NEEDS, FAMILY, SOLUTIONS; PSEUDONYMISED:
-- DEMOGRAPHICS, IDENTITY, LEGAL_STATUS, SOLUTIONS. Newest registration first, of pseudonymised people by its year alone.
--@ columns
individuals.id, cover.registered_on::text || ' ' || cover.row_key AS value,
CASE WHEN identified THEN family_name END AS family_name, NULL::bigint AS place_id,
CASE WHEN identified THEN case_id END AS case_id, identified AS with_needs, true AS with_solutions, false AS with_enrolments,
sex, nationality, CASE WHEN identified THEN registration_number END AS registration_number,
CASE WHEN identified THEN given_name END AS given_name,
CASE WHEN identified THEN individuals.date_of_birth END AS date_of_birth, NULL AS phone, legal_status,
CASE WHEN identified THEN individuals.arrived_on ELSE arrived_year_on END AS arrived_on, cover.registered_on AS registered_on
--@ rows
FROM (
    SELECT individual_id, row_key, registered_on, true AS identified FROM coverages
    WHERE basis_id = (SELECT agreements.id FROM agreements WHERE reference = 'DSA-2003-03') AND row_key IS NOT NULL
        AND ended IS NULL AND (until IS NULL OR until > current_date)
    UNION ALL SELECT individual_id, row_key, registered_on, false FROM coverages AS pool
    WHERE basis_id = (SELECT agreements.id FROM agreements WHERE reference = 'DSA-2003-04') AND row_key IS NOT NULL
        AND ended IS NULL AND (until IS NULL OR until > current_date)
        AND NOT EXISTS (SELECT FROM coverages AS shown WHERE shown.individual_id = pool.individual_id
            AND shown.basis_id = (SELECT agreements.id FROM agreements WHERE reference = 'DSA-2003-03')
            AND shown.ended IS NULL AND (shown.until IS NULL OR shown.until > current_date) OFFSET 0)
) AS cover JOIN individuals ON individuals.id = cover.individual_id
WHERE true
--@ order
AND cover.registered_on IS NOT NULL
ORDER BY cover.registered_on DESC, cover.row_key DESC
--@ after
(cover.registered_on, cover.row_key) < (split_part({value}, ' ', 1)::date, split_part({value}, ' ', 2)::bigint)
--@ member
EXISTS (SELECT FROM coverages AS own WHERE own.individual_id = member.id
    AND own.basis_id = (SELECT agreements.id FROM agreements WHERE reference = 'DSA-2003-03') AND own.ended IS NULL
    AND (own.until IS NULL OR own.until > current_date) OFFSET 0)
--@ programme
false
--@ need
identified AND EXISTS (SELECT FROM specific_needs
    WHERE individual_id = individuals.id AND (code = {need} OR code LIKE {need} || '-%') OFFSET 0)
