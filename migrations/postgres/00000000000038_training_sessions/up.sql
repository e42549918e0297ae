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

-- Whoever sees a programme sees its sessions; its lead records them.
CREATE FUNCTION wall.leads_training(session BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM training_sessions WHERE id = session AND wall.leads(programme_id))
$$;
ALTER TABLE training_sessions ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON training_sessions TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY viewer ON training_sessions FOR SELECT TO panoh_server USING (wall.sees_programme(programme_id));
CREATE POLICY lead_adds ON training_sessions FOR INSERT TO panoh_server WITH CHECK (wall.leads(programme_id));
ALTER TABLE training_participants ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON training_participants TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY viewer ON training_participants FOR SELECT TO panoh_server
    USING (EXISTS (SELECT FROM training_sessions WHERE training_sessions.id = training_session_id));
CREATE POLICY lead_adds ON training_participants FOR INSERT TO panoh_server WITH CHECK (wall.leads_training(training_session_id));
CREATE POLICY lead_removes ON training_participants FOR DELETE TO panoh_server USING (wall.leads_training(training_session_id));
REVOKE EXECUTE ON FUNCTION wall.leads_training FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.leads_training TO panoh_server;
GRANT SELECT, INSERT ON training_sessions, training_participants TO panoh_server;
GRANT DELETE ON training_participants TO panoh_server;
