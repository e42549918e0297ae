-- What an agreement grants, in bits: the categories from DEMOGRAPHICS (1) to PROTECTION (512), 65536 where it shows rows, and 131072
-- where these are identified. Which dimensions its scope has: nationalities (1), places (2), legal statuses (4), specific needs (8),
-- programmes (16), solutions (32). Its scope's values are rows. A reference is unique between its two parties.
CREATE TEMP TABLE earlier AS SELECT * FROM agreements;
PRAGMA defer_foreign_keys = ON;
DROP TABLE agreements;
CREATE TABLE agreements (
    id INTEGER PRIMARY KEY,
    reference TEXT NOT NULL,
    provider_id BIGINT NOT NULL REFERENCES agencies (id),
    recipient_id BIGINT NOT NULL REFERENCES agencies (id),
    purpose TEXT NOT NULL CHECK (purpose IN (
        'PROGRAMME_DELIVERY', 'RESETTLEMENT', 'PROTECTION_ADVOCACY', 'VOLUNTARY_REPATRIATION', 'STATISTICS')),
    level TEXT NOT NULL CHECK (level IN ('STATISTICS', 'PSEUDONYMISED', 'IDENTIFIED')),
    grants BIGINT NOT NULL,
    dimensions BIGINT NOT NULL,
    consent_required BOOLEAN NOT NULL,
    minimum_cell_size INTEGER NOT NULL CHECK (minimum_cell_size > 0),
    valid_from DATE NOT NULL,
    valid_until DATE NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('DRAFT', 'IN_FORCE', 'SUSPENDED', 'REVOKED')),
    replaces_id BIGINT REFERENCES agreements (id),
    retention_months INTEGER CHECK (retention_months > 0),
    emergency BOOLEAN NOT NULL DEFAULT FALSE,
    -- Who proposed it; nobody did where it was imported.
    proposed_by_id BIGINT REFERENCES agencies (id),
    in_force_since TIMESTAMP,
    revoked_at TIMESTAMP,
    CHECK (valid_from <= valid_until),
    CHECK (provider_id <> recipient_id),
    CHECK ((level <> 'STATISTICS') = (grants & 65536 <> 0)),
    CHECK ((level = 'IDENTIFIED') = (grants & 131072 <> 0))
);
INSERT INTO agreements
SELECT id, reference, provider_id, recipient_id, purpose, level,
    (instr(categories, '"DEMOGRAPHICS"') > 0) + 2 * (instr(categories, '"IDENTITY"') > 0) + 4 * (instr(categories, '"CONTACT"') > 0)
        + 8 * (instr(categories, '"LOCATION"') > 0) + 16 * (instr(categories, '"LEGAL_STATUS"') > 0)
        + 32 * (instr(categories, '"SPECIFIC_NEEDS"') > 0) + 64 * (instr(categories, '"FAMILY"') > 0)
        + 128 * (instr(categories, '"SOLUTIONS"') > 0) + 256 * (instr(categories, '"ASSISTANCE"') > 0)
        + 512 * (instr(categories, '"PROTECTION"') > 0)
        + 65536 * (level <> 'STATISTICS') + 131072 * (level = 'IDENTIFIED'),
    (json_extract(scope, '$.nationalities') IS NOT NULL) + 2 * (json_extract(scope, '$.places') IS NOT NULL)
        + 4 * (json_extract(scope, '$.legal_statuses') IS NOT NULL) + 8 * (json_extract(scope, '$.specific_needs') IS NOT NULL)
        + 16 * (json_extract(scope, '$.programmes') IS NOT NULL) + 32 * (json_extract(scope, '$.solutions') IS NOT NULL),
    consent_required, minimum_cell_size, valid_from, valid_until, status, replaces_id, retention_months, emergency, NULL,
    CASE WHEN status <> 'DRAFT' THEN max(valid_from || ' 00:00:00', coalesce(
        (SELECT max(signed_at) FROM agreement_signatures WHERE agreement_id = id HAVING count(*) = 2), '')) END,
    revoked_on || ' 23:59:59'
