-- Whoever recorded a plan by mistake removes it, until it says what became of it. Shares are taken back before.
CREATE POLICY holder_removes ON relocation_plan_places FOR DELETE TO panoh_server USING (wall.plans(relocation_plan_id));
CREATE POLICY holder_removes ON relocation_plans FOR DELETE TO panoh_server USING (outcome IS NULL AND wall.plans(id));
GRANT DELETE ON relocation_plans, relocation_plan_places TO panoh_server;
