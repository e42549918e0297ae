-- Coverage of a draft that is revoked showed nobody anything: it is removed, some people at a time. If the revocation is taken back, whom it
-- covers is decided anew.
CREATE TRIGGER forget_draft AFTER UPDATE OF status ON agreements
WHEN NEW.status = 'REVOKED' AND OLD.status <> 'REVOKED' AND NEW.in_force_since IS NULL
BEGIN INSERT OR REPLACE INTO coverage_undecided VALUES (NEW.id, -1); END;
CREATE TRIGGER remember_draft AFTER UPDATE OF status ON agreements
WHEN NEW.status <> 'REVOKED' AND OLD.status = 'REVOKED'
BEGIN DELETE FROM coverage_undecided WHERE agreement_id = NEW.id; END;
