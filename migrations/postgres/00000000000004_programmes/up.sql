CREATE TABLE programmes (
    id BIGINT PRIMARY KEY,
    identifier TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('MICRO_CREDIT', 'HOUSING', 'SCHOOL', 'CASH_ASSISTANCE', 'TRAINING', 'OTHER')),
    lead_id BIGINT NOT NULL REFERENCES agencies (id),
    implementer_id BIGINT REFERENCES agencies (id),
    status TEXT NOT NULL CHECK (status IN (
        'PIPELINE', 'IMPLEMENTATION', 'FINALISATION', 'CLOSED', 'CANCELLED', 'SUSPENDED')),
    sector TEXT,
    starts_on DATE,
    ends_on DATE,
    refugees_target INTEGER,
    refugees_reached INTEGER,
    host_community_target INTEGER,
    host_community_reached INTEGER
);

CREATE TABLE programme_places (
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    place_id BIGINT NOT NULL REFERENCES places (id),
    PRIMARY KEY (programme_id, place_id)
);

CREATE TABLE enrolments (
    id BIGINT PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    started_on DATE,
    ended_on DATE,
    CHECK (ended_on >= started_on)
);
CREATE INDEX enrolments_individual ON enrolments (individual_id);
CREATE INDEX enrolments_programme ON enrolments (programme_id, individual_id);

CREATE TABLE assistance (
    id BIGINT PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    amount_hundredths BIGINT NOT NULL CHECK (amount_hundredths > 0),
    currency TEXT NOT NULL,
    paid_on DATE NOT NULL
);
CREATE INDEX assistance_individual ON assistance (individual_id);
