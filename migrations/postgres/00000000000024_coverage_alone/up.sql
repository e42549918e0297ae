-- By what the audit names who is covered: whoever needs no more of a person than a key finds it here.
ALTER TABLE coverages ADD COLUMN audit_key BIGINT;
UPDATE coverages SET audit_key = individuals.audit_key FROM individuals WHERE individuals.id = individual_id;
ALTER TABLE coverages ALTER COLUMN audit_key SET NOT NULL;
CREATE FUNCTION wall.name_covered() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.audit_key := (SELECT audit_key FROM individuals WHERE id = NEW.individual_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER coverages_named BEFORE INSERT ON coverages FOR EACH ROW EXECUTE FUNCTION wall.name_covered();

-- Row level security asks for each row whether it is covered: the index alone answers.
ALTER TABLE coverages DROP CONSTRAINT coverages_pkey,
    ADD PRIMARY KEY (individual_id, basis_id, since) INCLUDE (ended, until);
REVOKE EXECUTE ON FUNCTION wall.name_covered FROM PUBLIC;

-- Counts read nothing else.
DROP INDEX coverages_row_key;
CREATE INDEX coverages_row_key ON coverages (basis_id, row_key) INCLUDE (ended, until) WHERE ended IS NULL;

-- The day on which coverage is judged is asked for by each table of each statement.
CREATE OR REPLACE FUNCTION wall.may_be_today(day DATE) RETURNS BOOLEAN
LANGUAGE sql STABLE AS $$ SELECT pg_catalog.abs(day OPERATOR(pg_catalog.-) wall.database_date()) OPERATOR(pg_catalog.<=) 1 $$;
CREATE OR REPLACE FUNCTION wall.day() RETURNS DATE
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    day DATE := nullif(current_setting('panoh.day', true), '');
BEGIN
    RETURN CASE WHEN wall.may_be_today(day) THEN day END;
END
$$;

-- Time goes on within a transaction: one that is left open keeps neither its day nor an emergency.
CREATE OR REPLACE FUNCTION wall.database_date() RETURNS DATE
LANGUAGE sql STABLE AS $$ SELECT (statement_timestamp() AT TIME ZONE 'UTC')::date $$;
CREATE OR REPLACE FUNCTION wall.granted() RETURNS JSONB
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    granted TEXT := current_setting('panoh.granted', true);
    until TEXT := current_setting('panoh.until', true);
BEGIN
    IF current_setting('panoh.seal', true) = wall.sealed(granted, until)
        AND (until = '' OR until::timestamp > statement_timestamp() AT TIME ZONE 'UTC') THEN
        RETURN granted::jsonb;
    END IF;
    RETURN NULL;
END
$$;
