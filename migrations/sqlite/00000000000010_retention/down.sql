ALTER TABLE agreements DROP COLUMN revoked_on;
ALTER TABLE agreements DROP COLUMN retention_months;
DROP INDEX individuals_members;
ALTER TABLE individuals DROP COLUMN retained_from;
ALTER TABLE individuals DROP COLUMN age_band;
ALTER TABLE individuals DROP COLUMN anonymised;
DROP TABLE retention_periods;
