-- Whom the newest entries are about: an entry's people in one row, as words of key, categories, and 1 for a lookup. A row for each
-- person cost more than the answer that it was about.
CREATE TABLE audit_lists (
    sequence BIGINT PRIMARY KEY,
    people TEXT NOT NULL
);
INSERT INTO audit_lists
    SELECT sequence, string_agg(concat_ws('.', audit_key, categories, looked_up::integer), ' ')
    FROM audit_recent_people GROUP BY sequence;
DROP TABLE audit_recent_people;

CREATE TRIGGER audit_lists_unchanged BEFORE UPDATE OR TRUNCATE ON audit_lists
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_lists_kept AFTER DELETE ON audit_lists REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION wall.refuse_recent_change();

-- Puts whole segments in order.
CREATE OR REPLACE FUNCTION wall.compact_audit() RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    this BIGINT;
BEGIN
    SELECT compacted INTO this FROM audit_segments FOR UPDATE;
    WHILE (this + 1) * 256 <= (SELECT sequence FROM audit_head) LOOP
        UPDATE audit_segments SET compacted = this + 1;
        WITH taken AS (
            DELETE FROM audit_lists WHERE sequence > this * 256 AND sequence <= (this + 1) * 256 RETURNING *),
        listed AS (
            SELECT sequence - this * 256 AS entry, split_part(word, '.', 1)::bigint AS key, substr(word, strpos(word, '.')) AS rest
            FROM taken, string_to_table(people, ' ') AS word)
        INSERT INTO audit_people
            SELECT key >> 8, this, string_agg(concat(key & 255, '.', entry, rest), ' ' ORDER BY entry) FROM listed GROUP BY key >> 8;
        this := this + 1;
    END LOOP;
END
$$;

-- The entries about a person whom the viewer's agency holds, between two, for its data officers: the newest first, or the oldest.
CREATE OR REPLACE FUNCTION wall.entries_about(person BIGINT, above BIGINT, below BIGINT, oldest_first BOOLEAN, most BIGINT)
RETURNS TABLE (sequence BIGINT, categories BIGINT, looked_up BOOLEAN)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    key BIGINT;
BEGIN
    SELECT audit_key INTO key FROM individuals, wall.granted() AS granted
        WHERE id = person AND holder_id = (granted ->> 'own')::bigint AND granted ->> 'role' = 'DATA_OFFICER';
    RETURN QUERY SELECT * FROM (
        SELECT sequence, part[2]::bigint AS categories, part[3] = '1' AS looked_up
            FROM audit_lists, string_to_table(people, ' ') AS word, string_to_array(word, '.') AS part
            WHERE sequence > above AND sequence < below AND strpos(' ' || people, concat(' ', key, '.')) > 0
                AND starts_with(word, concat(key, '.'))
        UNION ALL SELECT part[2]::bigint + segment * 256, part[3]::bigint, part[4] = '1'
            FROM audit_people, string_to_table(people, ' ') AS word, string_to_array(word, '.') AS part
            WHERE key_range = key >> 8 AND segment * 256 + 256 > above AND segment * 256 < below
                AND part[1]::bigint = key & 255 AND part[2]::bigint + segment * 256 > above
                AND part[2]::bigint + segment * 256 < below) AS about
        ORDER BY CASE WHEN oldest_first THEN sequence ELSE -sequence END LIMIT most;
END
$$;

ALTER TABLE audit_lists ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON audit_lists TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY client_appends ON audit_lists FOR INSERT TO panoh_server WITH CHECK (
    sequence > (SELECT sequence FROM audit_head) AND sequence <= (SELECT wall.newest_entry()));
GRANT INSERT ON audit_lists TO panoh_server;

-- What is listed beside an entry is let in by the chain's head: that rises, and no further than the newest entry.
CREATE FUNCTION wall.head_rises() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.sequence < OLD.sequence OR NEW.sequence > OLD.sequence AND NEW.sequence > (SELECT max(sequence) FROM audit_entries) THEN
        RAISE EXCEPTION 'the audit is append-only';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_head_rises BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION wall.head_rises();
REVOKE EXECUTE ON FUNCTION wall.head_rises FROM PUBLIC;
