-- Of whom something was shown, or who was looked up, by what requests: found by the person. An entry holds their numbers and a hash
-- of them. `categories` are in the bits of what agreements grant.
CREATE TABLE audit_people (
    audit_key BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    categories BIGINT NOT NULL,
    looked_up BOOLEAN NOT NULL,
    PRIMARY KEY (audit_key, sequence, looked_up)
);
CREATE INDEX audit_people_sequence ON audit_people USING brin (sequence);
-- What was asked about everybody whom a basis covered.
CREATE TABLE audit_questions (
    basis_id BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    categories BIGINT NOT NULL,
    PRIMARY KEY (basis_id, sequence)
);

ALTER TABLE audit_entries
    ADD COLUMN people TEXT,
    ADD COLUMN questions TEXT,
    -- An agency's own numbering: by the chain's it could tell how much others do.
    ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_unchanged;
UPDATE audit_entries SET number = counted.number FROM (
    SELECT sequence, row_number() OVER (PARTITION BY agency_id ORDER BY sequence) AS number FROM audit_entries) AS counted
    WHERE counted.sequence = audit_entries.sequence;
ALTER TABLE audit_entries ENABLE TRIGGER audit_entries_unchanged;

CREATE TABLE audit_numbers (
    agency_id BIGINT PRIMARY KEY,
    number BIGINT NOT NULL
);
INSERT INTO audit_numbers SELECT agency_id, count(*) FROM audit_entries WHERE agency_id IS NOT NULL GROUP BY agency_id;

-- Entries from before list everybody themselves.
INSERT INTO audit_people
SELECT key, sequence, bit_or(categories), FALSE FROM (
    SELECT sequence, (SELECT coalesce(sum(wall.bit(category)), 0)::bigint
            FROM jsonb_array_elements_text(disclosure -> 'categories') AS category) AS categories,
        generate_series((range ->> 0)::bigint, (range ->> 1)::bigint) AS key
    FROM audit_entries, jsonb_array_elements(disclosures::jsonb) AS disclosure,
        jsonb_array_elements(disclosure -> 'people') AS range) AS listed
GROUP BY key, sequence;

CREATE TRIGGER audit_people_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_people
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_questions_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_questions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- The holder's data officers read who saw the people whom it holds, and what was asked about them.
ALTER TABLE audit_people ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON audit_people TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY anybody_appends ON audit_people FOR INSERT TO panoh_server WITH CHECK (true);
CREATE POLICY holders ON audit_people FOR SELECT TO panoh_server USING (
    (SELECT wall.granted() ->> 'own' IS NOT NULL AND wall.granted() ->> 'role' = 'DATA_OFFICER')
    AND EXISTS (SELECT FROM individuals WHERE individuals.audit_key = audit_people.audit_key OFFSET 0));
ALTER TABLE audit_questions ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON audit_questions TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY anybody_appends ON audit_questions FOR INSERT TO panoh_server WITH CHECK (true);
CREATE POLICY holders ON audit_questions FOR SELECT TO panoh_server USING (
    basis_id = ANY (ARRAY(SELECT id FROM agreements, wall.granted() AS granted
        WHERE provider_id = (granted ->> 'own')::bigint AND granted ->> 'role' = 'DATA_OFFICER'
        UNION ALL SELECT -(granted ->> 'own')::bigint FROM wall.granted() AS granted WHERE granted ->> 'role' = 'DATA_OFFICER')));
GRANT SELECT, INSERT ON audit_people, audit_questions, audit_numbers TO panoh_server;
GRANT UPDATE (number) ON audit_numbers TO panoh_server;
