-- Coverage of a draft that is revoked showed nobody anything: it is removed, some people at a time. If the revocation is taken back, whom it
-- covers is decided anew.
CREATE TRIGGER forget_draft AFTER UPDATE OF status ON agreements
WHEN NEW.status = 'REVOKED' AND OLD.status <> 'REVOKED' AND NEW.in_force_since IS NULL
    AND (EXISTS (SELECT 1 FROM coverages WHERE basis_id = NEW.id AND ended IS NULL)
        OR EXISTS (SELECT 1 FROM coverage_undecided WHERE agreement_id = NEW.id))
BEGIN INSERT OR REPLACE INTO coverage_undecided VALUES (NEW.id, -1); END;
CREATE TRIGGER remember_draft AFTER UPDATE OF status ON agreements
WHEN NEW.status <> 'REVOKED' AND OLD.status = 'REVOKED'
BEGIN DELETE FROM coverage_undecided WHERE agreement_id = NEW.id; END;

INSERT OR REPLACE INTO coverage_undecided SELECT id, -1 FROM agreements
WHERE status = 'REVOKED' AND in_force_since IS NULL
    AND EXISTS (SELECT 1 FROM coverages WHERE basis_id = agreements.id AND ended IS NULL);