FROM earlier;
CREATE INDEX agreements_recipient ON agreements (recipient_id);
CREATE INDEX agreements_provider ON agreements (provider_id);
CREATE UNIQUE INDEX agreements_reference ON agreements (min(provider_id, recipient_id), max(provider_id, recipient_id), reference);

CREATE TABLE agreement_scopes (
    agreement_id BIGINT NOT NULL REFERENCES agreements (id),
    dimension TEXT NOT NULL CHECK (dimension IN (
        'NATIONALITY', 'PLACE', 'LEGAL_STATUS', 'SPECIFIC_NEED', 'PROGRAMME', 'SOLUTION')),
    position INTEGER NOT NULL,
    value TEXT NOT NULL,
    -- Of a place.
    level INTEGER,
    -- Of a solution.
    least_stage TEXT,
    destination TEXT,
    PRIMARY KEY (agreement_id, dimension, position)
);
INSERT INTO agreement_scopes (agreement_id, dimension, position, value)
SELECT earlier.id, dimension, item.key, item.value FROM earlier, (
        SELECT 'NATIONALITY' AS dimension, '$.nationalities' AS part
        UNION ALL SELECT 'LEGAL_STATUS', '$.legal_statuses'
        UNION ALL SELECT 'SPECIFIC_NEED', '$.specific_needs'
        UNION ALL SELECT 'PROGRAMME', '$.programmes') AS named, json_each(scope, part) AS item
    WHERE item.value IS NOT NULL;
INSERT INTO agreement_scopes (agreement_id, dimension, position, value, level)
SELECT earlier.id, 'PLACE', item.key, item.value ->> 'code', item.value ->> 'level'
    FROM earlier, json_each(scope, '$.places') AS item WHERE item.value IS NOT NULL;
INSERT INTO agreement_scopes (agreement_id, dimension, position, value, least_stage, destination)
SELECT earlier.id, 'SOLUTION', item.key, item.value ->> 'kind', item.value ->> 'least_stage', item.value ->> 'destination'
    FROM earlier, json_each(scope, '$.solutions') AS item WHERE item.value IS NOT NULL;
DROP TABLE earlier;

-- Which stages of a solution count as one or later.
CREATE TABLE solution_stages (
    least_stage TEXT NOT NULL,
    stage TEXT NOT NULL,
    PRIMARY KEY (least_stage, stage)
);
INSERT INTO solution_stages
WITH way (nth, stage) AS (
    VALUES (1, 'IDENTIFIED'), (2, 'SUBMITTED'), (3, 'INTERVIEWED'), (4, 'ACCEPTED'), (5, 'DEPARTED'), (5, 'GRANTED'))
SELECT least.stage, later.stage FROM way AS least JOIN way AS later ON later.nth > least.nth OR later.stage = least.stage
UNION ALL VALUES ('REJECTED', 'REJECTED'), ('WITHDRAWN', 'WITHDRAWN');

-- What was explained to the person, in the bits of what agreements grant; none where nothing was in force. Of what is there
-- already: what agreements in force that required consent granted at that time, or all of them if none did.
ALTER TABLE consents ADD COLUMN explained BIGINT;
UPDATE consents SET explained = (
    SELECT CASE WHEN count(*) = 0 THEN NULL ELSE
        (min(grants & 1) + min(grants & 2) + min(grants & 4) + min(grants & 8) + min(grants & 16) + min(grants & 32)
            + min(grants & 64) + min(grants & 128) + min(grants & 256) + min(grants & 512) + min(grants & 65536)
            + min(grants & 131072)) END
    FROM agreements JOIN individuals AS person ON person.id = individual_id AND person.holder_id = provider_id
    WHERE agreements.recipient_id = consents.recipient_id AND agreements.purpose = consents.purpose
        AND in_force_since <= recorded_at AND (revoked_at IS NULL OR revoked_at > recorded_at) AND valid_until >= date(recorded_at)
        AND (consent_required OR NOT EXISTS (SELECT 1 FROM agreements AS other
            WHERE other.consent_required AND other.recipient_id = consents.recipient_id AND other.purpose = consents.purpose
                AND other.provider_id = person.holder_id AND other.in_force_since <= recorded_at
                AND (other.revoked_at IS NULL OR other.revoked_at > recorded_at) AND other.valid_until >= date(recorded_at))));

