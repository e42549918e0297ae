-- Sessions of programmes of training: participants are counted by institution and sex, and never named.
CREATE TABLE training_sessions (
    id BIGINT PRIMARY KEY,
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    topic TEXT NOT NULL CHECK (topic IN ('BORDERS', 'HUMAN_RIGHTS', 'ASYLUM_CASES')),
    held_on DATE NOT NULL,
    place_id BIGINT NOT NULL REFERENCES places (id)
);
CREATE UNIQUE INDEX training_sessions_held ON training_sessions (programme_id, topic, held_on, place_id);

CREATE TABLE training_participants (
    training_session_id BIGINT NOT NULL REFERENCES training_sessions (id),
    institution TEXT NOT NULL,
    sex TEXT NOT NULL CHECK (sex IN ('FEMALE', 'MALE')),
    number INTEGER NOT NULL CHECK (number > 0),
    PRIMARY KEY (training_session_id, institution, sex)
);
