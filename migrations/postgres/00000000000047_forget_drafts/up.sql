-- Coverage of a draft that is revoked showed nobody anything: it is removed, some people at a time. If the revocation is taken back, whom it
-- covers is decided anew.
CREATE FUNCTION wall.forget_draft() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.status = 'REVOKED' THEN
        INSERT INTO coverage_undecided SELECT NEW.id, -1
            WHERE EXISTS (SELECT FROM coverages WHERE basis_id = NEW.id AND ended IS NULL)
                OR EXISTS (SELECT FROM coverage_undecided WHERE agreement_id = NEW.id)
            ON CONFLICT (agreement_id) DO UPDATE SET after_row_key = -1;
    ELSE
        DELETE FROM coverage_undecided WHERE agreement_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION wall.forget_draft FROM PUBLIC;
CREATE TRIGGER forget_draft AFTER UPDATE OF status ON agreements FOR EACH ROW
    WHEN ((NEW.status = 'REVOKED') <> (OLD.status = 'REVOKED') AND NEW.in_force_since IS NULL) EXECUTE FUNCTION wall.forget_draft();

-- Goes on with one agreement; the answers that are under way when all of it is decided are stale. Of a draft that is revoked, it removes
-- whom it covered: that changes no answer.
CREATE OR REPLACE FUNCTION wall.go_on_deciding(agreement BIGINT, number INTEGER) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    removed INTEGER;
BEGIN
    IF EXISTS (SELECT FROM agreements WHERE id = agreement AND status = 'REVOKED' AND in_force_since IS NULL) THEN
        DELETE FROM coverages
            WHERE ctid = ANY (ARRAY(SELECT ctid FROM coverages WHERE basis_id = agreement AND ended IS NULL LIMIT number));
        GET DIAGNOSTICS removed = ROW_COUNT;
        IF removed < number THEN
            DELETE FROM coverage_undecided WHERE agreement_id = agreement;
        END IF;
        RETURN;
    END IF;
    PERFORM wall.decide(agreement, number);
    PERFORM wall.keep_due();
    IF NOT EXISTS (SELECT FROM coverage_undecided WHERE agreement_id = agreement) THEN
        UPDATE policy_epochs SET epoch = epoch + 1;
    END IF;
END
$$;

INSERT INTO coverage_undecided SELECT id, -1 FROM agreements
    WHERE status = 'REVOKED' AND in_force_since IS NULL
        AND EXISTS (SELECT FROM coverages WHERE basis_id = agreements.id AND ended IS NULL)
    ON CONFLICT (agreement_id) DO UPDATE SET after_row_key = -1;
