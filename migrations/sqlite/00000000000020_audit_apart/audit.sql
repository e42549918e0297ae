-- The file of the audit, made anew: what a run before left of it was not in use yet.
DROP TABLE IF EXISTS main.audit_entries;
DROP TABLE IF EXISTS main.audit_head;
DROP TABLE IF EXISTS main.audit_outbox_moved;
DROP TABLE IF EXISTS main.audit_people;
DROP TABLE IF EXISTS main.audit_recent_people;
DROP TABLE IF EXISTS main.audit_lists;
DROP TABLE IF EXISTS main.audit_segments;
DROP TABLE IF EXISTS main.audit_questions;
DROP TABLE IF EXISTS main.audit_numbers;

CREATE TABLE audit_entries (
    sequence BIGINT NOT NULL PRIMARY KEY,
    recorded_at TIMESTAMP NOT NULL,
    event TEXT NOT NULL CHECK (event IN ('REQUEST', 'UNAUTHENTICATED', 'DEMO', 'IMPORT', 'ADMINISTRATION')),
    agency_id BIGINT,
    client_id BIGINT,
    purpose TEXT,
    outcome TEXT NOT NULL,
    agreements TEXT NOT NULL,
    operation TEXT,
    document TEXT,
    disclosures TEXT NOT NULL,
    detail TEXT,
    hash TEXT NOT NULL,
    people TEXT,
    questions TEXT,
    number BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX audit_entries_agency ON audit_entries (agency_id, sequence);

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
CREATE TABLE audit_questions (
    basis_id BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    categories BIGINT NOT NULL,
    PRIMARY KEY (basis_id, sequence)
) WITHOUT ROWID;
CREATE TABLE audit_numbers (
    agency_id BIGINT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
);

-- One row: the chain's newest entry. Whoever appends holds it.
CREATE TABLE audit_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sequence BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, '');

-- One row: up to which one the records of the database's outbox are in the chain.
CREATE TABLE audit_outbox_moved (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    outbox_id BIGINT NOT NULL
);
INSERT INTO audit_outbox_moved (id, outbox_id) VALUES (1, 0);

CREATE TRIGGER audit_entries_unchanged BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_entries_kept BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
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
