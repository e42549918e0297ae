-- An embassy asks for a circuit ride; the holder nominates whom its officers interview, and when. Whoever is nominated is covered by terms
-- that name circuit rides to its country, until it closes.
CREATE TABLE circuit_rides (
    id BIGINT PRIMARY KEY,
    requester_id BIGINT NOT NULL REFERENCES agencies (id),
    holder_id BIGINT NOT NULL REFERENCES agencies (id),
    country TEXT NOT NULL,
    opens_on DATE NOT NULL,
    closes_on DATE NOT NULL CHECK (closes_on >= opens_on),
    capacity INTEGER NOT NULL CHECK (capacity > 0),
    interviewers INTEGER NOT NULL CHECK (interviewers > 0),
    status TEXT NOT NULL CHECK (status IN ('REQUESTED', 'DECLINED', 'CLOSED')),
    requested_at TIMESTAMP NOT NULL,
    CHECK (requester_id <> holder_id)
);
CREATE INDEX circuit_rides_requested ON circuit_rides (requested_at, id);

CREATE TABLE circuit_ride_cities (
    circuit_ride_id BIGINT NOT NULL REFERENCES circuit_rides (id),
    place_id BIGINT NOT NULL REFERENCES places (id),
    PRIMARY KEY (circuit_ride_id, place_id)
);

CREATE TABLE interviews (
    id BIGINT PRIMARY KEY,
    circuit_ride_id BIGINT NOT NULL REFERENCES circuit_rides (id),
    place_id BIGINT NOT NULL REFERENCES places (id),
    starts_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP NOT NULL CHECK (ends_at > starts_at),
    interviewer INTEGER NOT NULL CHECK (interviewer > 0),
    room TEXT NOT NULL,
    interpreter_language TEXT
);
CREATE INDEX interviews_circuit_ride ON interviews (circuit_ride_id, starts_at);

CREATE TABLE nominations (
    id BIGINT PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    circuit_ride_id BIGINT NOT NULL REFERENCES circuit_rides (id),
    nominated_on DATE NOT NULL,
    withdrawn_on DATE CHECK (withdrawn_on >= nominated_on),
    interview_id BIGINT REFERENCES interviews (id),
    outcome TEXT CHECK (outcome IN ('NOT_HELD', 'INTERVIEWED', 'ACCEPTED', 'REJECTED')),
    outcome_on DATE CHECK ((outcome_on IS NULL) = (outcome IS NULL))
);
CREATE INDEX nominations_individual ON nominations (individual_id);
CREATE INDEX nominations_interview ON nominations (interview_id);
-- Nobody is nominated twice at once for one ride.
CREATE UNIQUE INDEX nominations_standing ON nominations (circuit_ride_id, individual_id) WHERE withdrawn_on IS NULL;

