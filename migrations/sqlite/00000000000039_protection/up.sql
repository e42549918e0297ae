-- Who did it, how far it is checked, and what else belongs to it; what people told; emergencies, with what is known and what is done.
CREATE TABLE incident_patterns (
    id BIGINT PRIMARY KEY,
    holder_id BIGINT NOT NULL REFERENCES agencies (id),
    name TEXT NOT NULL,
    kind TEXT CHECK (kind IN (
        'BRIBE_DEMAND', 'FORCED_RELOCATION', 'ARBITRARY_DEPORTATION', 'DETENTION', 'DENIAL_OF_SERVICES', 'OTHER')),
    actor TEXT CHECK (actor IN ('STATE_MIGRATION_SERVICE', 'POLICE', 'BORDER_GUARDS', 'LOCAL_AUTHORITY',
        'OTHER_AUTHORITY', 'SERVICE_PROVIDER', 'PRIVATE_PERSON')),
    recorded_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX incident_patterns_name ON incident_patterns (holder_id, name);
CREATE INDEX incident_patterns_recorded ON incident_patterns (recorded_at, id);

CREATE TABLE recorded (
    id BIGINT PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    kind TEXT NOT NULL CHECK (kind IN (
        'BRIBE_DEMAND', 'FORCED_RELOCATION', 'ARBITRARY_DEPORTATION', 'DETENTION', 'DENIAL_OF_SERVICES', 'OTHER')),
    occurred_on DATE,
    place_id BIGINT REFERENCES places (id),
    -- The same for all whom one event affected.
    event_id BIGINT NOT NULL,
    actor TEXT CHECK (actor IN ('STATE_MIGRATION_SERVICE', 'POLICE', 'BORDER_GUARDS', 'LOCAL_AUTHORITY',
        'OTHER_AUTHORITY', 'SERVICE_PROVIDER', 'PRIVATE_PERSON')),
    verification TEXT NOT NULL CHECK (verification IN ('REPORTED', 'CORROBORATED', 'VERIFIED', 'UNFOUNDED')),
    pattern_id BIGINT REFERENCES incident_patterns (id)
);
INSERT INTO recorded SELECT id, individual_id, kind, occurred_on, place_id, id, NULL, 'REPORTED', NULL FROM incidents;
DROP TABLE incidents;
ALTER TABLE recorded RENAME TO incidents;
CREATE INDEX incidents_individual ON incidents (individual_id);
CREATE INDEX incidents_event ON incidents (event_id);
CREATE INDEX incidents_pattern ON incidents (pattern_id);

CREATE TABLE incident_accounts (
    id BIGINT PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    incident_id BIGINT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    account TEXT NOT NULL,
    recorded_on DATE NOT NULL
);
CREATE INDEX incident_accounts_individual ON incident_accounts (individual_id);
CREATE INDEX incident_accounts_incident ON incident_accounts (incident_id);

CREATE TABLE emergencies (
    id BIGINT PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    incident_id BIGINT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    opened_on DATE NOT NULL,
    closed_on DATE CHECK (closed_on >= opened_on),
    outcome TEXT CHECK (outcome IN ('SAFE', 'SAFE_ELSEWHERE', 'REFOULEMENT', 'NOT_FOUND', 'DIED', 'UNFOUNDED')),
    CHECK ((closed_on IS NULL) = (outcome IS NULL))
);
CREATE INDEX emergencies_individual ON emergencies (individual_id);
-- An incident is one emergency at most.
CREATE UNIQUE INDEX emergencies_incident ON emergencies (incident_id);

CREATE TABLE emergency_facts (
    id BIGINT PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    emergency_id BIGINT NOT NULL REFERENCES emergencies (id) ON DELETE CASCADE,
    question TEXT NOT NULL CHECK (question IN (
        'WHEREABOUTS', 'CUSTODY', 'BORDER_CROSSING', 'CONDITION', 'DOCUMENTS', 'LEGAL_BASIS', 'FAMILY', 'ACCESS')),
    answer TEXT NOT NULL,
    known_on DATE NOT NULL
);
CREATE INDEX emergency_facts_individual ON emergency_facts (individual_id);
CREATE UNIQUE INDEX emergency_facts_question ON emergency_facts (emergency_id, question);

CREATE TABLE emergency_steps (
    id BIGINT PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    emergency_id BIGINT NOT NULL REFERENCES emergencies (id) ON DELETE CASCADE,
    action TEXT NOT NULL CHECK (action IN (
        'INTERVENTION', 'LEGAL_AID', 'TRACING', 'FAMILY_CONTACT', 'MEDICAL_AID', 'OFFICE_ABROAD', 'URGENT_RESETTLEMENT', 'RELOCATION')),
    due_on DATE NOT NULL,
    done_on DATE
);
CREATE INDEX emergency_steps_individual ON emergency_steps (individual_id);
CREATE INDEX emergency_steps_emergency ON emergency_steps (emergency_id);
