DROP TABLE idempotency_keys;
DROP TABLE agreement_signatures;
ALTER TABLE agreements DROP COLUMN consents_from;
ALTER TABLE agreements DROP COLUMN replaces_id;
