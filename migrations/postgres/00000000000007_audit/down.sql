DROP TABLE audit_head;
DROP TABLE audit_entries;
DROP INDEX individuals_audit_key;
ALTER TABLE individuals DROP COLUMN audit_key;
DROP FUNCTION refuse_audit_change;
