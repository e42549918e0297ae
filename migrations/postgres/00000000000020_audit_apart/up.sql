-- One row: how often what decides access has changed. Whoever changes that holds it; apart from the audit's head, which every
-- answer holds, so that answers go on meanwhile.
CREATE TABLE policy_epochs (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch BIGINT NOT NULL
);
INSERT INTO policy_epochs (id, epoch) SELECT id, policy_epoch FROM audit_head;
GRANT SELECT, UPDATE ON policy_epochs TO panoh_server;

DROP TRIGGER epoch_rises ON audit_head;
CREATE TRIGGER epoch_rises BEFORE UPDATE ON policy_epochs
    FOR EACH ROW WHEN (NEW.epoch < OLD.epoch) EXECUTE FUNCTION wall.epoch_rises();
CREATE OR REPLACE FUNCTION wall.sealed(granted TEXT, until TEXT) RETURNS TEXT
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT encode(hmac(convert_to(concat_ws(E'\n\n', epoch, until, granted), 'UTF8'), seal, 'sha256'), 'hex')
        FROM wall.keys, policy_epochs);
END
$$;
CREATE OR REPLACE FUNCTION wall.keep_at_commit() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM wall.due WHERE xact = pg_current_xact_id()) THEN
        UPDATE policy_epochs SET epoch = epoch;
        IF EXISTS (SELECT FROM wall.due_people WHERE xact = pg_current_xact_id()) OR EXISTS (
            SELECT FROM wall.due_agreements JOIN agreements ON id = agreement_id
            WHERE xact = pg_current_xact_id() AND status = 'IN_FORCE') THEN
            UPDATE policy_epochs SET epoch = epoch + 1;
        END IF;
        PERFORM wall.keep_due();
    END IF;
    UPDATE coverage_changes SET sequence = (SELECT sequence FROM audit_head) WHERE sequence IS NULL;
    RETURN NULL;
END
$$;
GRANT EXECUTE ON FUNCTION wall.keep_due TO panoh_server;
ALTER TABLE audit_head DROP COLUMN policy_epoch;
