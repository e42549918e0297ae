-- Whom the newest entries are about: an entry's people in one row, as words of key, categories, and 1 for a lookup. A row for each
-- person cost more than the answer that it was about.
CREATE TABLE audit_lists (
    sequence BIGINT NOT NULL PRIMARY KEY,
    people TEXT NOT NULL
);
INSERT INTO audit_lists
    SELECT sequence, group_concat(audit_key || '.' || categories || '.' || looked_up, ' ') FROM audit_recent_people GROUP BY sequence;
DROP TABLE audit_recent_people;

CREATE TRIGGER audit_lists_unchanged BEFORE UPDATE ON audit_lists
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_lists_kept BEFORE DELETE ON audit_lists
WHEN (OLD.sequence - 1) / 256 >= (SELECT compacted FROM audit_segments)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
