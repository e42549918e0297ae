-- Statistics for others: one function of the owner's counts, protects and gives finished cells; base rows stay behind the wall.

-- The dimensions of statistics: the category that each belongs to, the column that holds its value for a `person` ($1 the day, $2
-- the viewer's agency, $3 the kinds of programme that agreements show it), which part of that it is, and its closed vocabulary.
-- Several values are joined by the unit separator, U+001F.
CREATE TABLE wall.dimensions (
    dimension TEXT PRIMARY KEY,
    category TEXT NOT NULL,
    expression TEXT NOT NULL,
    part INTEGER,
    vocabulary TEXT[] NOT NULL
);
INSERT INTO wall.dimensions VALUES
    ('NATIONALITY', 'DEMOGRAPHICS', 'person.nationality', NULL, '{}'),
    ('SEX', 'DEMOGRAPHICS', 'person.sex', NULL, '{FEMALE,MALE}'),
    ('AGE_BAND', 'DEMOGRAPHICS',
        'CASE WHEN date_of_birth > ($1 - interval ''5 years'')::date THEN ''AGE_0_4''
            WHEN date_of_birth > ($1 - interval ''12 years'')::date THEN ''AGE_5_11''
            WHEN date_of_birth > ($1 - interval ''18 years'')::date THEN ''AGE_12_17''
            WHEN date_of_birth > ($1 - interval ''60 years'')::date THEN ''AGE_18_59''
            WHEN date_of_birth IS NOT NULL THEN ''AGE_60_PLUS'' ELSE age_band END', NULL,
        '{AGE_0_4,AGE_5_11,AGE_12_17,AGE_18_59,AGE_60_PLUS}'),
    ('LEGAL_STATUS', 'LEGAL_STATUS', 'person.legal_status', NULL, '{ASYLUM_SEEKER,REFUGEE,LEGAL_RESIDENT,CITIZEN,OTHER}'),
    ('REGION', 'DEMOGRAPHICS', '(SELECT code FROM places WHERE id = person.region_id)', NULL, '{}'),
    ('PLACE', 'LOCATION', '(SELECT code FROM places WHERE id = person.place_id)', NULL, '{}'),
    ('SPECIFIC_NEED', 'SPECIFIC_NEEDS', '(SELECT string_agg(DISTINCT left(code, 2), E''\x1f'') FROM specific_needs
        WHERE individual_id = person.id)', NULL, '{}'),
    ('SOLUTION_KIND', 'SOLUTIONS', '(SELECT string_agg(DISTINCT kind || '':'' || stage, E''\x1f'') FROM solutions
        WHERE individual_id = person.id)', 1, '{VOLUNTARY_REPATRIATION,RESETTLEMENT,LOCAL_INTEGRATION}'),
    ('SOLUTION_STAGE', 'SOLUTIONS', '(SELECT string_agg(DISTINCT kind || '':'' || stage, E''\x1f'') FROM solutions
        WHERE individual_id = person.id)', 2,
        '{IDENTIFIED,SUBMITTED,INTERVIEWED,ACCEPTED,DEPARTED,GRANTED,REJECTED,WITHDRAWN}'),
    ('PROGRAMME', 'ASSISTANCE', '(SELECT string_agg(DISTINCT identifier, E''\x1f'') FROM enrolments
        JOIN programmes ON programmes.id = programme_id
        WHERE individual_id = person.id AND (lead_id = $2 OR implementer_id = $2 OR kind = ANY ($3)))', NULL, '{}'),
    ('ARRIVAL_YEAR', 'LEGAL_STATUS', 'to_char(person.arrived_year_on, ''YYYY'')', NULL, '{}');

CREATE TYPE wall.cell AS (key TEXT[], people BIGINT, record_keys BIGINT, least_margin BIGINT, shown BOOLEAN);

