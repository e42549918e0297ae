-- By what the audit names a person: dense numbers, so that many people are a few ranges.
ALTER TABLE individuals ADD COLUMN audit_key BIGINT NOT NULL DEFAULT 0;
UPDATE individuals SET audit_key = numbered.number
    FROM (SELECT id, row_number() OVER (ORDER BY random()) AS number FROM individuals) AS numbered
    WHERE numbered.id = individuals.id;
ALTER TABLE individuals ALTER COLUMN audit_key DROP DEFAULT;
CREATE UNIQUE INDEX individuals_audit_key ON individuals (audit_key);

CREATE TABLE audit_entries (
    sequence BIGINT PRIMARY KEY,
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
CREATE INDEX audit_entries_agency ON audit_entries (agency_id, sequence);

-- One row: the chain's newest entry, and how often what decides access has changed. Whoever appends holds it.
CREATE TABLE audit_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sequence BIGINT NOT NULL,
    hash TEXT NOT NULL,
    policy_epoch BIGINT NOT NULL
);
INSERT INTO audit_head (id, sequence, hash, policy_epoch) VALUES (1, 0, '', 0);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is append-only';
END
$$;
CREATE TRIGGER audit_entries_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
