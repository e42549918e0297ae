-- Up to 50 people with five nested edges, as one JSON value.
WITH page AS MATERIALIZED ({listing} LIMIT 50)
SELECT coalesce(json_agg(json_build_object(
    'id', page.id,
    'familyName', page.family_name,
    'place', (SELECT json_build_object('name', name) FROM places WHERE places.id = page.place_id),
    'case', (
        SELECT json_build_object('number', number, 'members', (
            SELECT coalesce(json_agg(json_build_object('id', member.id)), '[]') FROM individuals AS member
            WHERE member.case_id = cases.id AND {member}))
        FROM cases WHERE cases.id = page.case_id),
    'specificNeeds', CASE WHEN page.with_needs THEN (
        SELECT coalesce(json_agg(json_build_object('code', code)), '[]') FROM specific_needs
        WHERE individual_id = page.id) END,
    'solutions', CASE WHEN page.with_solutions THEN (
        SELECT coalesce(json_agg(json_build_object('stage', stage)), '[]') FROM solutions
        WHERE individual_id = page.id) END,
    'enrolments', CASE WHEN page.with_enrolments THEN (
        SELECT coalesce(json_agg(json_build_object('programme', json_build_object('name', programmes.name))), '[]')
        FROM enrolments JOIN programmes ON programmes.id = programme_id
        WHERE individual_id = page.id AND {programme}) END
)), '[]')
FROM page
