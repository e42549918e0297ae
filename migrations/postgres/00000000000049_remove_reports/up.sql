-- Whoever leads a programme removes what it reported by mistake.
CREATE POLICY lead_removes ON programme_results FOR DELETE TO panoh_server USING (wall.leads(programme_id));
CREATE POLICY lead_removes ON training_sessions FOR DELETE TO panoh_server USING (wall.leads(programme_id));
GRANT DELETE ON programme_results, training_sessions TO panoh_server;
