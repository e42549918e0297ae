-- Who a transaction's viewer is, and what row level security shows it: the rows that are covered on one of its bases. A basis is an
-- agreement that counts today, or what its agency holds itself.

-- The database's date in UTC. The server's clock, by which a day is stated, may be in another day already, or still.
CREATE FUNCTION wall.database_date() RETURNS DATE
LANGUAGE sql STABLE AS $$ SELECT (now() AT TIME ZONE 'UTC')::date $$;
CREATE FUNCTION wall.may_be_today(day DATE) RETURNS BOOLEAN
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT abs(day - wall.database_date()) <= 1 $$;

-- The day on which coverage is judged: the one that the transaction states, if it may be today. None is no day.
CREATE FUNCTION wall.day() RETURNS DATE
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT day FROM (SELECT nullif(current_setting('panoh.day', true), '')::date AS day) AS stated WHERE wall.may_be_today(day)
$$;

-- The bit of a category in what an agreement grants.
CREATE FUNCTION wall.bit(category TEXT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE AS $$
    SELECT 1::bigint << (array_position(ARRAY['DEMOGRAPHICS', 'IDENTITY', 'CONTACT', 'LOCATION', 'LEGAL_STATUS', 'SPECIFIC_NEEDS',
        'FAMILY', 'SOLUTIONS', 'ASSISTANCE', 'PROTECTION'], category) - 1)
$$;

-- The seal of what a viewer is granted, good until something changes that decides access. For the owner alone.
CREATE FUNCTION wall.sealed(granted TEXT, until TEXT) RETURNS TEXT
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT encode(hmac(convert_to(concat_ws(E'\n\n', policy_epoch, until, granted), 'UTF8'), seal, 'sha256'), 'hex')
        FROM wall.keys, audit_head);
END
$$;

-- What the transaction's viewer is granted; nothing where its seal does not hold, or what was open for an emergency has closed.
CREATE OR REPLACE FUNCTION wall.granted() RETURNS JSONB
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    granted TEXT := current_setting('panoh.granted', true);
    until TEXT := current_setting('panoh.until', true);
BEGIN
    IF current_setting('panoh.seal', true) = wall.sealed(granted, until)
        AND (until = '' OR until::timestamp > now() AT TIME ZONE 'UTC') THEN
        RETURN granted::jsonb;
    END IF;
    RETURN NULL;
END
$$;

