ALTER TABLE individuals DROP COLUMN record_key;
