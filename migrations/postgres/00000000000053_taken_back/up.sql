-- Circuit rides that were closed or declined by mistake are reopened by their holder, until their last day.
CREATE POLICY holder_reopens ON circuit_rides FOR UPDATE TO panoh_server
    USING (status <> 'REQUESTED' AND wall.is_party(holder_id, holder_id))
    WITH CHECK (status = 'REQUESTED' AND closes_on >= wall.day() AND wall.is_party(holder_id, holder_id));

-- Whoever drafts a demarche withdraws the invitation of an agency that has not joined. With it goes what that agency cites, and what counts
-- its people; the others decide anew.
CREATE POLICY drafter_withdraws ON demarche_parties FOR DELETE TO panoh_server USING (decision = 'INVITED'
    AND EXISTS (SELECT FROM demarches WHERE demarches.id = demarche_id AND wall.is_party(drafter_id, drafter_id)));
GRANT DELETE ON demarche_parties TO panoh_server;
CREATE FUNCTION wall.withdraw_citations() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM demarche_figures WHERE demarche_id = OLD.demarche_id AND OLD.agency_id IN (provider_id, citer_id);
    DELETE FROM demarche_patterns WHERE demarche_id = OLD.demarche_id AND citer_id = OLD.agency_id;
    UPDATE demarche_parties AS party SET decision = 'INVITED' FROM demarches AS demarche
        WHERE demarche.id = OLD.demarche_id AND demarche.delivered_on IS NULL
            AND party.demarche_id = demarche.id AND party.decision = 'JOINED' AND party.agency_id <> demarche.drafter_id;
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
-- So does whoever has joined one that is reopened: if what was cited has gone since, it may have been taken back.
CREATE FUNCTION wall.ask_reopened() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE demarche_parties SET decision = 'INVITED'
        WHERE demarche_id = NEW.id AND decision = 'JOINED' AND agency_id <> NEW.drafter_id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION wall.ask_reopened FROM PUBLIC;
CREATE TRIGGER reopened_decide AFTER UPDATE OF delivered_on, withdrawn_on ON demarches FOR EACH ROW
    WHEN (NEW.delivered_on IS NULL AND NEW.withdrawn_on IS NULL AND (OLD.delivered_on IS NOT NULL OR OLD.withdrawn_on IS NOT NULL))
    EXECUTE FUNCTION wall.ask_reopened();
CREATE TRIGGER asked_decide AFTER INSERT ON demarche_asks FOR EACH ROW EXECUTE FUNCTION wall.ask_again();

-- Whatever a party cites, everybody decides anew, its drafter and whoever cites it, too: so that nobody learns who cites, and of whose people.
-- Whoever has to decide anew may cite.
DROP TRIGGER provider_decides ON demarche_figures;
DROP FUNCTION wall.ask_provider;
CREATE FUNCTION wall.ask_all() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE demarche_parties SET decision = 'INVITED' WHERE demarche_id = NEW.demarche_id AND decision = 'JOINED'
        AND EXISTS (SELECT FROM demarches WHERE id = NEW.demarche_id AND delivered_on IS NULL);
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION wall.ask_all FROM PUBLIC;
CREATE TRIGGER all_decide AFTER INSERT ON demarche_figures FOR EACH ROW EXECUTE FUNCTION wall.ask_all();
CREATE TRIGGER all_decide AFTER INSERT ON demarche_patterns FOR EACH ROW EXECUTE FUNCTION wall.ask_all();
DROP POLICY citer_cites ON demarche_figures;
CREATE POLICY citer_cites ON demarche_figures FOR INSERT TO panoh_server WITH CHECK (
    wall.is_party(citer_id, citer_id) AND wall.in_demarche(demarche_id) AND NOT wall.is_delivered(demarche_id)
    AND EXISTS (SELECT FROM agreements WHERE agreements.id = agreement_id
        AND agreements.provider_id = demarche_figures.provider_id AND recipient_id = citer_id));
DROP POLICY holder_cites ON demarche_patterns;
CREATE POLICY holder_cites ON demarche_patterns FOR INSERT TO panoh_server WITH CHECK (
    wall.is_party(citer_id, citer_id) AND wall.in_demarche(demarche_id) AND NOT wall.is_delivered(demarche_id)
    AND EXISTS (SELECT FROM incident_patterns WHERE incident_patterns.id = pattern_id AND wall.works_for(holder_id)));

-- A demarche is delivered once every party has decided, whatever is cited: whoever drafts it does not see that.
CREATE FUNCTION wall.check_decided() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM demarche_parties WHERE demarche_id = NEW.id AND decision = 'INVITED') THEN
        RAISE EXCEPTION 'a party of the demarche has not decided';
    END IF;
    RETURN NEW;
END
$$;
REVOKE EXECUTE ON FUNCTION wall.check_decided FROM PUBLIC;
CREATE TRIGGER all_have_decided BEFORE UPDATE OF delivered_on ON demarches FOR EACH ROW
    WHEN (OLD.delivered_on IS NULL AND NEW.delivered_on IS NOT NULL) EXECUTE FUNCTION wall.check_decided();
DROP POLICY drafter_delivers ON demarches;
CREATE POLICY drafter_delivers ON demarches FOR UPDATE TO panoh_server
    USING (wall.drafts(id)) WITH CHECK (wall.is_party(drafter_id, drafter_id));
DROP POLICY party_records ON demarches;
CREATE POLICY party_records ON demarches FOR UPDATE TO panoh_server
    USING (delivered_on IS NOT NULL AND wall.has_joined(id))
    WITH CHECK (delivered_on IS NOT NULL AND wall.has_joined(id));
DROP FUNCTION wall.rests_on_unagreed;

-- A follow-up that was recorded by mistake is withdrawn by whoever recorded it, and by the drafter.
CREATE POLICY party_withdraws ON demarche_follow_ups FOR DELETE TO panoh_server USING (wall.has_joined(demarche_id)
    AND (wall.is_party(agency_id, agency_id)
        OR EXISTS (SELECT FROM demarches WHERE demarches.id = demarche_id AND wall.is_party(drafter_id, drafter_id))));
GRANT DELETE ON demarche_follow_ups TO panoh_server;