-- Whoever knows one value less of a cell's people would still look at enough of them.
CREATE FUNCTION wall.may_show(people BIGINT, least_margin BIGINT, minimum BIGINT) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE AS $$ SELECT (people = 0 OR people >= minimum) AND least_margin >= minimum $$;

-- The number that is shown for a set of people: a ten below or above, always the same for the same people.
CREATE FUNCTION wall.rounded(people BIGINT, record_keys BIGINT, minimum BIGINT) RETURNS BIGINT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE WHEN people = 0 THEN 0 ELSE greatest(minimum, people - people % 10 + CASE WHEN people % 10 >
        ('x' || encode(substring(hmac(int8send(record_keys) || int8send(people), noise, 'sha256') FOR 4), 'hex'))::bit(32)::bigint % 10
        THEN 10 ELSE 0 END) END
    FROM wall.keys
$$;

-- The finished cells of a closed question, as `policy/statistics` describes them; the total first, without a key. Where the table
-- would have more than 5,000 cells, their number alone, without a minimum.
CREATE FUNCTION wall.statistics(grouped_by TEXT[], filtered_by TEXT[], wanted TEXT[])
RETURNS TABLE (key TEXT[], count BIGINT, minimum BIGINT)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    granted JSONB := wall.granted();
    asked TEXT[] := grouped_by || filtered_by;
    width INTEGER := cardinality(grouped_by);
    conditions INTEGER := cardinality(filtered_by);
    needed TEXT[];
    expressions TEXT[];
    keyed TEXT;
    grid TEXT;
    passing JSONB := '[]';
    kinds TEXT[];
    least BIGINT;
    total wall.cell[];
    cells wall.cell[];
    alone INTEGER[];
    changed BOOLEAN := TRUE;
    most BIGINT;
