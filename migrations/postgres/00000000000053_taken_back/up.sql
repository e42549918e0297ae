-- Circuit rides that were closed or declined by mistake are reopened by their holder, until their last day.
CREATE POLICY holder_reopens ON circuit_rides FOR UPDATE TO panoh_server
    USING (status <> 'REQUESTED' AND wall.is_party(holder_id, holder_id))
    WITH CHECK (status = 'REQUESTED' AND closes_on >= wall.day() AND wall.is_party(holder_id, holder_id));

-- Whoever drafts a demarche withdraws the invitation of an agency that has not joined. With it goes what that agency cites, and what counts
-- its people.
CREATE POLICY drafter_withdraws ON demarche_parties FOR DELETE TO panoh_server USING (decision = 'INVITED'
    AND EXISTS (SELECT FROM demarches WHERE demarches.id = demarche_id AND wall.is_party(drafter_id, drafter_id)));
GRANT DELETE ON demarche_parties TO panoh_server;
CREATE FUNCTION wall.withdraw_citations() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM demarche_figures WHERE demarche_id = OLD.demarche_id AND OLD.agency_id IN (provider_id, citer_id);
    DELETE FROM demarche_patterns WHERE demarche_id = OLD.demarche_id AND citer_id = OLD.agency_id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION wall.withdraw_citations FROM PUBLIC;
CREATE TRIGGER citations_withdrawn AFTER DELETE ON demarche_parties FOR EACH ROW EXECUTE FUNCTION wall.withdraw_citations();

-- The drafter corrects a draft: whoever has joined decides anew, as if more were invited.
CREATE POLICY drafter_asks_otherwise ON demarche_asks FOR DELETE TO panoh_server USING (wall.drafts(demarche_id));
GRANT DELETE ON demarche_asks TO panoh_server;
GRANT UPDATE (subject, addressee) ON demarches TO panoh_server;
CREATE FUNCTION wall.ask_corrected() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.delivered_on IS NOT NULL THEN
        RAISE EXCEPTION 'the demarche is delivered';
    END IF;
    UPDATE demarche_parties SET decision = 'INVITED'
        WHERE demarche_id = NEW.id AND decision = 'JOINED' AND agency_id <> NEW.drafter_id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION wall.ask_corrected FROM PUBLIC;
CREATE TRIGGER corrected_decide AFTER UPDATE OF subject, addressee ON demarches FOR EACH ROW
    WHEN ((NEW.subject, NEW.addressee) IS DISTINCT FROM (OLD.subject, OLD.addressee)) EXECUTE FUNCTION wall.ask_corrected();
CREATE TRIGGER asked_decide AFTER INSERT ON demarche_asks FOR EACH ROW EXECUTE FUNCTION wall.ask_again();

-- A follow-up that was recorded by mistake is withdrawn by whoever recorded it, and by the drafter.
CREATE POLICY party_withdraws ON demarche_follow_ups FOR DELETE TO panoh_server USING (wall.has_joined(demarche_id)
    AND (wall.is_party(agency_id, agency_id)
        OR EXISTS (SELECT FROM demarches WHERE demarches.id = demarche_id AND wall.is_party(drafter_id, drafter_id))));
GRANT DELETE ON demarche_follow_ups TO panoh_server;
