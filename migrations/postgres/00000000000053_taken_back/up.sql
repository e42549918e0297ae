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

-- A follow-up that was recorded by mistake is withdrawn by whoever recorded it, and by the drafter.
CREATE POLICY party_withdraws ON demarche_follow_ups FOR DELETE TO panoh_server USING (wall.has_joined(demarche_id)
    AND (wall.is_party(agency_id, agency_id)
        OR EXISTS (SELECT FROM demarches WHERE demarches.id = demarche_id AND wall.is_party(drafter_id, drafter_id))));
GRANT DELETE ON demarche_follow_ups TO panoh_server;
