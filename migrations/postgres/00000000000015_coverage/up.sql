-- What an agreement grants, in bits: the categories from DEMOGRAPHICS (1) to PROTECTION (512), 65536 where it shows rows, and 131072
-- where these are identified. Which dimensions its scope has: nationalities (1), places (2), legal statuses (4), specific needs (8),
-- programmes (16), solutions (32). Its scope's values are rows. A reference is unique between its two parties.

-- The wall that decided each row at each read: its policies and functions give way to coverage.
DO $$
DECLARE
    walled TEXT;
BEGIN
    FOREACH walled IN ARRAY ARRAY['individuals', 'cases', 'specific_needs', 'consents', 'solutions', 'incidents', 'enrolments',
        'assistance']
    LOOP
        EXECUTE format('DROP POLICY viewer ON %I', walled);
    END LOOP;
END
$$;
DROP POLICY holder_records ON consents;
DROP POLICY holder_supersedes ON consents;
DROP POLICY party_settles ON agreements;
DROP FUNCTION wall.may_become(BIGINT, TEXT, TIMESTAMP);
DROP FUNCTION wall.newest_consent(BIGINT, TEXT);
DROP FUNCTION wall.statistics(TEXT[], TEXT[], TEXT[]);
DROP FUNCTION wall.open(TEXT, TEXT, DATE, INTEGER);
DROP FUNCTION wall.gathered(INTEGER);
DROP FUNCTION wall.people(TEXT);
DROP VIEW wall.visible;
DROP VIEW wall.covered;
DROP FUNCTION wall.terms();
DROP FUNCTION wall.grant_of(TEXT, TEXT, DATE);
DROP FUNCTION wall.or_later(TEXT);
DROP FUNCTION wall.holds();
DROP FUNCTION wall.sealed(TEXT, TEXT, TEXT);

ALTER TABLE agreements
    ADD COLUMN grants BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN dimensions BIGINT NOT NULL DEFAULT 0,
    -- Who proposed it; nobody did where it was imported.
    ADD COLUMN proposed_by_id BIGINT REFERENCES agencies (id),
    ADD COLUMN in_force_since TIMESTAMP,
    ADD COLUMN revoked_at TIMESTAMP;
UPDATE agreements SET
    grants = (SELECT coalesce(sum(bit), 0) FROM (VALUES ('DEMOGRAPHICS', 1), ('IDENTITY', 2), ('CONTACT', 4), ('LOCATION', 8),
            ('LEGAL_STATUS', 16), ('SPECIFIC_NEEDS', 32), ('FAMILY', 64), ('SOLUTIONS', 128), ('ASSISTANCE', 256),
            ('PROTECTION', 512)) AS bits (category, bit) WHERE categories::jsonb ? category)
        + CASE level WHEN 'STATISTICS' THEN 0 WHEN 'PSEUDONYMISED' THEN 65536 ELSE 196608 END,
    dimensions = (SELECT coalesce(sum(bit), 0) FROM (VALUES ('nationalities', 1), ('places', 2), ('legal_statuses', 4),
            ('specific_needs', 8), ('programmes', 16), ('solutions', 32)) AS bits (dimension, bit)
        WHERE nullif(scope::jsonb -> dimension, 'null') IS NOT NULL),
    in_force_since = CASE WHEN status <> 'DRAFT' THEN greatest(valid_from::timestamp,
        (SELECT max(signed_at) FROM agreement_signatures WHERE agreement_id = id HAVING count(*) = 2)) END,
    revoked_at = revoked_on + time '23:59:59';

