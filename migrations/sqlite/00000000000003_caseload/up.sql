CREATE TABLE cases (
    id INTEGER PRIMARY KEY,
    holder_id BIGINT NOT NULL REFERENCES agencies (id),
    number TEXT NOT NULL,
    number_key TEXT NOT NULL,
    UNIQUE (holder_id, number_key)
);

CREATE TABLE individuals (
    id INTEGER PRIMARY KEY,
    holder_id BIGINT NOT NULL REFERENCES agencies (id),
    case_id BIGINT REFERENCES cases (id),
    sex TEXT CHECK (sex IN ('FEMALE', 'MALE')),
    nationality TEXT,
    region_id BIGINT REFERENCES places (id),
    registration_number TEXT,
    registration_number_key TEXT,
    given_name TEXT,
    given_name_key TEXT,
    family_name TEXT,
    family_name_key TEXT,
    date_of_birth DATE,
    phone TEXT,
    place_id BIGINT REFERENCES places (id),
    legal_status TEXT CHECK (legal_status IN ('ASYLUM_SEEKER', 'REFUGEE', 'LEGAL_RESIDENT', 'CITIZEN', 'OTHER')),
    arrived_on DATE,
    arrived_year_on DATE,
    registered_on DATE,
    registered_year_on DATE
);
-- An index for each order: exact values, and 1 January of the year where only that is shown.
CREATE INDEX individuals_registered ON individuals (holder_id, registered_on, id);
CREATE INDEX individuals_registered_year ON individuals (holder_id, registered_year_on, id);
CREATE INDEX individuals_arrived ON individuals (holder_id, arrived_on, id);
CREATE INDEX individuals_arrived_year ON individuals (holder_id, arrived_year_on, id);
CREATE INDEX individuals_born ON individuals (holder_id, date_of_birth, id);
CREATE INDEX individuals_family_name ON individuals (holder_id, family_name_key, id);
CREATE INDEX individuals_given_name ON individuals (holder_id, given_name_key, id);
CREATE UNIQUE INDEX individuals_registration_number ON individuals (holder_id, registration_number_key);
CREATE INDEX individuals_holder ON individuals (holder_id, id);
CREATE INDEX individuals_case ON individuals (holder_id, case_id, id);
CREATE INDEX individuals_place ON individuals (holder_id, place_id);

CREATE TABLE specific_needs (
    id INTEGER PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    code TEXT NOT NULL,
    UNIQUE (individual_id, code)
);

CREATE TABLE consents (
    id INTEGER PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    recipient_id BIGINT NOT NULL REFERENCES agencies (id),
    purpose TEXT NOT NULL CHECK (purpose IN (
        'PROGRAMME_DELIVERY', 'RESETTLEMENT', 'PROTECTION_ADVOCACY', 'VOLUNTARY_REPATRIATION', 'STATISTICS')),
    decision TEXT NOT NULL CHECK (decision IN ('GIVEN', 'REFUSED', 'WITHDRAWN')),
    recorded_at TIMESTAMP NOT NULL,
    expires_on DATE,
    newest BOOLEAN NOT NULL,
    UNIQUE (individual_id, recipient_id, purpose, recorded_at),
    CHECK (expires_on IS NULL OR decision = 'GIVEN')
);
-- At most one entry counts for a person, recipient and purpose.
CREATE UNIQUE INDEX consents_newest ON consents (individual_id, recipient_id, purpose) WHERE newest;
CREATE INDEX consents_recipient ON consents (recipient_id, purpose, decision, individual_id) WHERE newest;

CREATE TABLE solutions (
    id INTEGER PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    kind TEXT NOT NULL CHECK (kind IN ('VOLUNTARY_REPATRIATION', 'RESETTLEMENT', 'LOCAL_INTEGRATION')),
    form TEXT CHECK (form IN ('CITIZENSHIP', 'LEGAL_RESIDENCE')),
    stage TEXT NOT NULL CHECK (stage IN (
        'IDENTIFIED', 'SUBMITTED', 'INTERVIEWED', 'ACCEPTED', 'DEPARTED', 'GRANTED', 'REJECTED', 'WITHDRAWN')),
    destination TEXT,
    assisted BOOLEAN,
    stage_on DATE,
    CHECK (form IS NULL OR kind = 'LOCAL_INTEGRATION')
);
CREATE INDEX solutions_individual ON solutions (individual_id);
CREATE INDEX solutions_kind ON solutions (kind, destination, stage, individual_id);

CREATE TABLE incidents (
    id INTEGER PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    kind TEXT NOT NULL CHECK (kind IN (
        'BRIBE_DEMAND', 'FORCED_RELOCATION', 'ARBITRARY_DEPORTATION', 'DETENTION', 'DENIAL_OF_SERVICES', 'OTHER')),
    occurred_on DATE,
    place_id BIGINT REFERENCES places (id)
);
CREATE INDEX incidents_individual ON incidents (individual_id);
