-- Of whom something was shown, or who was looked up, by what requests. An entry holds their numbers and a hash of them. `categories`
-- are in the bits of what agreements grant. The newest lie as they come; 256 entries at a time are put in order by the person, the
-- people of 256 keys in one row, as words of key (its last 8 bits), entry (from the segment's first), categories, and 1 for a
-- lookup. So a request costs no search for each person, and a person's entries are found by an index.
CREATE TABLE audit_recent_people (
    sequence BIGINT NOT NULL,
    audit_key BIGINT NOT NULL,
    categories BIGINT NOT NULL,
    looked_up BOOLEAN NOT NULL
);
CREATE TABLE audit_people (
    key_range BIGINT NOT NULL,
    segment BIGINT NOT NULL,
    people TEXT NOT NULL,
    PRIMARY KEY (key_range, segment)
) WITHOUT ROWID;
CREATE INDEX audit_people_segment ON audit_people (segment);
-- One row: how many segments are in order.
CREATE TABLE audit_segments (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    compacted BIGINT NOT NULL
);
INSERT INTO audit_segments (id, compacted) VALUES (1, 0);
-- What was asked about everybody whom a basis covered.
CREATE TABLE audit_questions (
    basis_id BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    categories BIGINT NOT NULL,
    PRIMARY KEY (basis_id, sequence)
) WITHOUT ROWID;

ALTER TABLE audit_entries ADD COLUMN people TEXT;
ALTER TABLE audit_entries ADD COLUMN questions TEXT;
-- An agency's own numbering: by the chain's it could tell how much others do.
ALTER TABLE audit_entries ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
DROP TRIGGER audit_entries_unchanged;
UPDATE audit_entries SET number = counted.number FROM (
    SELECT sequence, row_number() OVER (PARTITION BY agency_id ORDER BY sequence) AS number FROM audit_entries) AS counted
    WHERE counted.sequence = audit_entries.sequence;
CREATE TRIGGER audit_entries_unchanged BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TABLE audit_numbers (
    agency_id BIGINT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
);
INSERT INTO audit_numbers SELECT agency_id, count(*) FROM audit_entries WHERE agency_id IS NOT NULL GROUP BY agency_id;

-- Entries from before list everybody themselves.
INSERT INTO audit_recent_people
WITH RECURSIVE listed (sequence, categories, key, last) AS (
    SELECT sequence, (SELECT coalesce(sum(bit), 0) FROM json_each(disclosure.value, '$.categories') AS category JOIN (
            SELECT 'DEMOGRAPHICS' AS code, 1 AS bit UNION ALL VALUES ('IDENTITY', 2), ('CONTACT', 4), ('LOCATION', 8),
                ('LEGAL_STATUS', 16), ('SPECIFIC_NEEDS', 32), ('FAMILY', 64), ('SOLUTIONS', 128), ('ASSISTANCE', 256),
                ('PROTECTION', 512)) ON code = category.value),
        range.value ->> 0, range.value ->> 1
    FROM audit_entries, json_each(disclosures) AS disclosure, json_each(disclosure.value, '$.people') AS range
    UNION ALL SELECT sequence, categories, key + 1, last FROM listed WHERE key < last)
SELECT sequence, key, max(categories & 1) + max(categories & 2) + max(categories & 4) + max(categories & 8) + max(categories & 16)
    + max(categories & 32) + max(categories & 64) + max(categories & 128) + max(categories & 256) + max(categories & 512), FALSE
FROM listed GROUP BY key, sequence;

CREATE TRIGGER audit_recent_people_unchanged BEFORE UPDATE ON audit_recent_people
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_recent_people_kept BEFORE DELETE ON audit_recent_people
WHEN (OLD.sequence - 1) / 256 >= (SELECT compacted FROM audit_segments)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_people_unchanged BEFORE UPDATE ON audit_people
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_people_kept BEFORE DELETE ON audit_people
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_questions_unchanged BEFORE UPDATE ON audit_questions
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_questions_kept BEFORE DELETE ON audit_questions
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
