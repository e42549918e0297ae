-- The chain stays in its own file: a database without it begins a new one.
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
    hash TEXT NOT NULL
);
CREATE TABLE audit_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sequence BIGINT NOT NULL,
    hash TEXT NOT NULL,
    policy_epoch BIGINT NOT NULL
);
INSERT INTO audit_head (id, sequence, hash, policy_epoch) SELECT 1, 0, '', epoch FROM policy_epochs;
DROP TABLE audit_outbox;
DROP TABLE policy_epochs;
