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

-- An event is the same for all whom it affected.
ALTER TABLE incidents
    ADD COLUMN event_id BIGINT,
    ADD COLUMN actor TEXT CHECK (actor IN ('STATE_MIGRATION_SERVICE', 'POLICE', 'BORDER_GUARDS', 'LOCAL_AUTHORITY',
        'OTHER_AUTHORITY', 'SERVICE_PROVIDER', 'PRIVATE_PERSON')),
    ADD COLUMN verification TEXT NOT NULL DEFAULT 'REPORTED' CHECK (verification IN ('REPORTED', 'CORROBORATED', 'VERIFIED', 'UNFOUNDED')),
    ADD COLUMN pattern_id BIGINT REFERENCES incident_patterns (id);
UPDATE incidents SET event_id = id;
ALTER TABLE incidents ALTER COLUMN event_id SET NOT NULL, ALTER COLUMN verification DROP DEFAULT;
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

-- A pattern is its holder's alone.
ALTER TABLE incident_patterns ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON incident_patterns TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY holders ON incident_patterns FOR SELECT TO panoh_server
    USING (holder_id = (SELECT (wall.granted() ->> 'own')::bigint));
CREATE POLICY holder_records ON incident_patterns FOR INSERT TO panoh_server WITH CHECK (wall.works_for(holder_id));
GRANT SELECT, INSERT ON incident_patterns TO panoh_server;
