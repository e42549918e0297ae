-- With an invitation that is withdrawn goes what that agency cites, and what counts its people.
CREATE TRIGGER citations_withdrawn AFTER DELETE ON demarche_parties
BEGIN
    DELETE FROM demarche_figures WHERE demarche_id = OLD.demarche_id AND OLD.agency_id IN (provider_id, citer_id);
    DELETE FROM demarche_patterns WHERE demarche_id = OLD.demarche_id AND citer_id = OLD.agency_id;
END;
