-- The drafter invites again whoever has declined; it changes nothing else of another's decision.
CREATE POLICY drafter_invites_again ON demarche_parties FOR UPDATE TO panoh_server
    USING (wall.drafts(demarche_id) AND decision = 'DECLINED')
    WITH CHECK (wall.drafts(demarche_id) AND decision = 'INVITED');
-- Whoever has agreed to the parties decides anew, as if the agency was invited for the first time.
CREATE TRIGGER citers_decide_again AFTER UPDATE ON demarche_parties FOR EACH ROW WHEN (OLD.decision = 'DECLINED')
    EXECUTE FUNCTION wall.ask_again();

-- How asks are followed up is seen by whoever has joined.
DROP POLICY partys ON demarche_follow_ups;
CREATE POLICY partys ON demarche_follow_ups FOR SELECT TO panoh_server USING (
    EXISTS (SELECT FROM demarche_parties AS own WHERE own.demarche_id = demarche_follow_ups.demarche_id
        AND own.agency_id = (SELECT (wall.granted() ->> 'agency')::bigint) AND own.decision = 'JOINED'));

-- The holder opens a plan again that was closed by mistake.
DROP POLICY holder_closes ON relocation_plans;
CREATE POLICY holder_closes ON relocation_plans FOR UPDATE TO panoh_server USING (wall.plans(id)) WITH CHECK (wall.plans(id));
