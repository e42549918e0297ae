CREATE TABLE agencies (
    id BIGINT PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT NOT NULL,
    country TEXT
);

CREATE TABLE clients (
    id BIGINT PRIMARY KEY,
    agency_id BIGINT NOT NULL REFERENCES agencies (id),
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('READER', 'CASEWORKER', 'DATA_OFFICER')),
    default_purpose TEXT NOT NULL CHECK (default_purpose IN (
        'CASE_MANAGEMENT', 'PROGRAMME_DELIVERY', 'RESETTLEMENT', 'PROTECTION_ADVOCACY', 'VOLUNTARY_REPATRIATION', 'STATISTICS')),
    key_hash TEXT NOT NULL UNIQUE
);

CREATE TABLE client_purposes (
    client_id BIGINT NOT NULL REFERENCES clients (id),
    purpose TEXT NOT NULL CHECK (purpose IN (
        'CASE_MANAGEMENT', 'PROGRAMME_DELIVERY', 'RESETTLEMENT', 'PROTECTION_ADVOCACY', 'VOLUNTARY_REPATRIATION', 'STATISTICS')),
    PRIMARY KEY (client_id, purpose)
);

CREATE TABLE agreements (
    id BIGINT PRIMARY KEY,
    reference TEXT COLLATE "C" NOT NULL UNIQUE,
    provider_id BIGINT NOT NULL REFERENCES agencies (id),
    recipient_id BIGINT NOT NULL REFERENCES agencies (id),
    purpose TEXT NOT NULL CHECK (purpose IN (
        'PROGRAMME_DELIVERY', 'RESETTLEMENT', 'PROTECTION_ADVOCACY', 'VOLUNTARY_REPATRIATION', 'STATISTICS')),
    level TEXT NOT NULL CHECK (level IN ('STATISTICS', 'PSEUDONYMISED', 'IDENTIFIED')),
    categories TEXT NOT NULL,
    scope TEXT NOT NULL,
    consent_required BOOLEAN NOT NULL,
    minimum_cell_size INTEGER NOT NULL CHECK (minimum_cell_size > 0),
    valid_from DATE NOT NULL,
    valid_until DATE NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('DRAFT', 'IN_FORCE', 'SUSPENDED', 'REVOKED')),
    CHECK (valid_from <= valid_until),
    CHECK (provider_id <> recipient_id)
);
CREATE INDEX agreements_recipient ON agreements (recipient_id);
CREATE INDEX agreements_provider ON agreements (provider_id);