BEGIN
    IF granted IS NULL OR cardinality(asked) > 3 OR conditions <> cardinality(wanted)
        OR (SELECT count(DISTINCT dimension) FROM wall.dimensions WHERE dimension = ANY (asked)) <> cardinality(asked) THEN
        RAISE EXCEPTION 'not a closed question';
    END IF;
    SELECT coalesce(array_agg(DISTINCT category), '{}') INTO needed FROM wall.dimensions WHERE dimension = ANY (asked);
    SELECT coalesce(array_agg(DISTINCT expression), '{}') INTO expressions FROM wall.dimensions WHERE dimension = ANY (asked);
    SELECT string_agg(CASE WHEN part IS NULL THEN format('item%s', place) ELSE format('split_part(item%s, '':'', %s)', place, part) END,
            ', ' ORDER BY nth) INTO keyed
        FROM unnest(asked) WITH ORDINALITY AS one (name, nth)
        JOIN wall.dimensions ON dimension = name, LATERAL array_position(expressions, expression) AS place;
    -- Of the agreements to which the viewer's agency is a party.
    SELECT coalesce(array_agg(kind), '{}') INTO kinds FROM agreements,
            jsonb_array_elements_text(scope::jsonb -> 'programmes') AS kind
        WHERE (granted ->> 'agency')::bigint IN (provider_id, recipient_id) AND purpose = granted ->> 'purpose'
            AND status = 'IN_FORCE' AND (granted ->> 'today')::date BETWEEN valid_from AND valid_until
            AND (NOT emergency OR wall.closes_at(id) IS NOT NULL);
    SELECT max(minimum_cell_size) INTO least FROM agreements
        WHERE status = 'IN_FORCE' AND (granted ->> 'today')::date BETWEEN valid_from AND valid_until
            AND (granted ->> 'agency')::bigint IN (provider_id, recipient_id)
            AND EXISTS (SELECT FROM wall.terms() AS terms WHERE NOT terms.own AND terms.categories @> needed
                AND terms.provider_id IN (agreements.provider_id, agreements.recipient_id));
    IF least IS NULL THEN
        RAISE EXCEPTION 'not granted';
    END IF;
    least := greatest(5, least);
    FOR nth IN 1..conditions LOOP
        passing := passing || jsonb_build_array(CASE
            WHEN filtered_by[nth] IN ('REGION', 'PLACE') THEN (
                SELECT coalesce(jsonb_agg(code), '[]') FROM place_ancestors JOIN places ON places.id = place_id
                WHERE ancestor_id = wanted[nth]::bigint)
            WHEN filtered_by[nth] = 'PROGRAMME' THEN (
                SELECT coalesce(jsonb_agg(identifier), '[]') FROM programmes WHERE id = wanted[nth]::bigint)
            ELSE jsonb_build_array(wanted[nth]) END);
    END LOOP;

    SELECT format('SELECT ARRAY[%s]::text[] AS key FROM %s',
            coalesce(string_agg(format('axis%s.value', nth), ', ' ORDER BY nth), ''),
            coalesce(string_agg(format('axis AS axis%s', nth), ', ' ORDER BY nth), '(SELECT) AS nothing'))
        || coalesce(' WHERE ' || string_agg(format('axis%s.nth = %s', nth, nth), ' AND ' ORDER BY nth), ' WHERE FALSE') INTO grid
        FROM generate_series(1, width) AS nth;
    -- An atom is people with the same values throughout; a combination one of the keys under which they are counted.
    EXECUTE format($statement$
        WITH atom AS MATERIALIZED (
            SELECT row_number() OVER () AS atom, lists, count(*)::bigint AS people, sum(record_key)::bigint AS record_keys
            FROM (SELECT record_key, ARRAY[%1$s]::text[] AS lists FROM individuals AS person
                WHERE person.id IN (SELECT individual_id FROM wall.covered
                    WHERE NOT own AND covered.categories @> $4)) AS counted
            GROUP BY lists),
        combination AS MATERIALIZED (
            SELECT DISTINCT atom, people, record_keys, key[1:$5] AS key,
                ARRAY(SELECT nth FROM generate_series(1, $6) AS nth
                    WHERE coalesce($7 -> (nth - 1) ? (key[$5 + nth]), FALSE) IS FALSE) AS failing
            FROM (SELECT atom, people, record_keys, ARRAY[%2$s]::text[] AS key FROM atom,
                unnest(coalesce(string_to_array(lists[1], E'\x1f'), '{NULL}')) AS item1,
                unnest(coalesce(string_to_array(lists[2], E'\x1f'), '{NULL}')) AS item2,
                unnest(coalesce(string_to_array(lists[3], E'\x1f'), '{NULL}')) AS item3) AS keyed),
        axis AS MATERIALIZED (
            SELECT nth, key[nth] AS value FROM combination, generate_series(1, $5) AS nth
            UNION SELECT nth, unnest(vocabulary) FROM unnest($8) WITH ORDINALITY AS one (name, nth)
                JOIN wall.dimensions ON dimension = name),
        size AS (SELECT coalesce(exp(sum(ln(many)))::numeric(20, 0), 0)::bigint AS most
            FROM (SELECT count(*) AS many FROM axis GROUP BY nth) AS axes),
        grid AS (SELECT * FROM (%3$s) AS everything WHERE (SELECT most FROM size) <= 5000),
        figure AS (SELECT key, sum(people)::bigint AS people, sum(record_keys)::bigint AS record_keys
            FROM (SELECT DISTINCT atom, people, record_keys, key FROM combination WHERE failing = '{}') AS passing GROUP BY key),
        margin AS (SELECT nth, rest, sum(people)::bigint AS people
            FROM (SELECT DISTINCT atom, people, nth, key[:nth - 1] || key[nth + 1:] AS rest
                FROM combination, generate_series(1, $5) AS nth WHERE failing = '{}') AS wider GROUP BY nth, rest),
        unfiltered AS (SELECT nth, key, sum(people)::bigint AS people
            FROM (SELECT DISTINCT atom, people, nth, key FROM combination, generate_series(1, $6) AS nth
                WHERE failing <@ ARRAY[nth]) AS wider GROUP BY nth, key),
        cell AS (SELECT grid.key, coalesce(figure.people, 0) AS people, coalesce(figure.record_keys, 0) AS record_keys,
                least((SELECT min(coalesce(margin.people, 0)) FROM generate_series(1, $5) AS every LEFT JOIN margin
                        ON margin.nth = every AND margin.rest = grid.key[:every - 1] || grid.key[every + 1:]),
                    (SELECT min(coalesce(unfiltered.people, 0)) FROM generate_series(1, $6) AS every LEFT JOIN unfiltered
                        ON unfiltered.nth = every AND unfiltered.key = grid.key)) AS least_margin
            FROM grid LEFT JOIN figure ON figure.key = grid.key)
        SELECT (SELECT most FROM size),
            (SELECT array_agg((key, people, record_keys, least_margin, wall.may_show(people, least_margin, $9))::wall.cell
                ORDER BY key[1] COLLATE "C" NULLS FIRST, key[2] COLLATE "C" NULLS FIRST, key[3] COLLATE "C" NULLS FIRST) FROM cell),
            ARRAY(SELECT (NULL::text[], coalesce(sum(people), 0), coalesce(sum(record_keys), 0), coalesce((
                    SELECT min((SELECT coalesce(sum(people), 0) FROM (
                        SELECT DISTINCT atom, people FROM combination WHERE failing <@ ARRAY[nth]) AS wider))
                    FROM generate_series(1, $6) AS nth), 9223372036854775807), NULL)::wall.cell
                FROM (SELECT DISTINCT atom, people, record_keys FROM combination WHERE failing = '{}') AS everybody)
        $statement$, array_to_string(expressions, ', '), coalesce(keyed, ''), grid)
        INTO most, cells, total
        USING (granted ->> 'today')::date, (granted ->> 'agency')::bigint, kinds, needed, width, conditions, passing, grouped_by,
            least;
    IF most > 5000 THEN
        RETURN QUERY SELECT NULL::text[], most, NULL::bigint;
        RETURN;
    END IF;

    -- A lone suppressed cell of a line takes the smallest shown one with it that is not zero. A line varies one value; the whole
    -- table is one too.
    WHILE changed LOOP
        changed := FALSE;
        FOR varying IN 1..width + 1 LOOP
            SELECT array_agg(smallest) INTO alone FROM (
                SELECT (array_agg(nth ORDER BY people, nth) FILTER (WHERE shown AND people > 0))[1] AS smallest
                FROM unnest(cells) WITH ORDINALITY AS cell (key, people, record_keys, least_margin, shown, nth)
                GROUP BY CASE WHEN varying > width THEN '{}' ELSE key[:varying - 1] || key[varying + 1:] END
                HAVING count(*) FILTER (WHERE NOT shown) = 1) AS lines
            WHERE smallest IS NOT NULL;
            IF alone IS NOT NULL THEN
                changed := TRUE;
                SELECT array_agg((key, people, record_keys, least_margin, shown AND nth <> ALL (alone))::wall.cell ORDER BY nth)
                    INTO cells
                    FROM unnest(cells) WITH ORDINALITY AS cell (key, people, record_keys, least_margin, shown, nth);
            END IF;
        END LOOP;
    END LOOP;
    RETURN QUERY SELECT NULL::text[], CASE WHEN wall.may_show(people, least_margin, least)
        THEN wall.rounded(people, record_keys, least) END, least
        FROM unnest(total) AS whole (key, people, record_keys, least_margin, shown);
    RETURN QUERY SELECT cell.key, CASE WHEN cell.shown THEN wall.rounded(cell.people, cell.record_keys, least) END, least
        FROM unnest(cells) WITH ORDINALITY AS cell (key, people, record_keys, least_margin, shown, nth) ORDER BY nth;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA wall FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.statistics TO panoh_server;
