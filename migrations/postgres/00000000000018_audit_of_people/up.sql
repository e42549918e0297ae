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
);
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
INSERT INTO audit_recent_people
SELECT sequence, key, bit_or(categories), FALSE FROM (
    SELECT sequence, (SELECT coalesce(sum(wall.bit(category)), 0)::bigint
            FROM jsonb_array_elements_text(disclosure -> 'categories') AS category) AS categories,
        generate_series((range ->> 0)::bigint, (range ->> 1)::bigint) AS key
    FROM audit_entries, jsonb_array_elements(disclosures::jsonb) AS disclosure,
        jsonb_array_elements(disclosure -> 'people') AS range) AS listed
GROUP BY key, sequence;

CREATE TRIGGER audit_recent_people_unchanged BEFORE UPDATE OR TRUNCATE ON audit_recent_people
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_people_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_people
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_questions_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_questions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE FUNCTION wall.refuse_recent_change() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM gone WHERE (sequence - 1) / 256 >= (SELECT compacted FROM audit_segments)) THEN
        RAISE EXCEPTION 'the audit is append-only';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_recent_people_kept AFTER DELETE ON audit_recent_people REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION wall.refuse_recent_change();

-- Puts whole segments in order.
CREATE FUNCTION wall.compact_audit() RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    this BIGINT;
BEGIN
    SELECT compacted INTO this FROM audit_segments FOR UPDATE;
    WHILE (this + 1) * 256 <= (SELECT sequence FROM audit_head) LOOP
        UPDATE audit_segments SET compacted = this + 1;
        WITH taken AS (
            DELETE FROM audit_recent_people WHERE sequence > this * 256 AND sequence <= (this + 1) * 256 RETURNING *)
        INSERT INTO audit_people
            SELECT audit_key >> 8, this, string_agg(concat_ws('.', audit_key & 255, sequence - this * 256, categories,
                looked_up::integer), ' ' ORDER BY sequence)
            FROM taken GROUP BY audit_key >> 8;
        this := this + 1;
    END LOOP;
END
$$;

-- The entries about a person whom the viewer's agency holds, between two, for its data officers: the newest first, or the oldest.
CREATE FUNCTION wall.entries_about(person BIGINT, above BIGINT, below BIGINT, oldest_first BOOLEAN, most BIGINT)
RETURNS TABLE (sequence BIGINT, categories BIGINT, looked_up BOOLEAN)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    key BIGINT;
BEGIN
    SELECT audit_key INTO key FROM individuals, wall.granted() AS granted
        WHERE id = person AND holder_id = (granted ->> 'own')::bigint AND granted ->> 'role' = 'DATA_OFFICER';
    RETURN QUERY SELECT * FROM (
        SELECT sequence, categories, looked_up FROM audit_recent_people
            WHERE audit_key = key AND sequence > above AND sequence < below
        UNION ALL SELECT part[2]::bigint + segment * 256, part[3]::bigint, part[4] = '1'
            FROM audit_people, unnest(string_to_array(people, ' ')) AS word, string_to_array(word, '.') AS part
            WHERE key_range = key >> 8 AND segment * 256 + 256 > above AND segment * 256 < below
                AND part[1]::bigint = key & 255 AND part[2]::bigint + segment * 256 > above
                AND part[2]::bigint + segment * 256 < below) AS about
        ORDER BY CASE WHEN oldest_first THEN sequence ELSE -sequence END LIMIT most;
END
$$;

ALTER TABLE audit_recent_people ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON audit_recent_people TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY anybody_appends ON audit_recent_people FOR INSERT TO panoh_server WITH CHECK (true);
ALTER TABLE audit_questions ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON audit_questions TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY anybody_appends ON audit_questions FOR INSERT TO panoh_server WITH CHECK (true);
CREATE POLICY holders ON audit_questions FOR SELECT TO panoh_server USING (
    basis_id = ANY (ARRAY(SELECT id FROM agreements, wall.granted() AS granted
        WHERE provider_id = (granted ->> 'own')::bigint AND granted ->> 'role' = 'DATA_OFFICER'
        UNION ALL SELECT -(granted ->> 'own')::bigint FROM wall.granted() AS granted WHERE granted ->> 'role' = 'DATA_OFFICER')));
GRANT INSERT ON audit_recent_people TO panoh_server;
GRANT SELECT, INSERT ON audit_questions, audit_numbers TO panoh_server;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA wall FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.compact_audit, wall.entries_about TO panoh_server;
GRANT UPDATE (number) ON audit_numbers TO panoh_server;
