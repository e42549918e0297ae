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
CREATE OR REPLACE FUNCTION wall.sealed(granted TEXT, people TEXT, until TEXT) RETURNS TEXT
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT encode(hmac(convert_to(concat_ws(E'\n\n', epoch, until, people, granted), 'UTF8'), seal, 'sha256'), 'hex')
        FROM wall.keys, policy_epochs);
END
$$;
ALTER TABLE audit_head DROP COLUMN policy_epoch;
