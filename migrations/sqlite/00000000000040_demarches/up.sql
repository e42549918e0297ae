-- What agencies ask of a government together, on what it rests, and what becomes of it. Nothing in it is about a person.
CREATE TABLE demarches (
    id BIGINT PRIMARY KEY,
    drafter_id BIGINT NOT NULL REFERENCES agencies (id),
    subject TEXT NOT NULL,
    addressee TEXT NOT NULL,
    drafted_at TIMESTAMP NOT NULL,
    withdrawn_on DATE,
    delivered_on DATE,
    response TEXT,
    responded_on DATE CHECK (responded_on >= delivered_on),
    CHECK (withdrawn_on IS NULL OR delivered_on IS NULL),
    CHECK ((response IS NULL) = (responded_on IS NULL))
);
CREATE INDEX demarches_drafted ON demarches (drafted_at, id);

CREATE TABLE demarche_parties (
    demarche_id BIGINT NOT NULL REFERENCES demarches (id),
    agency_id BIGINT NOT NULL REFERENCES agencies (id),
    decision TEXT NOT NULL CHECK (decision IN ('INVITED', 'JOINED', 'DECLINED')),
    PRIMARY KEY (demarche_id, agency_id)
);

CREATE TABLE demarche_asks (
    id BIGINT PRIMARY KEY,
    demarche_id BIGINT NOT NULL REFERENCES demarches (id),
    kind TEXT NOT NULL CHECK (kind IN (
        'CITIZENSHIP', 'LEGAL_RESIDENCE', 'STOP_RELOCATION', 'STOP_DEPORTATION', 'STOP_BRIBES', 'RELEASE', 'OTHER')),
    detail TEXT,
    follow_up_on DATE NOT NULL,
    answer TEXT CHECK (answer IN ('GRANTED', 'PARTLY_GRANTED', 'REFUSED')),
    answered_on DATE,
    CHECK ((answer IS NULL) = (answered_on IS NULL))
);
CREATE INDEX demarche_asks_demarche ON demarche_asks (demarche_id);

CREATE TABLE demarche_follow_ups (
    id BIGINT PRIMARY KEY,
    demarche_id BIGINT NOT NULL REFERENCES demarches (id),
    ask_id BIGINT NOT NULL REFERENCES demarche_asks (id),
    agency_id BIGINT NOT NULL REFERENCES agencies (id),
    followed_up_on DATE NOT NULL,
    note TEXT NOT NULL
);
CREATE INDEX demarche_follow_ups_ask ON demarche_follow_ups (ask_id, followed_up_on);

-- A figure is its provider's and its citer's to see until the demarche is delivered; then everybody's who has joined.
CREATE TABLE demarche_figures (
    id BIGINT PRIMARY KEY,
    demarche_id BIGINT NOT NULL REFERENCES demarches (id),
    agreement_id BIGINT NOT NULL REFERENCES agreements (id),
    provider_id BIGINT NOT NULL REFERENCES agencies (id),
    citer_id BIGINT NOT NULL REFERENCES agencies (id),
    release_number INTEGER NOT NULL,
    as_of DATE NOT NULL,
    dimensions TEXT NOT NULL,
    value TEXT NOT NULL,
    count BIGINT NOT NULL
);
CREATE UNIQUE INDEX demarche_figures_cited
    ON demarche_figures (demarche_id, agreement_id, release_number, dimensions, value);

CREATE TABLE demarche_patterns (
    demarche_id BIGINT NOT NULL REFERENCES demarches (id),
    pattern_id BIGINT NOT NULL REFERENCES incident_patterns (id),
    citer_id BIGINT NOT NULL REFERENCES agencies (id),
    name TEXT NOT NULL,
    kind TEXT,
    actor TEXT,
    PRIMARY KEY (demarche_id, pattern_id)
);