CREATE TABLE agreement_scopes (
    agreement_id BIGINT NOT NULL REFERENCES agreements (id),
    dimension TEXT COLLATE "C" NOT NULL CHECK (dimension IN (
        'NATIONALITY', 'PLACE', 'LEGAL_STATUS', 'SPECIFIC_NEED', 'PROGRAMME', 'SOLUTION')),
    position INTEGER NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    -- Of a place.
    level INTEGER,
    -- Of a solution.
    least_stage TEXT,
    destination TEXT,
    PRIMARY KEY (agreement_id, dimension, position)
);
INSERT INTO agreement_scopes (agreement_id, dimension, position, value)
SELECT agreements.id, named.dimension, nth - 1, item
    FROM agreements, (VALUES ('NATIONALITY', 'nationalities'), ('LEGAL_STATUS', 'legal_statuses'),
        ('SPECIFIC_NEED', 'specific_needs'), ('PROGRAMME', 'programmes')) AS named (dimension, part),
        jsonb_array_elements_text(nullif(scope::jsonb -> part, 'null')) WITH ORDINALITY AS items (item, nth);
INSERT INTO agreement_scopes (agreement_id, dimension, position, value, level)
SELECT agreements.id, 'PLACE', nth - 1, item ->> 'code', (item ->> 'level')::integer
    FROM agreements, jsonb_array_elements(nullif(scope::jsonb -> 'places', 'null')) WITH ORDINALITY AS items (item, nth);
INSERT INTO agreement_scopes (agreement_id, dimension, position, value, least_stage, destination)
SELECT agreements.id, 'SOLUTION', nth - 1, item ->> 'kind', item ->> 'least_stage', item ->> 'destination'
    FROM agreements, jsonb_array_elements(nullif(scope::jsonb -> 'solutions', 'null')) WITH ORDINALITY AS items (item, nth);

ALTER TABLE agreements
    DROP COLUMN categories, DROP COLUMN scope, DROP COLUMN consents_from, DROP COLUMN revoked_on,
    DROP CONSTRAINT agreements_reference_key,
    ALTER COLUMN grants DROP DEFAULT, ALTER COLUMN dimensions DROP DEFAULT,
    ADD CHECK ((level <> 'STATISTICS') = (grants & 65536 <> 0)),
    ADD CHECK ((level = 'IDENTIFIED') = (grants & 131072 <> 0));
CREATE UNIQUE INDEX agreements_reference
    ON agreements (least(provider_id, recipient_id), greatest(provider_id, recipient_id), reference);

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
WITH standing AS (
    SELECT consents.id, agreements.consent_required, grants FROM consents
    JOIN individuals AS person ON person.id = individual_id
    JOIN agreements ON agreements.provider_id = person.holder_id AND agreements.recipient_id = consents.recipient_id
        AND agreements.purpose = consents.purpose
    WHERE in_force_since <= recorded_at AND (revoked_at IS NULL OR revoked_at > recorded_at) AND valid_until >= recorded_at::date)
UPDATE consents SET explained = told.grants FROM (
    SELECT id, coalesce(bit_and(grants) FILTER (WHERE consent_required), bit_and(grants)) AS grants FROM standing GROUP BY id) AS told
WHERE told.id = consents.id;

-- By what a recipient knows a person or a case, for one purpose: random, and the same for as long as these are kept.
CREATE TABLE row_keys (
    individual_id BIGINT NOT NULL REFERENCES individuals (id) ON DELETE CASCADE,
    recipient_id BIGINT NOT NULL REFERENCES agencies (id),
    purpose TEXT COLLATE "C" NOT NULL,
    row_key BIGINT NOT NULL,
    PRIMARY KEY (individual_id, recipient_id, purpose)
);
CREATE TABLE case_keys (
    case_id BIGINT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    recipient_id BIGINT NOT NULL REFERENCES agencies (id),
    purpose TEXT COLLATE "C" NOT NULL,
    row_key BIGINT NOT NULL,
    PRIMARY KEY (case_id, recipient_id, purpose)
);

-- A change of coverage, with the number of the audit entry that it is on record by.
CREATE TABLE coverage_changes (
    id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
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
    given_name_key TEXT COLLATE "C",
    family_name_key TEXT COLLATE "C",
    registration_number_key TEXT COLLATE "C",
    phone TEXT COLLATE "C",
    case_number_key TEXT COLLATE "C",
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
