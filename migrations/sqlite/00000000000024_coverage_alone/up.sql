-- By what the audit names who is covered: whoever needs no more of a person than a key finds it here.
ALTER TABLE coverages ADD COLUMN audit_key BIGINT NOT NULL DEFAULT 0;
UPDATE coverages SET audit_key = (SELECT audit_key FROM individuals WHERE id = individual_id);
CREATE TRIGGER coverages_named AFTER INSERT ON coverages
BEGIN UPDATE coverages SET audit_key = (SELECT audit_key FROM individuals WHERE id = NEW.individual_id) WHERE rowid = NEW.rowid; END;

-- Counts read nothing else.
DROP INDEX coverages_row_key;
CREATE INDEX coverages_row_key ON coverages (basis_id, row_key, ended, until) WHERE ended IS NULL;