-- By what a recipient knows a person or a case, for one purpose: random, and the same for as long as these are kept.
CREATE TABLE row_keys (
    individual_id BIGINT NOT NULL REFERENCES individuals (id) ON DELETE CASCADE,
    recipient_id BIGINT NOT NULL REFERENCES agencies (id),
    purpose TEXT NOT NULL,
    row_key BIGINT NOT NULL,
    PRIMARY KEY (individual_id, recipient_id, purpose)
);
CREATE TABLE case_keys (
    case_id BIGINT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    recipient_id BIGINT NOT NULL REFERENCES agencies (id),
    purpose TEXT NOT NULL,
    row_key BIGINT NOT NULL,
    PRIMARY KEY (case_id, recipient_id, purpose)
);

-- A change of coverage, with the number of the audit entry that it is on record by.
CREATE TABLE coverage_changes (
    id INTEGER PRIMARY KEY,
    sequence BIGINT
);
CREATE INDEX coverage_changes_unrecorded ON coverage_changes (id) WHERE sequence IS NULL;

-- Who is covered, since which change and until which. The basis is an agreement, or the negated key of the agency that holds the
-- record. `until` is the day from which it no longer counts. The values by which rows are ordered and looked up are as the basis
-- shows them; those that it hides, and of bases for statistics all, are missing.
CREATE TABLE coverages (
    individual_id BIGINT NOT NULL REFERENCES individuals (id) ON DELETE CASCADE,
    basis_id BIGINT NOT NULL,
    since BIGINT NOT NULL REFERENCES coverage_changes (id),
    ended BIGINT REFERENCES coverage_changes (id),
    until DATE,
    row_key BIGINT,
    case_key BIGINT,
    registered_on DATE,
    arrived_on DATE,
    date_of_birth DATE,
    given_name_key TEXT,
    family_name_key TEXT,
    registration_number_key TEXT,
    phone TEXT,
    case_number_key TEXT,
    PRIMARY KEY (individual_id, basis_id, since)
);
CREATE INDEX coverages_row_key ON coverages (basis_id, row_key) WHERE ended IS NULL;
CREATE INDEX coverages_case_key ON coverages (basis_id, case_key) WHERE ended IS NULL AND case_key IS NOT NULL;
CREATE INDEX coverages_registered ON coverages (basis_id, registered_on, row_key) WHERE ended IS NULL AND row_key IS NOT NULL;
CREATE INDEX coverages_arrived ON coverages (basis_id, arrived_on, row_key) WHERE ended IS NULL AND row_key IS NOT NULL;
CREATE INDEX coverages_born ON coverages (basis_id, date_of_birth, row_key) WHERE ended IS NULL AND row_key IS NOT NULL;
CREATE INDEX coverages_given_name ON coverages (basis_id, given_name_key) WHERE ended IS NULL AND given_name_key IS NOT NULL;
CREATE INDEX coverages_phone ON coverages (basis_id, phone) WHERE ended IS NULL AND phone IS NOT NULL;
CREATE INDEX coverages_case_number ON coverages (basis_id, case_number_key) WHERE ended IS NULL AND case_number_key IS NOT NULL;
CREATE INDEX coverages_family_name ON coverages (basis_id, family_name_key, row_key) WHERE ended IS NULL AND row_key IS NOT NULL;
CREATE INDEX coverages_number ON coverages (basis_id, registration_number_key, row_key) WHERE ended IS NULL AND row_key IS NOT NULL;

-- Rows are found by coverage.
DROP INDEX individuals_registered;
DROP INDEX individuals_registered_year;
DROP INDEX individuals_arrived;
DROP INDEX individuals_arrived_year;
DROP INDEX individuals_born;
DROP INDEX individuals_family_name;
DROP INDEX individuals_given_name;
DROP INDEX individuals_case;
DROP INDEX individuals_place;
DROP INDEX solutions_kind;
DROP INDEX consents_recipient;
CREATE INDEX consents_unexplained ON consents (recipient_id, purpose) WHERE newest AND explained IS NULL AND decision = 'GIVEN';
