ALTER TABLE audit_head ADD COLUMN policy_epoch BIGINT NOT NULL DEFAULT 0;
UPDATE audit_head SET policy_epoch = epoch FROM policy_epochs;
ALTER TABLE audit_head ALTER COLUMN policy_epoch DROP DEFAULT;
CREATE OR REPLACE FUNCTION wall.sealed(granted TEXT, people TEXT, until TEXT) RETURNS TEXT
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT encode(hmac(convert_to(concat_ws(E'\n\n', policy_epoch, until, people, granted), 'UTF8'), seal, 'sha256'), 'hex')
        FROM wall.keys, audit_head);
END
$$;
DROP TABLE policy_epochs;
CREATE TRIGGER epoch_rises BEFORE UPDATE ON audit_head
    FOR EACH ROW WHEN (NEW.policy_epoch < OLD.policy_epoch) EXECUTE FUNCTION wall.epoch_rises();