-- The viewer's bases that show rows; of a category, those that grant it.
CREATE FUNCTION wall.bases(category TEXT DEFAULT 'ROWS') RETURNS BIGINT[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (wall.granted() ->> category)::bigint[];
END
$$;

-- What the client that has a key is granted: who it is and, for a purpose for which it is registered, its bases.
CREATE FUNCTION wall.grant_of(claimed_key_hash TEXT, stated_purpose TEXT, day DATE) RETURNS JSONB
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    viewer RECORD;
    granted JSONB;
    own BIGINT;
BEGIN
    IF wall.may_be_today(day) IS NOT TRUE THEN
        RAISE EXCEPTION 'the day that the server states is not the database''s';
    END IF;
    SELECT clients.id, role, agency_id AS agency, coalesce(stated_purpose, default_purpose) AS purpose INTO viewer
        FROM clients WHERE key_hash = claimed_key_hash AND disabled_at IS NULL;
    IF NOT EXISTS (SELECT FROM client_purposes WHERE client_id = viewer.id AND purpose = viewer.purpose) THEN
        RETURN jsonb_build_object('client', viewer.id);
    END IF;
    own := CASE WHEN viewer.purpose = 'CASE_MANAGEMENT' THEN viewer.agency END;
    WITH basis AS (
        SELECT id, level, grants, wall.closes_at(id) AS closes_at FROM agreements
        WHERE own IS NULL AND recipient_id = viewer.agency AND agreements.purpose = viewer.purpose AND status = 'IN_FORCE'
            AND day BETWEEN valid_from AND valid_until AND (NOT emergency OR wall.closes_at(id) IS NOT NULL)
        UNION ALL SELECT -own, 'IDENTIFIED', 197631, NULL WHERE own IS NOT NULL)
    SELECT jsonb_build_object('client', viewer.id, 'role', viewer.role, 'agency', viewer.agency, 'purpose', viewer.purpose,
            'today', day, 'own', own, 'until', (SELECT min(closes_at) FROM basis),
            'counting', ARRAY(SELECT id FROM basis WHERE own IS NULL)::text,
            'ROWS', ARRAY(SELECT id FROM basis WHERE level <> 'STATISTICS')::text)
        || (SELECT jsonb_object_agg(category, ARRAY(
                SELECT id FROM basis WHERE level <> 'STATISTICS' AND grants & wall.bit(category) <> 0)::text)
            FROM unnest(ARRAY['SPECIFIC_NEEDS', 'FAMILY', 'SOLUTIONS', 'ASSISTANCE', 'PROTECTION']) AS category)
        INTO granted;
    RETURN granted;
END
$$;

-- Opens the transaction for the client that has a key; another transaction is opened by setting the same again, as long as the seal
-- holds. For a purpose for which the client is not registered it is opened for nothing.
CREATE FUNCTION wall.open(claimed_key_hash TEXT, stated_purpose TEXT, day DATE)
RETURNS TABLE (granted TEXT, until TEXT, seal TEXT)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    held JSONB := wall.grant_of(claimed_key_hash, stated_purpose, day);
BEGIN
    granted := held::text;
    until := coalesce(held ->> 'until', '');
    seal := wall.sealed(granted, until);
    PERFORM set_config('panoh.granted', granted, true), set_config('panoh.until', until, true), set_config('panoh.seal', seal, true),
        set_config('panoh.day', day::text, true);
    RETURN NEXT;
END
$$;

ALTER TABLE coverages ENABLE ROW LEVEL SECURITY;
ALTER TABLE coverages FORCE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON coverages TO CURRENT_USER USING (true) WITH CHECK (true);
-- What its bases cover now is the viewer's. A holder's data officer reads, with its history, whom its own agreements cover.
CREATE POLICY viewer ON coverages FOR SELECT TO panoh_server USING (
    basis_id = ANY ((SELECT wall.bases())::bigint[]) AND ended IS NULL AND (until IS NULL OR until > (SELECT wall.day()))
    OR basis_id IN (SELECT id FROM agreements, wall.granted() AS granted
        WHERE provider_id = (granted ->> 'own')::bigint AND granted ->> 'role' = 'DATA_OFFICER'));

-- `OFFSET 0` keeps the planner from gathering everybody who is covered for the sake of a few rows.
CREATE POLICY viewer ON individuals FOR SELECT TO panoh_server USING (EXISTS (
    SELECT FROM coverages AS coverage WHERE coverage.individual_id = individuals.id
        AND coverage.basis_id = ANY ((SELECT wall.bases())::bigint[]) AND coverage.ended IS NULL
        AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
CREATE POLICY viewer ON cases FOR SELECT TO panoh_server USING (
    holder_id = (SELECT (wall.granted() ->> 'own')::bigint) OR EXISTS (
    SELECT FROM individuals AS member JOIN coverages AS coverage ON coverage.individual_id = member.id
    WHERE member.case_id = cases.id AND coverage.basis_id = ANY ((SELECT wall.bases('FAMILY'))::bigint[]) AND coverage.ended IS NULL
        AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));
DO $$
DECLARE
    item RECORD;
BEGIN
    FOR item IN SELECT * FROM (VALUES ('specific_needs', 'SPECIFIC_NEEDS'), ('solutions', 'SOLUTIONS'), ('incidents', 'PROTECTION'),
        ('enrolments', 'ASSISTANCE'), ('assistance', 'ASSISTANCE')) AS items (walled, category)
    LOOP
        EXECUTE format('CREATE POLICY viewer ON %1$I FOR SELECT TO panoh_server USING (EXISTS (
            SELECT FROM coverages AS coverage WHERE coverage.individual_id = %1$I.individual_id
                AND coverage.basis_id = ANY ((SELECT wall.bases(%2$L))::bigint[]) AND coverage.ended IS NULL
                AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0))',
            item.walled, item.category);
    END LOOP;
END
$$;
CREATE POLICY viewer ON consents FOR SELECT TO panoh_server USING (
    ((SELECT wall.granted() ->> 'own' IS NOT NULL)
        OR recipient_id || ' ' || purpose = (SELECT concat_ws(' ', granted ->> 'agency', granted ->> 'purpose')
            FROM wall.granted() AS granted))
    AND EXISTS (SELECT FROM individuals WHERE individuals.id = consents.individual_id OFFSET 0));
CREATE POLICY holder_records ON consents FOR INSERT TO panoh_server WITH CHECK (
    (SELECT wall.granted() ->> 'role') IN ('CASEWORKER', 'DATA_OFFICER') AND EXISTS (SELECT FROM individuals
    WHERE individuals.id = consents.individual_id AND holder_id = (SELECT (wall.granted() ->> 'own')::bigint) OFFSET 0));
CREATE POLICY holder_supersedes ON consents FOR UPDATE TO panoh_server USING (
    (SELECT wall.granted() ->> 'role') IN ('CASEWORKER', 'DATA_OFFICER') AND EXISTS (SELECT FROM individuals
    WHERE individuals.id = consents.individual_id AND holder_id = (SELECT (wall.granted() ->> 'own')::bigint) OFFSET 0));

-- Agreements are their parties' alone. They take the steps of their life, and the moments of these are those at which they happen.
CREATE FUNCTION wall.may_become(agreement BIGINT, new_status TEXT, new_in_force_since TIMESTAMP, new_revoked_at TIMESTAMP)
RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT wall.is_party(provider_id, recipient_id)
        AND CASE status
            WHEN 'DRAFT' THEN new_status = 'REVOKED' OR new_status = 'IN_FORCE'
                AND (SELECT count(*) = 2 FROM agreement_signatures WHERE agreement_id = id
                    AND agency_id IN (provider_id, recipient_id))
            WHEN 'IN_FORCE' THEN new_status IN ('SUSPENDED', 'REVOKED')
            WHEN 'SUSPENDED' THEN new_status = 'REVOKED'
        END
        AND CASE WHEN status = 'DRAFT' AND new_status = 'IN_FORCE'
            THEN new_in_force_since >= greatest(valid_from, now() AT TIME ZONE 'UTC' - interval '1 minute')
            ELSE new_in_force_since IS NOT DISTINCT FROM in_force_since END
        AND CASE WHEN status <> 'REVOKED' AND new_status = 'REVOKED'
            THEN abs(extract(epoch FROM new_revoked_at - now() AT TIME ZONE 'UTC')) <= 60
            ELSE new_revoked_at IS NOT DISTINCT FROM revoked_at END
    FROM agreements WHERE id = agreement
$$;
DROP POLICY everybodys ON agreements;
CREATE POLICY partys ON agreements FOR SELECT TO panoh_server
    USING ((SELECT (wall.granted() ->> 'agency')::bigint) IN (provider_id, recipient_id));
DROP POLICY party_proposes ON agreements;
CREATE POLICY party_proposes ON agreements FOR INSERT TO panoh_server WITH CHECK (
    status = 'DRAFT' AND in_force_since IS NULL AND revoked_at IS NULL AND wall.is_party(provider_id, recipient_id)
    AND proposed_by_id = (SELECT (wall.granted() ->> 'agency')::bigint));
CREATE POLICY party_settles ON agreements FOR UPDATE TO panoh_server
    USING (wall.is_party(provider_id, recipient_id)) WITH CHECK (wall.may_become(id, status, in_force_since, revoked_at));
DROP POLICY everybodys ON agreement_signatures;
CREATE POLICY partys ON agreement_signatures FOR SELECT TO panoh_server
    USING (EXISTS (SELECT FROM agreements WHERE agreements.id = agreement_id));
ALTER TABLE agreement_scopes ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON agreement_scopes TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON agreement_scopes FOR SELECT TO panoh_server
    USING (EXISTS (SELECT FROM agreements WHERE agreements.id = agreement_id));
-- With the proposal, and never after: whoever has seen a draft signs what it saw. No update leaves a draft a draft (see above), so the
-- row is one that this transaction has made.
CREATE FUNCTION wall.is_being_proposed(agreement BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM agreements WHERE id = agreement AND status = 'DRAFT' AND wall.is_party(provider_id, recipient_id)
        AND xmin = pg_current_xact_id()::xid)
$$;
CREATE POLICY party_proposes ON agreement_scopes FOR INSERT TO panoh_server WITH CHECK (wall.is_being_proposed(agreement_id));

-- Whom a draft of the viewer's own would cover on a day, were it in force: for the provider's data officers.
CREATE FUNCTION wall.preview(draft BIGINT, day DATE) RETURNS SETOF BIGINT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT individual_id FROM covered_by_terms
    WHERE basis_id = draft AND (until IS NULL OR until > day)
        AND EXISTS (SELECT FROM agreements, wall.granted() AS granted
            WHERE id = draft AND provider_id = (granted ->> 'own')::bigint AND granted ->> 'role' = 'DATA_OFFICER')
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
    bases BIGINT[];
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
        SELECT coalesce(array_agg(value), '{}') INTO kinds FROM agreements JOIN agreement_scopes ON agreement_id = id
        WHERE dimension = 'PROGRAMME' AND (granted ->> 'agency')::bigint IN (provider_id, recipient_id)
            AND purpose = granted ->> 'purpose' AND status = 'IN_FORCE' AND (granted ->> 'today')::date BETWEEN valid_from AND valid_until
            AND (NOT emergency OR wall.closes_at(id) IS NOT NULL);
    SELECT array_agg(id) INTO bases FROM agreements WHERE id = ANY ((granted ->> 'counting')::bigint[])
        AND NOT EXISTS (SELECT FROM unnest(needed) AS category WHERE grants & wall.bit(category) = 0);
    SELECT max(minimum_cell_size) INTO least FROM agreements
        WHERE status = 'IN_FORCE' AND (granted ->> 'today')::date BETWEEN valid_from AND valid_until
            AND (granted ->> 'agency')::bigint IN (provider_id, recipient_id)
            AND EXISTS (SELECT FROM agreements AS shared WHERE shared.id = ANY (bases)
                AND shared.provider_id IN (agreements.provider_id, agreements.recipient_id));
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
                WHERE person.id IN (SELECT individual_id FROM coverages
                    WHERE basis_id = ANY ($4) AND ended IS NULL AND (until IS NULL OR until > $1))) AS counted
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
        USING (granted ->> 'today')::date, (granted ->> 'agency')::bigint, kinds, bases, width, conditions, passing, grouped_by,
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


GRANT SELECT ON coverages, coverage_changes, agreement_scopes TO panoh_server;
GRANT SELECT (explained) ON consents TO panoh_server;
GRANT INSERT ON agreement_scopes TO panoh_server;
GRANT UPDATE (status, in_force_since, revoked_at) ON agreements TO panoh_server;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA wall FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.open, wall.granted, wall.bases, wall.day, wall.may_be_today, wall.database_date, wall.may_become, wall.is_being_proposed, wall.preview,
    wall.statistics TO panoh_server;
