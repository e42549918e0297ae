-- A record is closed when its person has departed or died. A duplicate is merged into the record that is kept: of it is left by what it
-- was known.
ALTER TABLE individuals ADD COLUMN closed_as TEXT CHECK (closed_as IN ('DEPARTED', 'DECEASED'));
ALTER TABLE individuals ADD COLUMN closed_on DATE;
ALTER TABLE individuals ADD COLUMN merged_into_id BIGINT REFERENCES individuals (id) ON DELETE CASCADE;
CREATE INDEX individuals_merged ON individuals (merged_into_id) WHERE merged_into_id IS NOT NULL;

-- When the holder last changed the record. Coverage does not depend on it.
ALTER TABLE individuals ADD COLUMN updated_at TIMESTAMP NOT NULL DEFAULT '2000-01-01 00:00:00';
UPDATE individuals SET updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now');
DELETE FROM coverage_due_people;

-- Of how many people the demo in this database was made, if it is one: it may have more by now, and fewer.
CREATE TABLE demos (people BIGINT NOT NULL PRIMARY KEY);