-- An interview that is with nobody any more goes: when and where it was would be left of whoever is erased.
CREATE FUNCTION wall.remove_empty_interview() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM interviews WHERE id = OLD.interview_id
        AND NOT EXISTS (SELECT FROM nominations WHERE interview_id = OLD.interview_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER interviews_left AFTER UPDATE OF interview_id ON nominations FOR EACH ROW WHEN (OLD.interview_id IS NOT NULL)
    EXECUTE FUNCTION wall.remove_empty_interview();
CREATE TRIGGER interviews_emptied AFTER DELETE ON nominations FOR EACH ROW WHEN (OLD.interview_id IS NOT NULL)
    EXECUTE FUNCTION wall.remove_empty_interview();

-- Scopes have one dimension more.
ALTER TABLE agreement_scopes
    DROP CONSTRAINT agreement_scopes_dimension_check,
    ADD CONSTRAINT agreement_scopes_dimension_check CHECK (dimension IN (
        'NATIONALITY', 'PLACE', 'LEGAL_STATUS', 'SPECIFIC_NEED', 'PROGRAMME', 'SOLUTION', 'CIRCUIT_RIDE'));

CREATE TRIGGER due_insert_new AFTER INSERT ON nominations REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION wall.due_items();
CREATE TRIGGER due_update_old AFTER UPDATE ON nominations REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION wall.due_items();
CREATE TRIGGER due_update_new AFTER UPDATE ON nominations REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION wall.due_items();
CREATE TRIGGER due_delete_old AFTER DELETE ON nominations REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION wall.due_items();
CREATE FUNCTION wall.due_circuit_rides() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM wall.due_people(ARRAY(SELECT individual_id FROM nominations WHERE circuit_ride_id = NEW.id));
    RETURN NULL;
END
$$;
CREATE TRIGGER due_closing AFTER UPDATE ON circuit_rides FOR EACH ROW EXECUTE FUNCTION wall.due_circuit_rides();

-- Whether the viewer's agency nominates for a circuit ride, and the viewer works on its own records.
CREATE FUNCTION wall.nominates(circuit_ride BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM circuit_rides WHERE id = circuit_ride AND wall.works_for(holder_id))
$$;

-- Circuit rides are their parties'. The embassy asks and closes, the holder declines.
ALTER TABLE circuit_rides ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON circuit_rides TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON circuit_rides FOR SELECT TO panoh_server
    USING ((SELECT (wall.granted() ->> 'agency')::bigint) IN (requester_id, holder_id));
CREATE POLICY requester_asks ON circuit_rides FOR INSERT TO panoh_server WITH CHECK (
    status = 'REQUESTED' AND closes_on >= wall.day() AND wall.is_party(requester_id, requester_id)
    AND country = (SELECT agencies.country FROM agencies WHERE agencies.id = requester_id));
CREATE POLICY party_ends ON circuit_rides FOR UPDATE TO panoh_server
    USING (status = 'REQUESTED')
    WITH CHECK (CASE status
        WHEN 'CLOSED' THEN wall.is_party(requester_id, requester_id)
        WHEN 'DECLINED' THEN wall.is_party(holder_id, holder_id)
        ELSE FALSE END);
ALTER TABLE circuit_ride_cities ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON circuit_ride_cities TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON circuit_ride_cities FOR SELECT TO panoh_server
    USING (EXISTS (SELECT FROM circuit_rides WHERE circuit_rides.id = circuit_ride_id));
CREATE POLICY requester_asks ON circuit_ride_cities FOR INSERT TO panoh_server WITH CHECK (EXISTS (
    SELECT FROM circuit_rides WHERE circuit_rides.id = circuit_ride_id AND wall.is_party(requester_id, requester_id)));
ALTER TABLE interviews ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON interviews TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON interviews FOR SELECT TO panoh_server
    USING (EXISTS (SELECT FROM circuit_rides WHERE circuit_rides.id = circuit_ride_id));
CREATE POLICY holder_schedules ON interviews FOR INSERT TO panoh_server WITH CHECK (wall.nominates(circuit_ride_id));

-- Records what became of a nominated person's interview, and moves the solution: for the embassy, which cannot write either itself. It sees
-- the person's solutions by the day, and the day of the interview has come.
CREATE FUNCTION wall.record_outcome(nomination BIGINT, said TEXT, said_on DATE, split TEXT) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    about RECORD;
    granted JSONB := wall.granted();
BEGIN
    SELECT nominations.individual_id AS person, circuit_rides.country, interviews.starts_at INTO about
        FROM nominations JOIN circuit_rides ON circuit_rides.id = circuit_ride_id JOIN interviews ON interviews.id = interview_id
        WHERE nominations.id = nomination AND withdrawn_on IS NULL AND status <> 'DECLINED'
            AND (outcome IS NULL OR outcome = 'INTERVIEWED')
            AND requester_id = (granted ->> 'agency')::bigint AND granted ->> 'purpose' = 'RESETTLEMENT'
            AND granted ->> 'role' IN ('CASEWORKER', 'DATA_OFFICER')
            AND (SELECT bool_or(basis_id = ANY (wall.bases('SOLUTIONS'))) AND bool_or(level = 'IDENTIFIED')
                FROM coverages JOIN agreements ON agreements.id = basis_id
                WHERE coverages.individual_id = nominations.individual_id AND basis_id = ANY (wall.bases())
                    AND ended IS NULL AND (until IS NULL OR until > wall.day()));
    IF about.person IS NULL OR said_on NOT BETWEEN about.starts_at::date AND wall.day() THEN
        RAISE EXCEPTION 'no interview whose outcome the viewer''s agency records';
    END IF;
    UPDATE nominations SET outcome = said, outcome_on = said_on WHERE id = nomination;
    IF said <> 'NOT_HELD' THEN
        UPDATE solutions SET stage = said, stage_on = said_on, split_reason = coalesce(split, split_reason)
            WHERE individual_id = about.person AND kind = 'RESETTLEMENT' AND destination = about.country
                AND stage IN ('SUBMITTED', 'INTERVIEWED');
        IF NOT FOUND THEN
            RAISE EXCEPTION 'nobody is submitted whom the outcome is about';
        END IF;
    END IF;
    UPDATE individuals SET updated_at = greatest(clock_timestamp() AT TIME ZONE 'UTC', updated_at + interval '1 microsecond')
        WHERE id = about.person;
END
$$;
REVOKE EXECUTE ON FUNCTION wall.remove_empty_interview, wall.due_circuit_rides, wall.nominates, wall.record_outcome FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.nominates, wall.record_outcome TO panoh_server;
GRANT SELECT, INSERT ON circuit_rides, circuit_ride_cities, interviews TO panoh_server;
GRANT UPDATE (status) ON circuit_rides TO panoh_server;
