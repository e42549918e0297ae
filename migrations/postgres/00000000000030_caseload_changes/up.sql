-- A record is closed when its person has departed or died. A duplicate is merged into the record that is kept: of it is left by what it
-- was known.
ALTER TABLE individuals
    ADD COLUMN closed_as TEXT CHECK (closed_as IN ('DEPARTED', 'DECEASED')),
    ADD COLUMN closed_on DATE,
    ADD COLUMN merged_into_id BIGINT REFERENCES individuals (id) ON DELETE CASCADE,
    -- When the holder last changed the record.
    ADD COLUMN updated_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC');
CREATE INDEX individuals_merged ON individuals (merged_into_id) WHERE merged_into_id IS NOT NULL;

-- The numbers by which the audit names people: whoever adds people takes the next.
CREATE SEQUENCE audit_keys;
SELECT setval('audit_keys', (SELECT coalesce(max(audit_key), 0) + 1 FROM individuals), false);
GRANT USAGE ON SEQUENCE audit_keys TO panoh_server;

-- Whether the viewer works on the records of a holder, and on that of a person.
CREATE FUNCTION wall.works_for(holder BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(holder = (granted ->> 'own')::bigint AND granted ->> 'role' IN ('CASEWORKER', 'DATA_OFFICER'), FALSE)
    FROM wall.granted() AS granted
$$;
CREATE FUNCTION wall.works_on(person BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM individuals WHERE id = person AND wall.works_for(holder_id))
$$;

-- Whether a holder has a registration number, of a record that was merged too: nobody sees that one any more.
CREATE FUNCTION wall.has_number(holder BIGINT, number TEXT, but BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM individuals WHERE holder_id = holder AND registration_number_key = number AND id <> but)
        AND wall.works_for(holder)
$$;

-- Has a duplicate, and whoever was merged into it before, refer to the record that is kept, which is retained as long as either was to
-- be. Nobody but the owner sees merged records.
CREATE FUNCTION wall.merge_records(kept BIGINT, duplicate BIGINT) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF kept = duplicate OR NOT wall.works_on(kept) OR NOT wall.works_on(duplicate)
        OR EXISTS (SELECT FROM individuals WHERE id IN (kept, duplicate) AND (anonymised OR merged_into_id IS NOT NULL)) THEN
        RAISE EXCEPTION 'not two records of the viewer''s';
    END IF;
    UPDATE individuals SET merged_into_id = kept WHERE merged_into_id = duplicate;
    UPDATE individuals SET retained_from = greatest(retained_from, (SELECT retained_from FROM individuals WHERE id = duplicate))
        WHERE id = kept;
    UPDATE individuals SET merged_into_id = kept, retained_from = NULL WHERE id = duplicate;
END
$$;

-- What covered the records that were merged into a person's, for the access log of its holder.
CREATE FUNCTION wall.merged_coverages(person BIGINT)
RETURNS TABLE (individual_id BIGINT, basis_id BIGINT, since BIGINT, ended BIGINT, until DATE)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coverages.individual_id, basis_id, since, ended, until
    FROM coverages JOIN individuals AS merged ON merged.id = coverages.individual_id
    WHERE merged.merged_into_id = person AND wall.works_for(merged.holder_id)
$$;
REVOKE EXECUTE ON FUNCTION wall.works_for, wall.works_on, wall.has_number, wall.merge_records, wall.merged_coverages FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.works_for, wall.works_on, wall.has_number, wall.merge_records, wall.merged_coverages TO panoh_server;

-- Of how many people the demo in this database was made, if it is one: it may have more by now, and fewer.
CREATE TABLE demos (people BIGINT NOT NULL PRIMARY KEY);
