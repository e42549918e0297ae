-- Agreements of whose coverage a part is still to be decided: of the people whom the provider holds, those after this row key of its own.
CREATE TABLE coverage_undecided (
    agreement_id BIGINT PRIMARY KEY REFERENCES agreements (id) ON DELETE CASCADE,
    after_row_key BIGINT NOT NULL
);
GRANT SELECT ON coverage_undecided TO panoh_server;

-- Marks as due whom an agreement may cover, of the next so many people.
CREATE FUNCTION wall.decide(agreement BIGINT, number INTEGER) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    people BIGINT[];
    last BIGINT;
BEGIN
    SELECT array_agg(individual_id), max(row_key) INTO people, last FROM (
        SELECT individual_id, row_key FROM coverages
        WHERE basis_id = (SELECT -provider_id FROM agreements WHERE id = agreement) AND ended IS NULL
            AND row_key > (SELECT after_row_key FROM coverage_undecided WHERE agreement_id = agreement)
        ORDER BY row_key LIMIT number) AS next;
    IF coalesce(cardinality(people), 0) < number THEN
        DELETE FROM coverage_undecided WHERE agreement_id = agreement;
    ELSE
        UPDATE coverage_undecided SET after_row_key = last WHERE agreement_id = agreement;
    END IF;
    PERFORM wall.due_people(people);
END
$$;

-- Decides the coverage of agreements that became due in this transaction for so many people; the rest is left.
CREATE FUNCTION wall.begin_deciding(number INTEGER) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    due BIGINT[] := ARRAY(SELECT agreement_id FROM wall.due_agreements WHERE xact = pg_current_xact_id());
    agreement BIGINT;
BEGIN
    DELETE FROM wall.due_agreements WHERE xact = pg_current_xact_id();
    FOREACH agreement IN ARRAY due LOOP
        INSERT INTO coverage_undecided VALUES (agreement, -1) ON CONFLICT (agreement_id) DO UPDATE SET after_row_key = -1;
        PERFORM wall.decide(agreement, number);
    END LOOP;
END
$$;

-- Goes on with one agreement; the answers that are under way when all of it is decided are stale.
CREATE FUNCTION wall.go_on_deciding(agreement BIGINT, number INTEGER) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM wall.decide(agreement, number);
    PERFORM wall.keep_due();
    IF NOT EXISTS (SELECT FROM coverage_undecided WHERE agreement_id = agreement) THEN
        UPDATE policy_epochs SET epoch = epoch + 1;
    END IF;
END
$$;
REVOKE ALL ON FUNCTION wall.decide, wall.begin_deciding, wall.go_on_deciding FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.begin_deciding, wall.go_on_deciding TO panoh_server;
