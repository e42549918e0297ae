-- A client whose key is no longer accepted; what it did stays on record.
ALTER TABLE clients ADD COLUMN disabled_at TIMESTAMP;
