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
CREATE TRIGGER interviews_left AFTER UPDATE OF interview_id ON nominations WHEN OLD.interview_id IS NOT NULL
BEGIN DELETE FROM interviews WHERE id = OLD.interview_id
    AND NOT EXISTS (SELECT 1 FROM nominations WHERE interview_id = OLD.interview_id); END;
CREATE TRIGGER interviews_emptied AFTER DELETE ON nominations WHEN OLD.interview_id IS NOT NULL
BEGIN DELETE FROM interviews WHERE id = OLD.interview_id
    AND NOT EXISTS (SELECT 1 FROM nominations WHERE interview_id = OLD.interview_id); END;

-- Scopes have one dimension more. What the definitions make of them is applied anew after this.
DROP TRIGGER coverage_kept;
DROP VIEW covered_by_terms;
CREATE TABLE scopes (
    agreement_id BIGINT NOT NULL REFERENCES agreements (id),
    dimension TEXT NOT NULL CHECK (dimension IN (
        'NATIONALITY', 'PLACE', 'LEGAL_STATUS', 'SPECIFIC_NEED', 'PROGRAMME', 'SOLUTION', 'CIRCUIT_RIDE')),
    position INTEGER NOT NULL,
    value TEXT NOT NULL,
    -- Of a place.
    level INTEGER,
    -- Of a solution.
    least_stage TEXT,
    destination TEXT,
    PRIMARY KEY (agreement_id, dimension, position)
);
INSERT INTO scopes SELECT agreement_id, dimension, position, value, level, least_stage, destination FROM agreement_scopes;
DROP TABLE agreement_scopes;
ALTER TABLE scopes RENAME TO agreement_scopes;
CREATE TRIGGER due_scopes_added AFTER INSERT ON agreement_scopes
BEGIN INSERT OR IGNORE INTO coverage_due_agreements (agreement_id) VALUES (NEW.agreement_id); END;
CREATE TRIGGER due_scopes_changed AFTER UPDATE ON agreement_scopes
BEGIN INSERT OR IGNORE INTO coverage_due_agreements (agreement_id) VALUES (OLD.agreement_id), (NEW.agreement_id); END;
CREATE TRIGGER due_scopes_removed AFTER DELETE ON agreement_scopes
BEGIN INSERT OR IGNORE INTO coverage_due_agreements (agreement_id) VALUES (OLD.agreement_id); END;

CREATE TRIGGER due_nominations_added AFTER INSERT ON nominations
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (NEW.individual_id); END;
CREATE TRIGGER due_nominations_changed AFTER UPDATE ON nominations
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (OLD.individual_id), (NEW.individual_id); END;
CREATE TRIGGER due_nominations_removed AFTER DELETE ON nominations
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) VALUES (OLD.individual_id); END;
CREATE TRIGGER due_circuit_rides_changed AFTER UPDATE ON circuit_rides
BEGIN INSERT OR IGNORE INTO coverage_due_people (individual_id) SELECT individual_id FROM nominations WHERE circuit_ride_id = NEW.id; END;
