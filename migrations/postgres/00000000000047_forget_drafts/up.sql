-- Coverage of a draft that is revoked showed nobody anything: it is removed, some people at a time.
CREATE FUNCTION wall.forget_draft() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO coverage_undecided VALUES (NEW.id, -1) ON CONFLICT (agreement_id) DO UPDATE SET after_row_key = -1;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION wall.forget_draft FROM PUBLIC;
CREATE TRIGGER forget_draft AFTER UPDATE OF status ON agreements FOR EACH ROW
    WHEN (NEW.status = 'REVOKED' AND OLD.status <> 'REVOKED' AND NEW.in_force_since IS NULL) EXECUTE FUNCTION wall.forget_draft();

-- Marks as due whom an agreement may cover, of the next so many people; of a draft that is revoked, removes whom it covered.
CREATE OR REPLACE FUNCTION wall.decide(agreement BIGINT, number INTEGER) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    people BIGINT[];
    last BIGINT;
    removed INTEGER;
BEGIN
    IF EXISTS (SELECT FROM agreements WHERE id = agreement AND status = 'REVOKED') THEN
        DELETE FROM coverages WHERE ctid = ANY (ARRAY(SELECT ctid FROM coverages WHERE basis_id = agreement AND ended IS NULL LIMIT number));
        GET DIAGNOSTICS removed = ROW_COUNT;
        IF removed < number THEN
            DELETE FROM coverage_undecided WHERE agreement_id = agreement;
        END IF;
        RETURN;
    END IF;
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
